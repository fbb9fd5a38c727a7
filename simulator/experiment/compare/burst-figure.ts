/** What each rule did in one burst, over time. */
import type { ClassRecord, Sample } from '../../record.ts';
import { escapeMarkup } from '../../report/escape.ts';
import { timelineFigure } from '../../report/timeline-figure.ts';
import type { Burst } from '../burst.ts';
import type { RuleComparison } from './comparison.ts';

/** The fields of a row of the series, as the page's script reads them; `at` in seconds. */
const COLUMNS = [
  ...(['at', 'unclaimed', 'running', 'desired'] as const),
  ...(['booting', 'idle', 'busy', 'finishing'] as const),
];

interface Series {
  readonly columns: readonly string[];
  readonly charts: readonly {
    readonly max: number;
    readonly from: number;
    readonly to: number;
    readonly rows: readonly (readonly number[])[];
  }[];
}

export interface BurstFigures {
  readonly markup: string;
  /** Milliseconds since the epoch; the series count from it. */
  readonly from: number;
  readonly series: Series;
}

/** One figure for each rule of which a burst was kept. */
export function burstFigures(rules: readonly RuleComparison[]): BurstFigures {
  const kept = rules.flatMap(({ name, burst }) => (burst === undefined ? [] : [{ name, burst }]));
  const from = kept[0]?.burst.from ?? 0;
  return {
    from,
    markup: `<div class="bursts">${kept
      .map(
        ({ name, burst }, chart) =>
          `<div><h3>${escapeMarkup(name)}</h3>${timelineFigure(
            {
              kind: 'run',
              from: burst.from,
              to: burst.to,
              one: recordOf(name, burst),
              drawn: burst.samples,
            },
            { chart },
          )}</div>`,
      )
      .join('\n')}</div>`,
    series: {
      columns: COLUMNS,
      charts: kept.map(({ burst }) => ({
        max: burst.max,
        from: (burst.from - from) / 1000,
        to: (burst.to - from) / 1000,
        rows: burst.samples.map((sample) => rowOf(sample, from)),
      })),
    },
  };
}

function rowOf(sample: Sample, from: number): readonly number[] {
  return COLUMNS.map((key) => (key === 'at' ? (sample.at - from) / 1000 : sample[key]));
}

/** The burst in the form the report draws; its sums are not shown and are left at nothing. */
function recordOf(rule: string, { max, samples, resourceClass }: Burst): ClassRecord {
  return {
    resourceClass: `${resourceClass} under ${rule}`,
    max,
    samples,
    waits: [],
    totals: {
      tasksArrived: 0,
      tasksServed: 0,
      tasksCancelled: 0,
      tasksKilled: 0,
      killedByLowering: 0,
      tasksElsewhere: 0,
      launches: 0,
      neverUsed: 0,
      pendingCancels: 0,
      cancelsByDecrement: 0,
      cancelsByBounds: 0,
      peakInstances: 0,
      instanceSeconds: 0,
      busySeconds: 0,
      idleSeconds: 0,
      machineCost: 0,
    },
  };
}
