/** One config on one workload: what a local run takes from it, and the account of what went wrong. */
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Report } from '../lambda/scaler/composition.ts';
import type { Workload } from './cli/workload.ts';
import { fleetsOf } from './fleets.ts';
import { type LocalRun, type LocalRunOptions, localRun } from './local-run.ts';
import type { PriceTable } from './prices.ts';
import { startProgress } from './report/progress.ts';
import { type Parameters, PARAMETERS } from './world/parameters.ts';
import type { Spread } from './world/random.ts';

export interface ConfigRunOptions {
  readonly config: ResolvedConfig;
  readonly workload: Workload;
  readonly seed: number;
  /** Over the world's defaults and the config. */
  readonly parameters: Partial<Parameters>;
  readonly prices: PriceTable;
  readonly form: 'wire' | 'direct';
  readonly signal: AbortSignal;
}

export interface ConfigRun extends LocalRun {
  /** What was run, to run it again with something changed. */
  readonly options: LocalRunOptions;
  /** Instance types without a known price: what their machines cost is not known. */
  readonly unpriced: readonly string[];
  /** What went wrong, one sentence for each kind. */
  readonly problems: readonly string[];
  /** Of the boot time, the median. */
  readonly bootSeconds: number;
}

export async function runConfig(options: ConfigRunOptions): Promise<ConfigRun> {
  const { config, workload, seed, form, signal } = options;
  const { title, startAt, tasks } = workload;
  const { fleets, unpriced } = fleetsOf(config.fleets, options.prices);
  const settings = settingsOf(config, options.parameters);
  const problems = countedProblems();
  const progress = startProgress({
    from: startAt,
    to: lastRelease(workload),
    stream: process.stderr,
    now: () => performance.now(),
  });
  const local: LocalRunOptions = {
    title,
    seed,
    startAt,
    tasks,
    fleets,
    signal,
    ...settings,
    form,
    report: problems.report,
    onProgress: (state) => progress.update(state),
  };
  const run = await localRun(local);
  const { to, classes } = run.record;
  const tasksServed = classes.reduce((sum, { totals }) => sum + totals.tasksServed, 0);
  progress.finish({ at: to, tasksServed });
  const bootSeconds = medianOf(settings.parameters.boot);
  return { ...run, options: local, unpriced, problems: problems.said(), bootSeconds };
}

export function lastRelease({ startAt, tasks }: Pick<Workload, 'startAt' | 'tasks'>): number {
  return tasks.reduce((last, { releaseAt }) => Math.max(last, releaseAt), startAt);
}

export function settingsOf(config: ResolvedConfig, given: Partial<Parameters> = {}) {
  return {
    parameters: {
      boot: PARAMETERS.boot.default,
      retryOnInterruption: config.fleets.some(
        (fleet) => fleet.source === 'circleci' && fleet.retryInterruptedTasks,
      ),
      ...given,
    },
    scalerName: config.name,
    passIntervalSeconds: config.passIntervalSeconds,
    ...(config.circleci && {
      circleciApi: config.circleci.api,
      callsPerSecond: config.circleci.callsPerSecond,
    }),
    ...(config.gitlab && { gitlabScope: config.gitlab.scope }),
    wakeUps: config.wakeUps,
  };
}

/** Half of what is drawn is below it, in seconds. */
function medianOf(spread: Spread): number {
  return 'median' in spread ? spread.median : (spread.min + spread.max) / 2;
}

/** Counts problems instead of logging them; each is then one sentence of `said`. */
function countedProblems(): {
  readonly report: Report;
  readonly said: () => readonly string[];
} {
  const problems = new Map<string, number>();
  const count = (problem: string) => problems.set(problem, (problems.get(problem) ?? 0) + 1);
  return {
    report: {
      outcome: ({ fleet, failure }) => {
        if (failure) count(`${fleet.resourceClass}: ${failure.message}`);
      },
      warning: (message) => count(message),
    },
    said: () => [...problems].map(([problem, times]) => `${times} times: ${problem}`),
  };
}
