/** Controllers that look again and again, and do not while nothing can come of it. */
import type { World } from '../world/world.ts';
import { type Usage, copyOf, repeatSince } from './usage.ts';
import type { VirtualTime } from './virtual-time.ts';

export const MINUTE_MS = 60_000;

export interface Repetition {
  readonly usage: Usage;
  /** Milliseconds from the beginning of one turn to the next, or from its end: see `from`. */
  readonly everyMs: number;
  /** Default `start`. */
  readonly from?: 'start' | 'end';
  /** Of the turns that nothing can come of, this many before the next event are replayed. Default 0. */
  readonly replay?: number;
  /** No turn after this moment is counted. Default: every one until the next event. */
  readonly endAt?: number;
  /** Hears of the turns that were counted and not replayed. */
  readonly onSkipped?: (turns: number) => void;
  /** @returns true when another turn would do nothing for as long as the world stays as it is */
  readonly turn: () => Promise<boolean>;
}

/** Where and from when on it goes on. */
export interface Repeating {
  readonly world: World;
  readonly time: VirtualTime;
  /** Milliseconds since the epoch. */
  readonly startAt: number;
}

/**
 * Repeats a turn for ever. Turns that were settled at an unchanged world twice in a row, so that counts
 * which lag behind have caught up, are counted with their calls but not replayed until something
 * happens: nights and weekends take no time.
 */
export function repeat({ world, time, startAt }: Repeating, repetition: Repetition): void {
  const { usage, everyMs, from = 'start', replay = 0, turn, onSkipped } = repetition;
  const { endAt = Number.POSITIVE_INFINITY } = repetition;
  time.start(async () => {
    let quiet = 0;
    let quietVersion = -1;
    for (let at = startAt; ;) {
      await time.sleepUntil(at);
      const before = copyOf(usage);
      const { version } = world;
      const settled = (await turn()) && world.version === version;
      quiet = settled ? (quietVersion === version ? quiet + 1 : 1) : 0;
      quietVersion = world.version;
      if (quiet >= 2) {
        const nextAt = Math.min(world.nextEventAt() ?? at, endAt);
        const skipped = Math.max(Math.ceil((nextAt - at) / everyMs) - 1 - replay, 0);
        repeatSince(usage, before, skipped);
        onSkipped?.(skipped);
        at += skipped * everyMs;
      }
      at = (from === 'start' ? at : Math.max(at, world.now())) + everyMs;
    }
  });
}
