import type { Sample } from '../record.ts';

/** The state of a class, without the moment. */
export type State = Omit<Sample, 'at'>;

export interface Recorder {
  /** The state is this from now on. */
  note(at: number, state: State): void;
  readonly samples: readonly Sample[];
  readonly peak: number;
  /** Instance-milliseconds until `at`, whatever was thinned. */
  busyMs(at: number): number;
  idleMs(at: number): number;
}

/** Default greatest number of samples per class. */
export const SAMPLE_LIMIT = 20_000;

/**
 * Records a step function in bounded memory. Changes within one interval are merged into one sample
 * that stands where the first of them was and shows the state after the last. The interval begins at
 * 1 ms, which merges nothing but what happens at one moment; each time the limit is reached it is
 * doubled and what was recorded is merged again. Peaks and sums are kept apart and stay exact.
 */
export function createRecorder(from: number, limit: number = SAMPLE_LIMIT): Recorder {
  let samples: Sample[] = [];
  let interval = 1;
  let since = from;
  let busy = 0;
  let idle = 0;
  let busyMs = 0;
  let idleMs = 0;
  let peak = 0;

  function add(sample: Sample): void {
    const last = samples.at(-1);
    if (last === undefined) {
      samples.push(sample);
      return;
    }
    const merged = bucket(last.at) === bucket(sample.at);
    if (merged) samples.pop();
    const before = samples.at(-1);
    if (before !== undefined && same(before, sample)) return;
    samples.push(merged ? { ...sample, at: last.at } : sample);
  }

  function bucket(at: number): number {
    return Math.floor((at - from) / interval);
  }

  function thin(): void {
    while (samples.length >= limit) {
      const all = samples;
      samples = [];
      interval *= 2;
      for (const sample of all) add(sample);
    }
  }

  return {
    note(at, state) {
      busyMs += busy * (at - since);
      idleMs += idle * (at - since);
      since = at;
      ({ busy, idle } = state);
      peak = Math.max(peak, state.booting + state.idle + state.busy + state.finishing);
      add({ at, ...state });
      thin();
    },
    get samples() {
      return samples;
    },
    get peak() {
      return peak;
    },
    busyMs: (at) => busyMs + busy * (at - since),
    idleMs: (at) => idleMs + idle * (at - since),
  };
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
