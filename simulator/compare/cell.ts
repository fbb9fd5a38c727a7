/** One cell of the comparison: every rule on one workload, in one scenario, with one seed. */
import { type Workload, firstHours } from '../cli/workload.ts';
import type { ClassRecord } from '../record.ts';
import { instancesOf, meanOverTime } from '../report/series.ts';
import { builtInPrice } from '../prices.ts';
import type { FleetSpec } from '../world/fleet-spec.ts';
import { DEFAULT_INSTANCE_TYPE } from '../world/fleet-spec.ts';
import { PARAMETERS } from '../world/parameters.ts';
import type { TaskSpec } from '../world/task.ts';
import { type Burst, burstOf, cutTo, greatestBurst } from './burst.ts';
import { type Figures, figuresOf, waitQuantiles } from './figures.ts';
import type { Rule } from './rule.ts';
import { ORACLE } from './rules/oracle.ts';
import { type Circumstances, type RuleRun, runRule } from './run-rule.ts';
import type { Scenario } from './scenarios.ts';
import { BUILT_IN_START, type BuiltIn } from './workloads.ts';

export interface CellOptions {
  readonly workload: Pick<Workload, 'startAt' | 'tasks'>;
  /** How long the workload is; default: until its last release, in whole hours. */
  readonly workloadHours?: number;
  readonly scenario: Scenario;
  readonly seed: number;
  /** Median boot time; default: the world's. */
  readonly bootSeconds?: number;
  readonly rules: readonly Rule[];
  /** Whether to keep what each rule did in the greatest burst. */
  readonly withBurst: boolean;
  /** Called before each rule's run. */
  readonly onRule?: (rule: Rule) => void;
}

export interface CellResult {
  readonly seed: number;
  readonly tasks: number;
  readonly workloadHours: number;
  /** Of the group that takes most; undefined without a cap. */
  readonly cap: number | undefined;
  /** In the order of the rules. */
  readonly rules: readonly RuleResult[];
}

interface RuleResult {
  readonly name: string;
  readonly figures: Figures;
  readonly quantiles: readonly number[];
  readonly finished: boolean;
  readonly burst?: Burst;
}

/** More machines than any of the workloads needs. */
const AMPLE = 500;
/** A machine without a task ends after this long, as this project ships it. */
const IDLE_TIMEOUT_MS = 300_000;
/** Longer than any job: what is killed here was killed by the rule. */
const MAX_RUN_TIME_MS = 48 * 3_600_000;

const SAMPLES = 20_000;
/** So many that a burst is seen to the second. */
const SAMPLES_FOR_BURST = 400_000;

export async function runCell(options: CellOptions): Promise<CellResult> {
  const { scenario, seed, rules, withBurst } = options;
  const workloadHours = options.workloadHours ?? hoursOf(options.workload);
  const workload = { ...options.workload, tasks: tasksIn(scenario, options, workloadHours) };
  const boot = {
    ...PARAMETERS.boot.default,
    ...(options.bootSeconds !== undefined && { median: options.bootSeconds }),
  };
  const ample: Circumstances = {
    seed,
    startAt: workload.startAt,
    tasks: workload.tasks,
    fleets: fleetsFor(workload),
    parameters: { boot, ...scenario.parameters },
    sampleLimit: withBurst ? SAMPLES_FOR_BURST : SAMPLES,
  };
  const [circumstances, cap] =
    scenario.capOfNeed === undefined
      ? [ample, undefined]
      : capped(ample, await runRule(ORACLE, ample), scenario.capOfNeed);
  const results: RuleResult[] = [];
  let burst: ReturnType<typeof greatestBurst>;
  for (const rule of rules) {
    options.onRule?.(rule);
    const run = await runRule(rule, circumstances);
    if (withBurst) burst ??= greatestBurst(run.classes);
    results.push({
      name: rule.name,
      figures: figuresOf(rule, run, workloadHours),
      quantiles: waitQuantiles(run),
      finished: run.finished,
      ...(burst !== undefined && { burst: burstOf(run.classes, burst) }),
    });
  }
  return { seed, tasks: workload.tasks.length, workloadHours, cap, rules: results };
}

function tasksIn(
  { tasks: made }: Scenario,
  { workload, seed }: CellOptions,
  hours: number,
): readonly TaskSpec[] {
  const { startAt, tasks } = workload;
  return made === undefined ? tasks : made({ tasks, seed, startAt, hours });
}

export function builtInWorkload(
  builtIn: BuiltIn,
  { seed, hours }: { readonly seed: number; readonly hours?: number | undefined },
): Pick<CellOptions, 'workload' | 'workloadHours'> {
  const all: Workload = {
    title: builtIn.name,
    startAt: BUILT_IN_START,
    tasks: builtIn.tasks(seed, BUILT_IN_START),
    notes: [],
  };
  return {
    workload: hours === undefined ? all : firstHours(all, hours),
    workloadHours: Math.min(hours ?? Number.POSITIVE_INFINITY, builtIn.days * 24),
  };
}

/** One fleet for each class that tasks ask for, with more machines than any of them needs. */
export function fleetsFor({ tasks }: CellOptions['workload']): readonly FleetSpec[] {
  const classes = [...new Set(tasks.map(({ resourceClass }) => resourceClass))];
  return classes.map((resourceClass, index) => ({
    group: `fleet-${index + 1}`,
    resourceClass,
    min: 0,
    max: AMPLE,
    headroom: 0,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    maxRunTimeMs: MAX_RUN_TIME_MS,
    spot: false,
    pricePerHour: builtInPrice(DEFAULT_INSTANCE_TYPE),
  }));
}

/** Until the last release, in whole hours. */
export function hoursOf({ startAt, tasks }: CellOptions['workload']): number {
  const last = tasks.reduce((latest, { releaseAt }) => Math.max(latest, releaseAt), startAt);
  return Math.max(1, Math.ceil((last - startAt) / 3_600_000));
}

/** The same with as many machines at most as the oracle's mean need `times` over, and the greatest maximum. */
export function capped(
  ample: Circumstances,
  oracle: RuleRun,
  times: number,
): readonly [Circumstances, number] {
  const end = ample.startAt + oracle.hours * 3_600_000;
  const fleets = ample.fleets.map((fleet, index) => {
    const one = oracle.classes[index];
    const need = one === undefined ? 0 : needOf(one, { from: ample.startAt, to: end });
    return { ...fleet, max: Math.max(1, Math.ceil(times * need)) };
  });
  return [{ ...ample, fleets }, Math.max(...fleets.map(({ max }) => max))];
}

const NEED_MS = 8 * 3_600_000;
const STEP_MS = 3_600_000;

/** The greatest mean number of instances over eight hours that begin at a full hour of the run. */
export function needOf(
  { samples }: Pick<ClassRecord, 'samples'>,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  let need = 0;
  for (let begin = from; begin === from || begin + NEED_MS <= to; begin += STEP_MS) {
    const period = { from: begin, to: Math.min(begin + NEED_MS, to) };
    // `meanOverTime` looks at every sample; those before the period change nothing but the first.
    need = Math.max(need, meanOverTime(cutTo(samples, period), period, instancesOf));
  }
  return need;
}
