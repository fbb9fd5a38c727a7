/** What no scaler can do better without foresight: a machine is asked for the moment a task arrives. */
import type { Parameters } from '../../world/parameters.ts';
import type { Rule, Stage } from './rule.ts';

const BOUND = {
  source: { what: 'a bound, not a scaler', url: '' },
  settings: {},
  host: { kind: 'none' },
  start: launchAtArrival,
} as const satisfies Partial<Rule>;

const NO_FAULTS = { writeFault: 0, writeThrottle: 0 } as const satisfies Partial<Parameters>;

export const ORACLE: Rule = {
  ...BOUND,
  name: 'oracle',
  about: 'launches at the instant of arrival, without any lag or fault, and never looks ahead',
  parameters: { ...NO_FAULTS, launchLag: { min: 0, max: 0 } },
};

/** No rule can remove the time that a group takes to launch: what is above this one is a rule's own. */
const LAGGED_ORACLE: Rule = {
  ...BOUND,
  name: 'lagged-oracle',
  about: 'asks at the instant of arrival, with the launch lag of every rule and no fault',
  parameters: NO_FAULTS,
};

/** What every rule is held against, in the order in which it is shown. */
export const ORACLES: readonly Rule[] = [ORACLE, LAGGED_ORACLE];

function launchAtArrival({ world, time, fleets }: Stage): void {
  time.onChange(() => {
    for (const { group, resourceClass } of fleets) {
      const { claimable, booting, idle, desired, present, max } = world.truth(resourceClass);
      // Machines that the group still owes are on their way to these tasks too.
      const owed = Math.max(desired - present, 0);
      const next = Math.min(desired + claimable - booting - idle - owed, max);
      if (next > desired) {
        world.setDesiredCapacity(group, next);
        world.advanceTo(world.now());
      }
    }
  });
}
