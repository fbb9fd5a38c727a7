/** The calls of a controller: each takes its time, and does its work at its own moment. */
import type { Fleets } from '../../lambda/scaler/fleet/fleets.ts';
import { type Draw, drawMs } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { Usage } from './usage.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How a controller passes its time. */
export type Pace = Pick<VirtualTime, 'sleepUntil' | 'during'>;

type Call = 'describe' | 'running' | 'unclaimed' | 'counts' | 'runners' | 'write' | 'other';

/** Makes one call. What it does happens at the end of its time; whatever is called next begins then. */
export type Called = <T>(call: Call, act: () => T | Promise<T>) => Promise<T>;

/**
 * A pass takes as long as the calls it makes one after the other, in whatever order a rule makes them.
 * How long one takes depends on the moment and on what is called, not on what was called before.
 */
export function callsIn(world: World, { sleepUntil, during }: Pace): Called {
  const { callTime } = world.parameters;
  const luck = new Map<Call, Draw>();
  return async (call, act) => {
    const draw = luck.get(call) ?? world.luck(`call-time/${call}`);
    luck.set(call, draw);
    const now = world.now();
    const ms = drawMs(callTime, draw, now);
    if (ms > 0) await sleepUntil(now + ms);
    return during(async () => act());
  };
}

/** The scaler's calls to its groups, which take their time; each look describes them once. */
export function timedFleets(fleets: Fleets, called: Called, usage: Usage): Fleets {
  return {
    discover: async (signal) => {
      usage.looks += 1;
      return called('describe', async () => fleets.discover(signal));
    },
    setDesiredCapacity: async (group, desired, signal) =>
      called('write', async () => fleets.setDesiredCapacity(group, desired, signal)),
    suspendRebalancing: async (group, signal) =>
      called('other', async () => fleets.suspendRebalancing(group, signal)),
    keepBreaker: async (group, state, signal) =>
      called('other', async () => fleets.keepBreaker(group, state, signal)),
  };
}
