/** Functions that are invoked every minute. */
import { MINUTE_MS, repeat } from '../drive/repeat.ts';
import type { Usage } from '../drive/usage.ts';
import type { Stage } from './rule.ts';

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
