/** Runs cells in several processes at once: a simulation keeps one processor busy. */
import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type CellTask, type Plan, runTask } from './plan.ts';
import type { Experiment } from './case.ts';
import type { Filled } from './table.ts';
import type { Trial } from './trial.ts';

export interface FillOptions<E extends Experiment> {
  readonly plan: Plan;
  /** The tables of the plan. */
  readonly tables: readonly E[];
  readonly firstSeed: number;
  /** Default: one per processor. With 1 the cells run in this process. */
  readonly processes: number | undefined;
  /** The table of which the greatest burst of the first seed is kept. Default: none. */
  readonly burstIn?: number;
}

/** Runs every table of a plan with all its seeds, and says on standard error how far it is. */
export async function fill<E extends Experiment>(
  options: FillOptions<E>,
): Promise<readonly Filled<E>[]> {
  const { plan, tables, firstSeed, burstIn } = options;
  const tasks = tables.flatMap(({ seeds }, table) =>
    Array.from({ length: seeds }, (_, index): CellTask => ({
      plan,
      table,
      seed: firstSeed + index,
      withBurst: index === 0 && table === burstIn,
    })),
  );
  let done = 0;
  const cells = await runAll(tasks, options.processes ?? availableParallelism(), (task) => {
    done += 1;
    const title = tables[task.table]?.title ?? '';
    process.stderr.write(`${done} of ${tasks.length}: ${title}, seed ${task.seed}\n`);
  });
  return tables.map((table, index) => ({
    table,
    cells: cells.filter((_, place) => tasks[place]?.table === index),
  }));
}

/** @returns the results in the order of the tasks */
async function runAll(
  tasks: readonly CellTask[],
  processes: number,
  onDone: (task: CellTask) => void,
): Promise<readonly (readonly Trial[])[]> {
  const results: (readonly Trial[])[] = [];
  let next = 0;
  async function work(run: (task: CellTask) => Promise<readonly Trial[]>): Promise<void> {
    for (let index = next; index < tasks.length; index = next) {
      next += 1;
      const task = tasks[index];
      if (task === undefined) return;
      results[index] = await run(task);
      onDone(task);
    }
  }
  const count = Math.min(processes, tasks.length);
  if (count <= 1) {
    await work(runTask);
    return results;
  }
  const children = Array.from({ length: count }, () =>
    fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
      // By its address, because the command may run in any folder.
      execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
      serialization: 'advanced',
    }),
  );
  try {
    await Promise.all(children.map(async (child) => work(async (task) => sentTo(child, task))));
  } finally {
    for (const child of children) child.kill();
  }
  return results;
}

interface Answer {
  readonly trials?: readonly Trial[];
  readonly problem?: string;
}

async function sentTo(child: ChildProcess, task: CellTask): Promise<readonly Trial[]> {
  return new Promise((resolve, reject) => {
    const answered = ({ trials, problem }: Answer) => {
      child.off('exit', ended);
      if (trials === undefined) reject(new Error(problem ?? 'a process answered nothing'));
      else resolve(trials);
    };
    const ended = (code: number | null) => {
      child.off('message', answered);
      reject(new Error(`a process of the experiment ended with ${code}`));
    };
    child.once('message', answered);
    child.once('exit', ended);
    child.send(task);
  });
}
