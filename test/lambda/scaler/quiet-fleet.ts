import type { Fleet } from '../../../lambda/scaler/fleet/fleets.ts';
import { KEPT_SUSPENDED } from '../../../lambda/scaler/fleet/suspended.ts';

/** A fleet of the class `acme/` and its group's name, with nothing to do, changed as a test needs it. */
export function fleet(group: string, state: Partial<Fleet> = {}): Fleet {
  return {
    group,
    source: 'circleci',
    resourceClass: `acme/${group}`,
    headroom: 0,
    min: 0,
    max: 10,
    desired: 0,
    pending: [],
    proceeding: [],
    inService: [],
    done: [],
    ending: [],
    suspended: KEPT_SUSPENDED,
    holdBack: undefined,
    // The day of the tests, so that it need not be kept.
    lastUsed: '2026-03-02',
    template: undefined,
    ...state,
  };
}
