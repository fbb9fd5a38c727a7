/** An outcome in which all is known and all is well. */
import type { Outcome } from '../../../lambda/scaler/pass.ts';

export const NAMED = { name: 'ci', metrics: true };

export const SEEN: Outcome = {
  at: Date.parse('2026-03-02T09:00:00Z'),
  fleet: {
    group: 'ci.acme.linux',
    source: 'circleci',
    resourceClass: 'acme/linux',
    headroom: 1,
    min: 0,
    max: 10,
    desired: 2,
    proceeding: [],
    pending: ['i-1'],
    inService: ['i-2'],
    done: [],
    ending: [],
    suspended: [],
    holdBack: undefined,
    lastUsed: '2026-03-02',
    template: undefined,
  },
  demand: { unclaimed: 3, running: 1 },
  waitedMs: 42_400,
  decision: { action: 'raise', desired: 5, want: 5, held: 0, reason: 'demand' },
  finishing: 1,
  holdBack: undefined,
  trouble: undefined,
  failure: undefined,
};
