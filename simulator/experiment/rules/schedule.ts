/** Functions that are invoked every minute. */
import { MINUTE_MS, repeat } from '../../drive/repeat.ts';
import type { Usage } from '../../drive/usage.ts';
import type { Stage } from './rule.ts';

export interface MinuteLoop {
  readonly usage: Usage;
  /** Which of the rule's functions it is: each is invoked at a different second. */
  readonly number: number;
  /** Seconds from the beginning of a pass, or from its end, to the next one of an invocation. */
  readonly everySeconds: number;
  readonly from: 'start' | 'end';
  /** Seconds within which one invocation begins a pass. */
  readonly forSeconds: number;
  /** @returns true when it would do nothing for as long as the world stays as it is */
  readonly pass: () => Promise<boolean>;
}

/** A function that is invoked every minute and makes several passes before it ends. */
export function everyMinute(stage: Stage, loop: MinuteLoop): void {
  const { usage, number, everySeconds, from, forSeconds, pass } = loop;
  const { world, time } = stage;
  repeat(stage, {
    usage,
    number,
    everyMs: MINUTE_MS,
    async turn() {
      usage.invocations += 1;
      const begin = world.now();
      let settled = true;
      for (let at = begin; ;) {
        usage.passes += 1;
        settled = (await pass()) && settled;
        at = (from === 'start' ? at : world.now()) + 1000 * everySeconds;
        if (at >= begin + 1000 * forSeconds) break;
        await time.sleepUntil(at);
      }
      usage.ranMs += world.now() - begin;
      return settled;
    },
  });
}
