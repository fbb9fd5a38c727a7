/** The work of `runner-scaler what-if`: configs side by side on the same workload. */
import { loadConfig } from '../../../cli/load-config.ts';
import { save } from '../../../cli/output-file.ts';
import type { Call } from '../../../cli/subcommand.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { ConfigError } from '../../../config/config-error.ts';
import type { ResolvedConfig } from '../../../config/resolved-config.ts';
import { loadParameters, parameterNotes } from '../../cli/load-parameters.ts';
import { onRead, stoppable } from '../../cli/stop.ts';
import type { WhatIfGiven } from '../../cli/what-if.ts';
import { loadWorkload } from '../../cli/workload.ts';
import { runConfig } from '../../config-run.ts';
import { BUILT_IN_PRICES, PriceError, readPrices } from '../../prices.ts';
import { printable } from '../../report/text-table.ts';
import { hoursOf } from '../../workload/hours.ts';
import { refuseIncomparable } from '../../workload/trace-classes.ts';
import { TraceError } from '../../workload/trace-error.ts';
import { fleetByLabels } from '../../workload/trace-labels.ts';
import { figuresOf } from './figures.ts';
import { renderWhatIf } from './page.ts';
import { tableOf } from './table.ts';
import { compared, namesOf, unservedOf, verdictsOf, warningsOf } from './what-if.ts';

/** As many as can be told apart in a chart and read in a table. */
const MOST_CONFIGS = 6;

export const WHAT_IF_WORK = {
  run: async (given: WhatIfGiven, call: Call) =>
    stoppable(async (signal) => whatIf(given, call, signal)),
  expected: [TraceError, ConfigError, PriceError],
};

/** @throws ConfigError with the mistakes of all configs, each with its file */
async function whatIf(given: WhatIfGiven, call: Call, signal: AbortSignal): Promise<void> {
  const paths = call.names;
  if (paths.length < 2 || paths.length > MOST_CONFIGS) {
    throw new UsageError(
      `${paths.length} config${paths.length === 1 ? ' is' : 's are'} named; ` +
        `allowed: two to ${MOST_CONFIGS}, as in runner-scaler what-if a.ts b.ts`,
    );
  }
  const prices = given.prices === undefined ? BUILT_IN_PRICES : await readPrices(given.prices);
  const parameters = await loadParameters(given);
  const configs = await loadAll(paths);
  const resourceClasses = [
    ...new Set(configs.flatMap(({ fleets }) => fleets.map((fleet) => fleet.resourceClass))),
  ];
  const serving = fleetByLabels(configs.flatMap(({ fleets }) => fleets));
  const workload = await loadWorkload({ given, resourceClasses, serving, onRead, signal });
  const workloadHours = hoursOf(workload, given);
  const names = namesOf(paths);
  refuseIncomparable(
    workload.tasks,
    configs.map(({ fleets }, index) => ({
      name: names[index] ?? '',
      served: fleets.map(({ resourceClass }) => resourceClass),
    })),
  );
  const { seed } = given;
  const runs = [];
  for (const [index, config] of configs.entries()) {
    const name = names[index] ?? config.name;
    process.stderr.write(`${printable(name)}\n`);
    const run = await runConfig({
      config,
      workload,
      seed,
      parameters,
      prices,
      form: 'direct',
      signal,
    });
    const { record } = run;
    const served = new Set(record.classes.map(({ resourceClass }) => resourceClass));
    const unserved = unservedOf(workload.tasks, served);
    const tasksUnserved = unserved.reduce((sum, { tasks }) => sum + tasks, 0);
    const figures = figuresOf(record, { workloadHours, tasksUnserved });
    runs.push({ ...run, name, interrupted: record.interrupted, unserved, figures });
  }
  const head = { title: workload.title, seed, startAt: workload.startAt, workloadHours };
  const result = compared(head, runs);
  const warnings = warningsOf(result);
  const notes = [
    ...(workload.leftOut ?? []),
    ...workload.notes,
    `A month has 30 days; machines are scaled from the ${Number(workloadHours.toFixed(2))} h of the workload, the same for all configs, the control plane from each run. Machines kept warm by min or headroom count until the last task has ended. A short workload says little about a month.`,
    'Prices are those of the first instance type of each fleet, at list price unless --prices gives another; spot counts as a fixed share. Free tiers, storage and traffic are not counted.',
    `Machines boot in ${runs[0]?.bootSeconds ?? 0} s at the median; every behaviour AWS does not document is an assumption of the simulator.`,
    ...parameterNotes(given),
    ...runs.flatMap(({ problems, name }) => problems.map((said) => `${name}: ${said}`)),
  ];
  await save(given.out, renderWhatIf(result, runs, { notes, command: call.command }));
  if (given.json !== undefined) {
    await save(given.json, `${JSON.stringify({ ...result, warnings, notes }, null, 2)}\n`);
  }
  const said = [...warnings, ...notes].map((note) => `- ${printable(note)}\n`);
  process.stdout.write(`${printable(workload.title)} (simulation), seed ${seed}\n\n`);
  process.stdout.write(
    verdictsOf(result)
      .map((verdict) => `${printable(verdict)}\n`)
      .join(''),
  );
  process.stdout.write(`\n${tableOf(result)}\n\n${said.join('')}`);
  process.stdout.write(`\nThe page with the plots: ${given.out}\n`);
  if (given.json !== undefined) process.stdout.write(`The figures: ${given.json}\n`);
}

async function loadAll(paths: readonly string[]): Promise<readonly ResolvedConfig[]> {
  const configs: ResolvedConfig[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    try {
      configs.push(await loadConfig(path));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems.map((problem) => `${path}: ${problem}`));
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return configs;
}
