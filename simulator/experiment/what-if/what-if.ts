/** Configs side by side on the same workload. */
import type { Workload } from '../../cli/workload.ts';
import type { RunRecord } from '../../record.ts';
import { formatNumber } from '../../report/format.ts';
import { type ConfigFigures, differencesOf } from './figures.ts';

export interface WhatIf {
  readonly title: string;
  readonly seed: number;
  /** Milliseconds since the epoch, in virtual time. */
  readonly startAt: number;
  readonly workloadHours: number;
  /** In the order in which they were given. */
  readonly configs: readonly ConfigResult[];
}

export interface ConfigResult {
  /** The file, as short as it can be told from the others. */
  readonly name: string;
  /** True when the run ended before all tasks were served. */
  readonly interrupted: boolean;
  readonly unserved: readonly UnservedClass[];
  /** Instance types without a price: what their machines cost is not known. */
  readonly unpriced: readonly string[];
  readonly figures: ConfigFigures;
  /** To the first config; null for the first itself. */
  readonly differences: ConfigFigures | null;
}

/** A class of the workload that no fleet of the config serves. */
export interface UnservedClass {
  readonly resourceClass: string;
  readonly tasks: number;
}

/** What one config did, before it is compared. */
export interface NamedRun extends Omit<ConfigResult, 'differences'> {
  readonly record: RunRecord;
}

export function compared(
  head: Omit<WhatIf, 'configs'>,
  runs: readonly Omit<ConfigResult, 'differences'>[],
): WhatIf {
  const [first] = runs;
  return {
    ...head,
    configs: runs.map(({ name, interrupted, unserved, unpriced, figures }, index) => ({
      name,
      interrupted,
      unserved,
      unpriced,
      figures,
      differences: first && index > 0 ? differencesOf(figures, first.figures) : null,
    })),
  };
}

/** Most tasks first. */
export function unservedOf(
  tasks: Workload['tasks'],
  served: ReadonlySet<string>,
): readonly UnservedClass[] {
  const counts = new Map<string, number>();
  for (const { resourceClass } of tasks) {
    if (!served.has(resourceClass)) {
      counts.set(resourceClass, (counts.get(resourceClass) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([resourceClass, count]) => ({ resourceClass, tasks: count }))
    .sort((a, b) => b.tasks - a.tasks);
}

/** What decides, in one sentence for each config after the first. */
export function verdictsOf({ configs }: WhatIf): readonly string[] {
  const [first, ...others] = configs;
  if (first === undefined) return [];
  return others.map(({ name, figures, differences }) => {
    const against = `${name} against ${first.name}`;
    if (figures.tasksUnserved !== first.figures.tasksUnserved) {
      return `${against}: not comparable, because ${figures.tasksUnserved} and ${first.figures.tasksUnserved} tasks have no fleet; serve the same classes in both.`;
    }
    const parts = [
      more(differences?.waitMean, 1, ['s longer mean wait', 's shorter mean wait']),
      more(differences?.waitP95, 1, ['s longer p95', 's shorter p95']),
      more(differences?.costPerMonth, 2, ['USD a month more', 'USD a month less']),
    ];
    return `${against}: ${parts.flatMap((part) => part ?? []).join(', ') || 'no difference can be told'}.`;
  });
}

function more(
  difference: number | null | undefined,
  decimals: number,
  [longer, shorter]: readonly [string, string],
): string | undefined {
  if (difference === null || difference === undefined) return undefined;
  const amount = formatNumber(Math.abs(difference), decimals);
  return `${amount} ${difference > 0 ? longer : shorter}`;
}

/** What must be known of each config to read its figures. */
export function warningsOf({ configs }: WhatIf): readonly string[] {
  return configs.flatMap(({ name, interrupted, unserved, unpriced, figures }) => [
    ...(interrupted ? [`${name}: stopped early; its figures cover what was seen until then.`] : []),
    ...unserved.map(
      ({ resourceClass, tasks }) =>
        `${name}: no fleet serves ${resourceClass}; its tasks (${tasks}) count as run elsewhere, without a wait and without cost.`,
    ),
    ...unpriced.map(
      (type) =>
        `${name}: no price is known for ${type}, so neither is the cost; give one with --prices.`,
    ),
    ...(figures.tasksServed === 0 ? [`${name}: served no task at all.`] : []),
  ]);
}

/** File names where they differ, else the paths as they were given. */
export function namesOf(paths: readonly string[]): readonly string[] {
  const names = paths.map((path) => path.split(/[\\/]/).at(-1) ?? path);
  return new Set(names).size === names.length ? names : paths;
}
