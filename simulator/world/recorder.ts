import type { Sample } from '../record.ts';

/** The state of a class, without the moment. */
export type State = Omit<Sample, 'at'>;

export interface Recorder {
  /** The state is this from now on. It is copied. */
  note(at: number, state: State): void;
  readonly samples: readonly Sample[];
  readonly peak: number;
  /** Instance-milliseconds until `at`, whatever was thinned. */
  busyMs(at: number): number;
  idleMs(at: number): number;
}

/** Default greatest number of samples per class. */
const SAMPLE_LIMIT = 20_000;

/** One that is closed, and one that may still be merged into. */
const LEAST_LIMIT = 2;

/**
 * Records a step function in bounded memory. Changes within one interval are merged into one sample
 * that stands where the first of them was and shows the state after the last. The interval begins at
 * 1 ms, which merges nothing but what happens at one moment; each time the limit is reached it is
 * doubled and what was recorded is merged again. Peaks and sums are kept apart and stay exact.
 *
 * @throws RangeError for a limit that nothing could be merged down to
 */
export function createRecorder(from: number, limit: number = SAMPLE_LIMIT): Recorder {
  if (!Number.isInteger(limit) || limit < LEAST_LIMIT) {
    throw new RangeError(
      `the limit of samples is ${limit}; allowed: whole numbers from ${LEAST_LIMIT}`,
    );
  }
  /** What lies behind; the sample that may still be merged into is `last`. */
  let closed: Sample[] = [];
  let last: Writable | undefined;
  let interval = 1;
  let since = from;
  let busyMs = 0;
  let idleMs = 0;
  let peak = 0;
  let busy = 0;
  let idle = 0;

  function add(at: number, next: State): void {
    if (last !== undefined && bucket(last.at) !== bucket(at)) {
      if (same(last, next)) return;
      close(last);
      last = undefined;
    }
    if (last === undefined) last = sampleOf(at, next);
    else assign(last, next);
  }

  /** What was merged may have come back to where it was; then it is no change. */
  function close(sample: Sample): void {
    const before = closed.at(-1);
    if (before === undefined || !same(before, sample)) closed.push(sample);
  }

  function bucket(at: number): number {
    return Math.floor((at - from) / interval);
  }

  function thin(): void {
    while (closed.length >= limit - 1) {
      const all = last === undefined ? closed : [...closed, last];
      closed = [];
      last = undefined;
      interval *= 2;
      for (const sample of all) add(sample.at, sample);
    }
  }

  return {
    note(at, next) {
      busyMs += busy * (at - since);
      idleMs += idle * (at - since);
      since = at;
      ({ busy, idle } = next);
      peak = Math.max(peak, next.booting + next.idle + next.busy + next.finishing);
      add(at, next);
      if (closed.length >= limit - 1) thin();
    },
    get samples() {
      const before = closed.at(-1);
      const returned = before !== undefined && last !== undefined && same(before, last);
      return last === undefined || returned ? closed.slice() : [...closed, { ...last }];
    },
    get peak() {
      return peak;
    },
    busyMs: (at) => busyMs + busy * (at - since),
    idleMs: (at) => idleMs + idle * (at - since),
  };
}

type Writable = { -readonly [Field in keyof Sample]: Sample[Field] };

function sampleOf(at: number, state: State): Writable {
  const { unclaimed, running, desired, booting, idle, busy, finishing } = state;
  return { at, unclaimed, running, desired, booting, idle, busy, finishing };
}

function assign(sample: Writable, state: State): void {
  sample.unclaimed = state.unclaimed;
  sample.running = state.running;
  sample.desired = state.desired;
  sample.booting = state.booting;
  sample.idle = state.idle;
  sample.busy = state.busy;
  sample.finishing = state.finishing;
}

function same(one: State, other: State): boolean {
  return (
    one.unclaimed === other.unclaimed &&
    one.running === other.running &&
    one.desired === other.desired &&
    one.booting === other.booting &&
    one.idle === other.idle &&
    one.busy === other.busy &&
    one.finishing === other.finishing
  );
}
