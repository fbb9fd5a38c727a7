/** What greater maxima would do to the same tasks, found by running them. */
import { localRun, type LocalRunOptions } from './local-run.ts';
import type { ClassRecord, RunRecord } from './record.ts';
import type { RaisedMaximum } from './report/answer.ts';
import { demandOf, greatest } from './report/series.ts';
import { shareOfMaximum } from './report/wait-split.ts';
import { waitStatistics } from './report/waits.ts';

/** A maximum that causes less of the waiting is not worth a run. */
const LEAST_SHARE = 0.05;

/** Steps from the maximum to the greatest demand that are tried; the last needs no maximum at all. */
const STEPS = [0.25, 0.5, 1] as const;

/** With more tasks only the last step is run: a million tasks take minutes. */
const TASKS_FOR_ALL_STEPS = 50_000;

/**
 * Runs the tasks of a finished run again, without HTTP, with greater maxima for the classes that waited for
 * theirs. All classes are raised at once, since none waits for another's machines.
 *
 * @returns by class, in order of the maximum; nothing for a class that its maximum did not hold back, and
 *   nothing at all when a run was stopped
 */
export async function raiseMaxima(
  options: LocalRunOptions,
  record: RunRecord,
): Promise<ReadonlyMap<string, readonly RaisedMaximum[]>> {
  const bound = new Map(
    record.classes
      .filter((one) => (shareOfMaximum(one, record.to) ?? 0) >= LEAST_SHARE)
      .map((one) => [one.resourceClass, one] as const),
  );
  const raised = new Map<string, RaisedMaximum[]>();
  if (bound.size === 0 || record.interrupted) return raised;
  const steps = options.tasks.length > TASKS_FOR_ALL_STEPS ? STEPS.slice(-1) : STEPS;
  for (const step of steps) {
    const fleets = options.fleets.map((fleet) => {
      const one = bound.get(fleet.resourceClass);
      return one === undefined ? fleet : { ...fleet, max: stepUp(one, step) };
    });
    const { record: tried } = await localRun({ ...options, ...SILENT, form: 'direct', fleets });
    if (tried.interrupted) return new Map();
    for (const one of tried.classes) {
      if (!bound.has(one.resourceClass)) continue;
      const known = raised.get(one.resourceClass) ?? [];
      raised.set(one.resourceClass, known);
      if (known.at(-1)?.max !== one.max) known.push(figuresOf(one));
    }
  }
  return raised;
}

const SILENT = {
  report: { outcome: () => undefined, warning: () => undefined },
  onProgress: () => undefined,
};

function stepUp(one: ClassRecord, step: number): number {
  const peak = greatest(one.samples, demandOf);
  const demand = Math.max(peak === undefined ? 0 : demandOf(peak), one.max + 1);
  return one.max + Math.ceil((demand - one.max) * step);
}

function figuresOf({ max, waits, totals }: ClassRecord): RaisedMaximum {
  return { max, p95: waitStatistics(waits)?.p95 ?? null, machineCost: totals.machineCost };
}
