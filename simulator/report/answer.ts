/** What a reader of a run decides on: waits and their cause, what another maximum would do, dollars a month. */
import type { ClassRecord, RunRecord } from '../record.ts';
import { counted, formatDollars, formatDuration } from './format.ts';
import { type Figures, summarise } from './summary.ts';
import { printable } from './text-table.ts';
import { shareOfMaximum } from './wait-split.ts';
import { type WaitStatistics, waitStatistics } from './waits.ts';

/** What the record alone does not say. */
export interface AnswerFacts {
  /** Length of the workload, from which a month is scaled. Default: the length of the run. */
  readonly workloadHours?: number;
  /** Seconds that the jobs of a trace really waited, by class. Default: not known. */
  readonly realWaits?: ReadonlyMap<string, readonly number[]>;
  /** What greater maxima did to the same tasks, by class, in order of the maximum. Default: not tried. */
  readonly raised?: ReadonlyMap<string, readonly RaisedMaximum[]>;
}

/** The same tasks with another maximum. */
export interface RaisedMaximum {
  readonly max: number;
  /** Seconds; null when no task was served. */
  readonly p95: number | null;
  /** USD of the whole run; null where the price is not known. */
  readonly machineCost: number | null;
}

export interface ClassAnswer {
  readonly resourceClass: string;
  readonly max: number;
  /** Null when no task was served. */
  readonly wait: WaitStatistics | null;
  /** The mean wait by its cause, in seconds; null when no task was served. */
  readonly split: WaitSplit | null;
  /** The trace's own waits; null where it does not say. */
  readonly real: WaitStatistics | null;
  /** USD; null where the price is not known, or the workload too short to scale a month from. */
  readonly machinesPerMonth: number | null;
  /** Whether the price of its machines is known. */
  readonly priced: boolean;
  readonly raised: readonly RaisedAnswer[];
  /** The least maximum that was tried and does nearly as much as the greatest; null: none would help. */
  readonly advice: RaisedAnswer | null;
}

interface WaitSplit {
  /** Until a machine was asked for and ready. */
  readonly boot: number;
  /** Because the group was at its maximum. */
  readonly maximum: number;
}

export interface RaisedAnswer {
  readonly max: number;
  readonly p95: number | null;
  readonly machinesPerMonth: number | null;
}

export interface Answer {
  readonly workloadHours: number;
  /** USD; null where a price is not known, or the workload too short to scale a month from. */
  readonly machinesPerMonth: number | null;
  readonly classes: readonly ClassAnswer[];
}

const HOUR_MS = 3_600_000;
const MONTH_HOURS = 30 * 24;
/** A month scaled from less says nothing. */
const LEAST_HOURS = 1;

/** Within this factor two waits are the same to a reader. */
const SAME = 1.1;

export function answerOf(record: RunRecord, facts: AnswerFacts = {}): Answer {
  const { workloadHours = (record.to - record.from) / HOUR_MS, realWaits, raised } = facts;
  const summary = summarise(record);
  const month = ({ machineCost }: Pick<Figures, 'machineCost'>) =>
    machineCost === null || workloadHours < LEAST_HOURS
      ? null
      : (machineCost * MONTH_HOURS) / workloadHours;
  return {
    workloadHours,
    machinesPerMonth: month(summary.all),
    classes: record.classes.flatMap((one, index) => {
      const figures = summary.classes[index];
      if (figures === undefined) return [];
      const { wait } = figures;
      const tried = (raised?.get(one.resourceClass) ?? []).map(
        ({ max, p95, machineCost }): RaisedAnswer => ({
          max,
          p95,
          machinesPerMonth: month({ machineCost }),
        }),
      );
      return {
        resourceClass: one.resourceClass,
        max: one.max,
        wait,
        split: wait && splitOf(one, record.to, wait.mean),
        real: waitStatistics(realWaits?.get(one.resourceClass) ?? []),
        machinesPerMonth: month(figures),
        priced: figures.machineCost !== null,
        raised: tried,
        advice: wait && adviceOf(tried, wait.p95),
      };
    }),
  };
}

function splitOf(one: ClassRecord, to: number, mean: number): WaitSplit {
  const maximum = mean * (shareOfMaximum(one, to) ?? 0);
  return { boot: mean - maximum, maximum };
}

function adviceOf(raised: readonly RaisedAnswer[], p95: number): RaisedAnswer | null {
  const best = raised.at(-1)?.p95;
  if (best === undefined || best === null || best * SAME > p95) return null;
  return raised.find((one) => one.p95 !== null && one.p95 <= best * SAME) ?? null;
}

/** The answer for one class in one line of a terminal. */
function printClass(one: ClassAnswer): string {
  const { resourceClass, wait, split, real, machinesPerMonth, priced } = one;
  const name = printable(resourceClass);
  const cost =
    machinesPerMonth === null
      ? priced
        ? ''
        : ' What its machines cost is not known: their price is missing.'
      : ` Its machines cost about ${formatDollars(machinesPerMonth)} a month.`;
  if (wait === null || split === null) return `${name}: no task was served.${cost}`;
  const said = [
    `half of the tasks waited at most ${formatDuration(wait.p50)}, 95 % at most ${formatDuration(wait.p95)}` +
      (real === null
        ? '.'
        : `; in the trace itself ${formatDuration(real.p50)} and ${formatDuration(real.p95)}.`),
    `Of the mean of ${formatDuration(wait.mean)}, ${formatDuration(split.boot)} was until a machine was ready and ${formatDuration(split.maximum)} for the maximum of ${one.max}.`,
    maximumSentence(one),
  ];
  return `${name}: ${said.join(' ')}${cost}`;
}

/** What to do about the maximum of a class. */
export function maximumSentence({ max, raised, advice, ...one }: ClassAnswer): string {
  const greatest = raised.at(-1);
  if (greatest === undefined) return `The maximum of ${max} is enough.`;
  if (advice === null || advice.p95 === null) {
    return `A greater maximum, up to ${greatest.max}, would leave the 95 % about as it is.`;
  }
  const more =
    one.machinesPerMonth === null || advice.machinesPerMonth === null
      ? ''
      : `, for ${difference(advice.machinesPerMonth - one.machinesPerMonth)} a month`;
  return `max ${advice.max} would bring the 95 % to ${formatDuration(advice.p95)}${more}.`;
}

function difference(dollars: number): string {
  return dollars < 0 ? `${formatDollars(-dollars)} less` : `${formatDollars(dollars)} more`;
}

/** How a month is scaled. */
export function monthNote({ workloadHours }: Answer): string {
  if (workloadHours < LEAST_HOURS) {
    return 'The workload lasts less than an hour: too short to say what a month costs.';
  }
  return `A month is 30 days like the ${counted(Math.round(workloadHours * 10) / 10, 'hour')} of this workload; machines only, at list price.`;
}

/** The answer for a terminal. */
export function printAnswer(answer: Answer): string {
  return [...answer.classes.map(printClass), monthNote(answer)].join('\n');
}
