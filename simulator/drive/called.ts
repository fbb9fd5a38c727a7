/** The calls of a controller: each takes its time, and does its work at its own moment. */
import type { Fleets, PassQueue } from '../../lambda/scaler/composition.ts';
import { type FaultCode, WorldFault } from '../world/fault.ts';
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

/** The AWS SDKs' default, the first attempt included. */
const SDK_ATTEMPTS = 3;
const SDK_TRIES_AGAIN: ReadonlySet<FaultCode> = new Set(['Throttling', 'ResourceContention']);

/** What the AWS SDK of a controller does with a call: where that may help, it tries again within the call. */
export function triedBySdk<T>(act: () => T): T {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return act();
    } catch (error) {
      const again = error instanceof WorldFault && SDK_TRIES_AGAIN.has(error.code);
      if (!again || attempt === SDK_ATTEMPTS) throw error;
    }
  }
}

/** The scaler's calls to its groups, which take their time; each look discovers them once. */
export function timedFleets(fleets: Fleets, called: Called, usage: Usage): Fleets {
  return {
    discover: async (signal) => {
      usage.looks += 1;
      return called('describe', async () => fleets.discover(signal));
    },
    describe: async (groups, signal) =>
      called('describe', async () => fleets.describe(groups, signal)),
    setDesiredCapacity: async (group, desired, signal) =>
      called('write', async () => fleets.setDesiredCapacity(group, desired, signal)),
    suspend: async (group, processes, signal) =>
      called('other', async () => fleets.suspend(group, processes, signal)),
    resume: async (group, processes, signal) =>
      called('other', async () => fleets.resume(group, processes, signal)),
    keep: async (group, kept, signal) =>
      called('other', async () => fleets.keep(group, kept, signal)),
    activities: async (group, from, signal) =>
      called('describe', async () => fleets.activities(group, from, signal)),
  };
}

/** The one call in which the schedule's pass sends those that follow it. */
export function timedPasses(queue: PassQueue, called: Called, usage: Usage): PassQueue {
  return {
    send: async (passes) => {
      usage.sends += 1;
      await called('other', async () => queue.send(passes));
    },
  };
}
