/** Runs cells in several processes at once: a simulation keeps one processor busy. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CellResult } from './cell.ts';
import { type CellTask, runTask } from './task.ts';

export interface PoolOptions {
  readonly tasks: readonly CellTask[];
  /** With 1 the cells run in this process. */
  readonly processes: number;
  readonly onDone: (task: CellTask) => void;
}

/** @returns the results in the order of the tasks */
export async function runAll({ tasks, processes, onDone }: PoolOptions): Promise<CellResult[]> {
  const results: CellResult[] = [];
  let next = 0;
  async function work(run: (task: CellTask) => Promise<CellResult>): Promise<void> {
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
      execArgv: ['--import', 'tsx'],
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
  readonly result?: CellResult;
  readonly problem?: string;
}

async function sentTo(child: ChildProcess, task: CellTask): Promise<CellResult> {
  return new Promise((resolve, reject) => {
    const answered = ({ result, problem }: Answer) => {
      child.off('exit', ended);
      if (result === undefined) reject(new Error(problem ?? 'a process answered nothing'));
      else resolve(result);
    };
    const ended = (code: number | null) => {
      child.off('message', answered);
      reject(new Error(`a process of the comparison ended with ${code}`));
    };
    child.once('message', answered);
    child.once('exit', ended);
    child.send(task);
  });
}
