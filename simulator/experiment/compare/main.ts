/** The comparison's command line: `npm run compare -- --help`. */
import { availableParallelism } from 'node:os';
import { loadParameters, parameterNotes } from '../../cli/load-parameters.ts';
import { runCommand } from '../../cli/run-command.ts';
import { save } from '../../cli/save.ts';
import { printable } from '../../report/text-table.ts';
import { TraceError } from '../../workload/trace-error.ts';
import { type Comparison, compared } from './comparison.ts';
import { markdownOf } from './markdown.ts';
import { COMPARE_USAGE, type CompareOptions, parseCompareOptions } from './options.ts';
import { renderComparison } from './page.ts';
import { runAll } from '../pool.ts';
import { RULES } from '../rules/all.ts';
import { SCENARIOS } from '../scenarios.ts';
import { COLUMN_NOTES, headingOf, tableOf } from './table.ts';
import { type CellTask, traceWorkload } from '../task.ts';
import { BUILT_INS } from '../workloads.ts';

async function main(args: readonly string[]): Promise<void> {
  const options = parseCompareOptions(args, availableParallelism());
  if (options === undefined) {
    process.stdout.write(COMPARE_USAGE);
    return;
  }
  const notes =
    options.run.trace === undefined
      ? []
      : (await traceWorkload(options.run, options.run.seed)).notes;
  const begin = performance.now();
  const comparisons = await compareAll(options);
  const seconds = Math.round((performance.now() - begin) / 1000);
  for (const comparison of comparisons) {
    process.stdout.write(`\n${printable(headingOf(comparison))}\n`);
    process.stdout.write(`${comparison.about}; ${comparison.scenarioAbout}\n\n`);
    process.stdout.write(`${tableOf(comparison)}\n`);
  }
  const said = [...COLUMN_NOTES, ...parameterNotes(options.run), ...notes];
  process.stdout.write(`\n${said.map((note) => `- ${printable(note)}\n`).join('')}`);
  const about = { notes: said, command: commandOf(args) };
  await keep(
    'The figures',
    options.run.json,
    () => `${JSON.stringify({ comparisons, ...about }, null, 1)}\n`,
  );
  await keep('The tables', options.markdown, () => markdownOf(comparisons, about));
  await keep('The page with the plots', options.out, () => renderComparison(comparisons, about));
  process.stderr.write(`compared in ${seconds} s\n`);
}

async function compareAll(options: CompareOptions): Promise<readonly Comparison[]> {
  const workloads = options.run.trace === undefined ? options.workloads : [undefined];
  const groups = workloads.flatMap((workload) =>
    options.scenarios.map((scenario) => ({ workload, scenario })),
  );
  const parameters = await loadParameters(options.run);
  const burstAt = groups.findIndex(({ workload }) => workload === 'bursty');
  const tasks = groups.flatMap(({ workload, scenario }, group) =>
    Array.from({ length: options.seeds }, (_, index): CellTask => ({
      workload,
      scenario,
      seed: options.run.seed + index,
      rules: options.rules,
      // One burst is drawn: of the bursty workload, or else of the first.
      withBurst: index === 0 && group === Math.max(burstAt, 0),
      run: options.run,
      parameters,
    })),
  );
  let done = 0;
  const cells = await runAll({
    tasks,
    processes: options.processes,
    onDone({ workload, scenario, seed }) {
      done += 1;
      process.stderr.write(
        `${done} of ${tasks.length}: ${workload ?? 'trace'}, ${scenario}, seed ${seed}\n`,
      );
    },
  });
  return groups.map(({ workload, scenario }, group) =>
    compared(
      {
        workload: workload ?? nameOf(options.run.trace ?? ''),
        about: BUILT_INS.find(({ name }) => name === workload)?.about ?? 'a trace of real jobs',
        scenario: SCENARIOS.find(({ name }) => name === scenario) ?? { name: scenario, about: '' },
        rules: RULES.filter(({ name }) => options.rules.includes(name)),
      },
      cells.slice(group * options.seeds, (group + 1) * options.seeds),
    ),
  );
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

function commandOf(args: readonly string[]): string {
  return args.length === 0 ? 'npm run compare' : `npm run compare -- ${args.join(' ')}`;
}

async function keep(what: string, path: string | undefined, text: () => string): Promise<void> {
  if (path === undefined) return;
  await save(path, text());
  process.stdout.write(`\n${what}: ${path}\n`);
}

await runCommand({ name: 'npm run compare', main, expected: [TraceError] });
