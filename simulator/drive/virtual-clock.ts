import type { Clock } from '../../lambda/scaler/clock.ts';
import type { World } from '../world/world.ts';
import type { Pace } from './called.ts';
import type { Usage } from './usage.ts';

/**
 * The world's time as the scaler's clock: a wait lets the world go on, and is counted. Deadlines stay
 * those of `timeout`: what they guard is a call that hangs in reality.
 */
export function virtualClock(
  world: World,
  { pace, usage }: { readonly pace: Pace; readonly usage: Pick<Usage, 'asleepMs'> },
  timeout: Clock['timeout'],
): Clock {
  return {
    now: () => world.now(),
    timeout,
    wait: async (ms) => {
      usage.asleepMs += ms;
      await pace.sleepUntil(world.now() + ms);
    },
  };
}
