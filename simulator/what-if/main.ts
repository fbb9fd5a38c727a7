/** `npm start -- --compare a.ts b.ts`: configs side by side on the same workload. */
import { ConfigError } from '../../config/config-error.ts';
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import { loadConfig } from '../cli/load-config.ts';
import { loadParameters, parameterNotes } from '../cli/load-parameters.ts';
import type { RunOptionsFromCli } from '../cli/options.ts';
import { countedProblems, medianOf, settingsOf } from '../cli/run-settings.ts';
import { save } from '../cli/save.ts';
import { loadWorkload, type Workload } from '../cli/workload.ts';
import { fleetsOf } from '../fleets.ts';
import { localRun } from '../local-run.ts';
import { BUILT_IN_PRICES, type PriceTable, readPrices } from '../prices.ts';
import { startProgress } from '../report/progress.ts';
import { printable } from '../report/text-table.ts';
import { hoursOf } from '../workload/hours.ts';
import { refuseIncomparable } from '../workload/trace-classes.ts';
import { figuresOf } from './figures.ts';
import { renderWhatIf } from './page.ts';
import { tableOf } from './table.ts';
import { type ConfigRun, compared, namesOf, unservedOf, warningsOf } from './what-if.ts';

interface Surroundings {
  readonly signal: AbortSignal;
  /** Called with the bytes of a trace that were read. */
  readonly onRead: (bytes: number) => void;
  /** The command that repeats the comparison. */
  readonly command: string;
}

/**
 * Runs every config of `--compare`, prints the table, writes the page and the figures.
 *
 * @throws ConfigError with the mistakes of all configs, each with its file
 */
export async function whatIf(cli: RunOptionsFromCli, surroundings: Surroundings): Promise<void> {
  const { signal, onRead, command } = surroundings;
  const prices = cli.prices === undefined ? BUILT_IN_PRICES : await readPrices(cli.prices);
  const configs = await loadAll(cli.compare);
  const resourceClasses = [
    ...new Set(configs.flatMap(({ fleets }) => fleets.map((fleet) => fleet.resourceClass))),
  ];
  const workload = await loadWorkload({ cli, resourceClasses, onRead, signal });
  const workloadHours = hoursOf(workload, cli);
  const names = namesOf(cli.compare);
  const served = configs.map(({ fleets }, index) => ({
    name: names[index] ?? '',
    served: fleets.map(({ resourceClass }) => resourceClass),
  }));
  refuseIncomparable(workload.tasks, served);
  const runs: Finished[] = [];
  for (const [index, config] of configs.entries()) {
    const name = names[index] ?? config.name;
    process.stderr.write(`${printable(name)}\n`);
    runs.push(await runOne({ cli, config, name, workload, workloadHours, prices, signal }));
  }
  const { seed } = cli;
  const head = { title: workload.title, seed, startAt: workload.startAt, workloadHours };
  const result = compared(head, runs);
  const warnings = warningsOf(result);
  const notes = [
    ...(workload.leftOut ?? []),
    ...workload.notes,
    `A month has 30 days; machines are scaled from the ${Number(workloadHours.toFixed(2))} h of the workload, the same for all configs, the control plane from each run. Machines kept warm by min or headroom count until the last task has ended. A short workload says little about a month.`,
    'Prices are those of the first instance type of each fleet, at list price unless --prices gives another; spot counts as a fixed share. Free tiers, storage and traffic are not counted.',
    `Machines boot in ${runs[0]?.bootSeconds ?? 0} s at the median; every behaviour AWS does not document is an assumption of the twin.`,
    ...parameterNotes(cli),
    ...runs.flatMap(({ problems, name }) => problems.map((said) => `${name}: ${said}`)),
  ];
  const said = [...warnings, ...notes].map((note) => `- ${printable(note)}\n`);
  process.stdout.write(`${printable(workload.title)} (simulation), seed ${seed}\n\n`);
  process.stdout.write(`${tableOf(result)}\n\n${said.join('')}`);
  await save(cli.out, renderWhatIf(result, runs, { notes, command }));
  process.stdout.write(`\nThe page with the plots: ${cli.out}\n`);
  if (cli.json !== undefined) {
    await save(cli.json, `${JSON.stringify({ ...result, warnings, notes }, null, 2)}\n`);
    process.stdout.write(`The figures: ${cli.json}\n`);
  }
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

function lastRelease(tasks: Workload['tasks'], startAt: number): number {
  return tasks.reduce((last, { releaseAt }) => Math.max(last, releaseAt), startAt);
}

interface OneOfMany {
  readonly cli: RunOptionsFromCli;
  readonly config: ResolvedConfig;
  readonly name: string;
  readonly workload: Workload;
  readonly workloadHours: number;
  readonly prices: PriceTable;
  readonly signal: AbortSignal;
}

interface Finished extends ConfigRun {
  readonly problems: readonly string[];
  /** Median, the same for all configs. */
  readonly bootSeconds: number;
}

async function runOne(one: OneOfMany): Promise<Finished> {
  const { cli, config, name, workload, workloadHours, signal } = one;
  const { title, startAt, tasks } = workload;
  const { fleets, unpriced } = fleetsOf(config.fleets, one.prices);
  const problems = countedProblems();
  const settings = settingsOf(config, cli.bootSeconds, await loadParameters(cli));
  const progress = startProgress({
    from: startAt,
    to: lastRelease(tasks, startAt),
    stream: process.stderr,
    now: () => performance.now(),
  });
  const { record } = await localRun({
    title,
    seed: cli.seed,
    startAt,
    tasks,
    fleets,
    ...settings,
    form: 'direct',
    report: problems.report,
    signal,
    onProgress: (state) => progress.update(state),
  });
  const unserved = unservedOf(tasks, new Set(fleets.map(({ resourceClass }) => resourceClass)));
  const figures = figuresOf(record, {
    workloadHours,
    tasksUnserved: unserved.reduce((sum, { tasks }) => sum + tasks, 0),
    wakeUps: config.wakeUps,
  });
  progress.finish({ at: record.to, tasksServed: figures.tasksServed ?? 0 });
  return {
    name,
    record,
    interrupted: record.interrupted,
    unserved,
    unpriced,
    figures,
    problems: problems.said(),
    bootSeconds: medianOf(settings.parameters.boot),
  };
}
