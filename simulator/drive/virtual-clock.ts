import type { Clock } from '../../lambda/scaler/composition.ts';
import type { World } from '../world/world.ts';
import type { Pace } from './called.ts';

/**
 * The world's time as the scaler's clock: a wait lets the world go on. Deadlines stay
 * those of `timeout`: what they guard is a call that hangs in reality.
 */
export function virtualClock(world: World, pace: Pace, timeout: Clock['timeout']): Clock {
  return {
    now: () => world.now(),
    timeout,
    wait: async (ms) => {
      await pace.sleepUntil(world.now() + ms);
    },
  };
}
