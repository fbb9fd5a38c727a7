import type { Fleet, Fleets } from './fleets.ts';

/** What a write leaves with its group until somebody changes it. */
type Left = Pick<Fleet, 'breaker' | 'suspended'>;

/**
 * The same fleets, changed by nobody: every write is only told. What it would have left with a group is
 * seen there from then on, until somebody else changes it, so that it is told once and the next look goes
 * on from it. The capacity is seen as it is, because no machine follows: each look tells what it would set.
 */
export function dryRun(fleets: Fleets, told: (what: string) => void): Fleets {
  let real: ReadonlyMap<string, Left> = new Map();
  let left = new Map<string, Partial<Left>>();
  const leave = (group: string, change: Partial<Left>) => {
    left.set(group, { ...left.get(group), ...change });
  };

  return {
    async discover(signal) {
      const discovery = await fleets.discover(signal);
      left = new Map(
        discovery.fleets.map((fleet) => {
          const { group } = fleet;
          return [group, untouched(left.get(group), { before: real.get(group), now: fleet })];
        }),
      );
      real = new Map(discovery.fleets.map((fleet) => [fleet.group, fleet]));
      return {
        ...discovery,
        fleets: discovery.fleets.map((fleet) => ({ ...fleet, ...left.get(fleet.group) })),
      };
    },
    setDesiredCapacity: async (group, desired) => {
      told(`would set the desired capacity of ${group} to ${desired}`);
    },
    suspend: async (group, processes) => {
      told(`would suspend ${processes.join(' and ')} of ${group}`);
      leave(group, { suspended: [...(real.get(group)?.suspended ?? []), ...processes] });
    },
    keepBreaker: async (group, state) => {
      told(`would keep the breaker of ${group} as ${state}`);
      leave(group, { breaker: state });
    },
  };
}

interface Seen {
  readonly before: Left | undefined;
  readonly now: Left;
}

/** What was left and has not been overwritten since. */
function untouched(left: Partial<Left> = {}, { before, now }: Seen): Partial<Left> {
  const breaker = left.breaker !== undefined && before?.breaker === now.breaker;
  const suspended =
    left.suspended !== undefined && before?.suspended.join() === now.suspended.join();
  return {
    ...(breaker && { breaker: left.breaker }),
    ...(suspended && { suspended: left.suspended }),
  };
}
