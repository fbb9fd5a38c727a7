/** Controllers that look again and again, and do not while nothing can come of it. */
import type { Stage } from './rule.ts';
import { type Usage, copyOf, repeatSince } from './usage.ts';

export const MINUTE_MS = 60_000;

export interface Repetition {
  readonly usage: Usage;
  /** Milliseconds from the beginning of one turn to the next, or from its end: see `from`. */
  readonly everyMs: number;
  /** Default `start`. */
  readonly from?: 'start' | 'end';
  /** Of the turns that nothing can come of, this many before the next event are replayed. Default 0. */
  readonly replay?: number;
  /** @returns true when another turn would do nothing for as long as the world stays as it is */
  readonly turn: () => Promise<boolean>;
}

/**
 * Repeats a turn for ever. Turns that were settled at an unchanged world twice in a row are counted
 * with their calls but not replayed until something happens: nights and weekends take no time.
 */
export function repeat(stage: Stage, repetition: Repetition): void {
  const { usage, everyMs, from = 'start', replay = 0, turn } = repetition;
  const { world, time, startAt } = stage;
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
        const nextAt = world.nextEventAt() ?? at;
        const skipped = Math.max(Math.ceil((nextAt - at) / everyMs) - 1 - replay, 0);
        repeatSince(usage, before, skipped);
        at += skipped * everyMs;
      }
      at = (from === 'start' ? at : Math.max(at, world.now())) + everyMs;
    }
  });
}

export interface MinuteLoop {
  readonly usage: Usage;
  /** Seconds between two looks of one invocation. */
  readonly everySeconds: number;
  /** Seconds for which one invocation goes on looking. */
  readonly forSeconds: number;
  /** @returns true when it would do nothing for as long as the world stays as it is */
  readonly look: () => boolean;
}

/** A function that is invoked every minute and looks several times before it ends. */
export function everyMinute(stage: Stage, loop: MinuteLoop): void {
  const { usage, everySeconds, forSeconds, look } = loop;
  const { world, time } = stage;
  repeat(stage, {
    usage,
    everyMs: MINUTE_MS,
    async turn() {
      usage.invocations += 1;
      const begin = world.now();
      let settled = true;
      for (let since = 0; since < forSeconds; since += everySeconds) {
        if (since > 0) {
          await time.sleepUntil(begin + since * 1000);
          usage.asleepMs += everySeconds * 1000;
        }
        usage.looks += 1;
        settled = look() && settled;
      }
      return settled;
    },
  });
}
