import type { Fleets } from './fleets.ts';

/** The same fleets, seen as they are and changed by nobody: every write is only told. */
export function dryRun(fleets: Fleets, told: (what: string) => void): Fleets {
  return {
    discover: (signal) => fleets.discover(signal),
    setDesiredCapacity: async (group, desired) => {
      told(`would set the desired capacity of ${group} to ${desired}`);
    },
    suspendRebalancing: async (group) => {
      told(`would suspend AZRebalance of ${group}`);
    },
    keepBreaker: async (group, state) => {
      told(`would keep the breaker of ${group} as ${state}`);
    },
  };
}
