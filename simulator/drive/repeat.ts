/** Controllers that make pass after pass, except while nothing can result from one. */
import { drawMs } from '../world/random.ts';
import type { World } from '../world/world.ts';
import { type Usage, copyOf, repeatPeriod } from './usage.ts';
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
  /** How many turns there are until all is as it was; only whole such cycles are skipped. Default 1. */
  readonly cycle?: () => number;
  /** Which of several schedules it is: each begins at a different moment. Default 0. */
  readonly number?: number;
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
}

/**
 * Repeats a turn without end. Turns that were settled at an unchanged world three times in a row, so that
 * counts which lag behind have caught up and a whole period of theirs is known, are counted with their calls but not replayed until something
 * happens: nights and weekends take no time.
 */
export function repeat({ world, time }: Repeating, repetition: Repetition): void {
  const { usage, everyMs, from = 'start', replay = 0, turn, onSkipped } = repetition;
  const { endAt = Number.POSITIVE_INFINITY, cycle = () => 1, number = 0 } = repetition;
  const phase = drawMs(world.parameters.schedulePhase, world.luck('schedule-phase'), number);
  time.start(async () => {
    let quiet = 0;
    let quietVersion = -1;
    let begin = copyOf(usage);
    for (let at = world.startAt + (phase % everyMs); ;) {
      await time.sleepUntil(at);
      // What a turn leads to counts with it, until the next one begins.
      const before = begin;
      begin = copyOf(usage);
      const { version } = world;
      const settled = (await turn()) && world.version === version;
      quiet = settled ? (quietVersion === version ? quiet + 1 : 1) : 0;
      quietVersion = world.version;
      const periodMs = from === 'start' ? everyMs : world.now() - at + everyMs;
      let skipped = 0;
      if (quiet >= 3) {
        const nextAt = Math.min(world.nextEventAt() ?? at, endAt);
        // The turn in which it happens is replayed: it may make more than one.
        const idle = Math.max(Math.floor((nextAt - at) / periodMs) - 1 - replay, 0);
        skipped = idle - (idle % cycle());
        const period = { from: before, to: copyOf(begin) };
        repeatPeriod(usage, period, skipped);
        // Where the next period begins is moved by as much.
        repeatPeriod(begin, period, skipped);
        onSkipped?.(skipped);
      }
      at += (1 + skipped) * periodMs;
    }
  });
}
