import type { Clock } from '../../lambda/scaler/clock.ts';
import type { World } from '../world/world.ts';

/**
 * The world's time as the scaler's clock: a wait lets the world go on. Deadlines stay those of
 * `timeout`, because a look takes no virtual time: what they guard is a call that hangs in reality.
 */
export function virtualClock(
  world: World,
  timeout: Clock['timeout'],
  advance: Advance = async (at) => world.advanceTo(at),
): Clock {
  return {
    now: () => world.now(),
    timeout,
    wait: async (ms) => advance(world.now() + ms),
  };
}

/** Lets the world go on until a moment, in milliseconds since the epoch. */
export type Advance = (at: number) => Promise<void>;
