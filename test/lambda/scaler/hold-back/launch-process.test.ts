import { expect, test } from '@jest/globals';
import {
  launchSwitch,
  type LaunchSwitch,
  type Switching,
} from '../../../../lambda/scaler/hold-back/launch-process.ts';
import type { Held } from '../../../../lambda/scaler/hold-back/state.ts';
import { fleet } from '../quiet-fleet.ts';

const SINCE = Date.parse('2026-03-02T09:00:00Z');
const HELD: Held = {
  kind: 'held',
  cause: 'boots-fail',
  since: SINCE,
  next: SINCE + 120_000,
  waiting: 5,
  template: undefined,
};
const OTHER: Held = { ...HELD, cause: 'agents-fail' };

const active = { suspended: [] };
const suspended = (reason?: string) => ({
  suspended: ['Launch'],
  ...(reason !== undefined && { suspendedBecause: new Map([['Launch', reason]]) }),
});
const LATER = 'User suspended at 2026-03-02T09:00:02Z';
const BEFORE = 'User suspended at 2026-03-02T08:00:00Z';

test.each<[LaunchSwitch, what: string, state: Parameters<typeof fleet>[1], Partial<Switching>]>([
  ['suspend', 'launches where boots begin to be held back', active, { state: HELD }],
  ['suspend', 'launches once what was tried has come', active, { was: HELD, state: HELD }],
  [
    'leave',
    'what is tried the time to come',
    { ...active, desired: 1 },
    { was: HELD, state: HELD },
  ],
  ['leave', 'launches where agents fail', active, { state: OTHER }],
  ['leave', 'what is suspended as it is', suspended(LATER), { was: HELD, state: HELD }],
  ['resume', 'launches to try one', suspended(LATER), { was: HELD, state: HELD, isTried: true }],
  ['leave', 'launches at the moment of a trial', active, { was: HELD, state: HELD, isTried: true }],
  ['resume', 'launches when it is over', suspended(LATER), { was: HELD }],
  ['resume', 'launches where AWS gives no reason', suspended(), { was: HELD }],
  ['resume', 'launches when a person has removed the tag', suspended(LATER), { remembered: HELD }],
  ['leave', 'what an operator had suspended before', suspended(BEFORE), { was: HELD }],
  ['leave', 'that also for a trial', suspended(BEFORE), { was: HELD, state: HELD, isTried: true }],
  ['leave', 'what an operator suspended with nothing held back', suspended(LATER), {}],
  ['leave', 'what an operator suspended while agents failed', suspended(LATER), { was: OTHER }],
])('%ss %s', (expected, _what, state, change) => {
  const switching = { was: undefined, remembered: undefined, state: undefined, isTried: false };
  expect(launchSwitch(fleet('a', state), { ...switching, ...change })).toBe(expected);
});
