/** How much later than the start of a job GitLab's two counts show it. */
import { medianOf } from '../parameters.ts';
import type { Parameters } from '../../simulator/world/parameters.ts';

/** What GitLab said at one moment, in milliseconds since the epoch by GitLab's clock. */
export interface Seen<T> {
  readonly at: number;
  readonly value: T;
}

export interface Reading {
  /** Running jobs of the runner. */
  readonly running: Seen<number>;
  /** Ids of the project's pending jobs. */
  readonly pending: Seen<ReadonlySet<number>>;
}

export interface Left {
  readonly job: number;
  /** The middle between the last reading that had the job and the first that had not. */
  readonly at: number;
}

/** In seconds, one for each job. */
export interface Lags {
  /** From the start of a job until it is no longer in the list of pending ones. */
  readonly pending: readonly number[];
  /** From the start of a job until the runner's count has it. */
  readonly running: readonly number[];
}

export interface LagMeter {
  /** @returns the jobs that have left the list since the reading before */
  see(reading: Reading): readonly Left[];
  /** A reading is missing, so that what changes with the next one may have changed long before. */
  miss(): void;
  started(left: Left, startedAt: number): void;
  result(): Lags;
}

/** A rise of the count is that of a job only when it comes so soon after its start, in milliseconds. */
const MOST_LAG_MS = 120_000;

/** A figure may be early by the error of a reading, in milliseconds. */
const EARLY_MS = 3_000;

export function lagMeter(): LagMeter {
  let last: Reading | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  const gaps: Gap[] = [];
  const rises: number[] = [];
  const starts: number[] = [];
  const pending: number[] = [];

  return {
    see(reading) {
      const before = last;
      last = reading;
      if (before === undefined) gaps.push({ from: lastAt, to: reading.running.at });
      lastAt = reading.running.at;
      if (before === undefined) return [];
      const risen = reading.running.value - before.running.value;
      for (let rise = 0; rise < risen; rise += 1) {
        rises.push((before.running.at + reading.running.at) / 2);
      }
      const at = (before.pending.at + reading.pending.at) / 2;
      return [...before.pending.value]
        .filter((job) => !reading.pending.value.has(job))
        .map((job) => ({ job, at }));
    },
    miss() {
      last = undefined;
    },
    started({ at }, startedAt) {
      starts.push(startedAt);
      pending.push((at - startedAt) / 1000);
    },
    result: () => ({ pending, running: risesAfter(starts, { rises, gaps }) }),
  };
}

/** Without a reading, in which a rise may have been missed. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

interface Count {
  readonly rises: readonly number[];
  readonly gaps: readonly Gap[];
}

/** To each start its rise, in order; a job whose end hides its start in the count has none. */
function risesAfter(starts: readonly number[], { rises, gaps }: Count): readonly number[] {
  const left = [...rises];
  return starts
    .toSorted((one, other) => one - other)
    .flatMap((start) => {
      const place = left.findIndex((rise) => rise >= start - EARLY_MS);
      const rise = left[place];
      if (rise === undefined || rise > start + MOST_LAG_MS) return [];
      if (gaps.some(({ from, to }) => from < rise && to > start)) return [];
      left.splice(0, place + 1);
      return [(rise - start) / 1000];
    });
}

/** What of it the simulator has parameters for; a lag below zero is an error of reading. */
export function parametersOfLags({ pending, running }: Lags): Partial<Parameters> {
  if (running.length === 0) return {};
  const countLag = Math.max(0, medianOf(running));
  if (pending.length === 0) return { countLag: tenths(countLag) };
  const unclaimedLag = Math.max(0, medianOf(pending) - countLag);
  return { countLag: tenths(countLag), unclaimedLag: tenths(unclaimedLag) };
}

function tenths(seconds: number): number {
  return Math.round(10 * seconds) / 10;
}
