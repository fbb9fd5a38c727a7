/** What no scaler can do better without foresight: a machine is launched the moment a task arrives. */
import type { Rule } from '../rule.ts';

export const ORACLE: Rule = {
  name: 'oracle',
  about: 'launches at the instant of arrival, without any lag or fault, and never looks ahead',
  source: { what: 'a bound, not a scaler', url: '' },
  settings: {},
  parameters: { launchLag: { min: 0, max: 0 }, writeFault: 0, writeThrottle: 0 },
  host: { kind: 'none' },
  start({ world, time, fleets }) {
    time.onChange(() => {
      for (const { group, resourceClass } of fleets) {
        const { claimable, booting, idle, desired, max } = world.truth(resourceClass);
        const missing = claimable - booting - idle;
        const next = Math.min(desired + missing, max);
        if (next > desired) {
          world.setDesiredCapacity(group, next);
          world.advanceTo(world.now());
        }
      }
    });
  },
};
