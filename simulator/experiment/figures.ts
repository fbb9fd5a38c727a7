/** What one run of one rule comes to. */
import { sum } from 'd3-array';
import type { ClassRecord } from '../record.ts';
import { percentile, sortedWaits } from '../report/waits.ts';
import { HOURS_PER_MONTH, controlPlanePerMonth } from './control-plane-cost.ts';
import type { Rule } from './rules/rule.ts';
import type { RuleRun } from './run-rule.ts';
import { callsOf } from '../drive/usage.ts';

export interface RuleFigures {
  /** Seconds from release to claim, over all served tasks. */
  readonly waitMean: number;
  readonly waitP50: number;
  readonly waitP95: number;
  readonly waitP99: number;
  /** Billed instance-seconds per instance-second with a task, minus 1. */
  readonly waste: number;
  readonly instanceSeconds: number;
  readonly served: number;
  readonly launches: number;
  /** Billed, over all classes. */
  readonly machineHours: number;
  readonly launchesPerTask: number;
  readonly neverUsed: number;
  /** Booting machines that a lowered desired capacity cancelled, … */
  readonly pendingCancels: number;
  /** … of those, by a machine's decrement, … */
  readonly cancelsByDecrement: number;
  /** … and by new bounds of the group; the others by a write of the scaler. */
  readonly cancelsByBounds: number;
  /** Tasks whose machine was ended under them. */
  readonly killed: number;
  /** Of those, the ones whose machine the group chose because the desired capacity was lowered. */
  readonly killedByLowering: number;
  /** Minutes for which less was launched than was wanted because it was futile, over all classes. */
  readonly heldMinutes: number;
  readonly writesPerHour: number;
  readonly callsPerHour: number;
  readonly looksPerHour: number;
  /** USD per month, if all months were like this. */
  readonly machineCost: number;
  readonly controlCost: number;
}

/** @param workloadHours how long the workload is, the same for all rules */
export function figuresOf(rule: Rule, run: RuleRun, workloadHours: number): RuleFigures {
  const waits = sortedWaits(run.classes.flatMap(({ waits }) => waits));
  const total = (of: (totals: ClassRecord['totals']) => number) =>
    sum(run.classes, ({ totals }) => of(totals));
  const launches = total((totals) => totals.launches);
  const served = total(({ tasksServed }) => tasksServed);
  const instanceSeconds = total((totals) => totals.instanceSeconds);
  const { usage, hours } = run;
  const control = { host: rule.host, usage, hours };
  return {
    waitMean: sum(waits) / waits.length,
    waitP50: percentile(waits, 50),
    waitP95: percentile(waits, 95),
    waitP99: percentile(waits, 99),
    waste: instanceSeconds / total(({ busySeconds }) => busySeconds) - 1,
    instanceSeconds,
    served,
    launches,
    machineHours: instanceSeconds / 3600,
    launchesPerTask: launches / served,
    neverUsed: total(({ neverUsed }) => neverUsed),
    pendingCancels: total(({ pendingCancels }) => pendingCancels),
    cancelsByDecrement: total(({ cancelsByDecrement }) => cancelsByDecrement),
    cancelsByBounds: total(({ cancelsByBounds }) => cancelsByBounds),
    killed: total(({ tasksKilled }) => tasksKilled),
    killedByLowering: total(({ killedByLowering }) => killedByLowering),
    heldMinutes: usage.heldMs / 60_000,
    writesPerHour: usage.calls.capacityWrites / hours,
    callsPerHour: callsOf(usage) / hours,
    looksPerHour: usage.looks / hours,
    machineCost:
      (total(({ machineCost }) => machineCost ?? Number.NaN) / workloadHours) * HOURS_PER_MONTH,
    controlCost: controlPlanePerMonth(control),
  };
}

/** Shares of the waits at which the distribution is kept: 0, 1 % to 99 % and 100 %. */
const CURVE_SHARES: readonly number[] = Array.from({ length: 101 }, (_, index) => index);

/** The waits at each of `CURVE_SHARES`, in seconds. */
export function waitQuantiles(run: RuleRun): readonly number[] {
  const waits = sortedWaits(run.classes.flatMap(({ waits }) => waits));
  return CURVE_SHARES.map((share) => percentile(waits, share));
}
