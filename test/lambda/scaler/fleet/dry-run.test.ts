import { expect, test } from '@jest/globals';
import type { Demand } from '../../../../lambda/scaler/demand/source.ts';
import { dryRun } from '../../../../lambda/scaler/fleet/dry-run.ts';
import type { Fleet, Fleets } from '../../../../lambda/scaler/fleet/fleets.ts';
import { KEPT_SUSPENDED } from '../../../../lambda/scaler/fleet/suspended.ts';
import { look } from '../../../../lambda/scaler/look.ts';
import { manualClock } from '../../../manual-clock.ts';
import { fleet } from '../quiet-fleet.ts';

const OPEN = 'boots-fail failures=1 level=0 paused 2026-03-02T09:03:00.000Z';

test('a dry run tells once that a breaker opens, and goes on from there', async () => {
  const { minute, told } = dryRunning();
  await minute(fleet('a', { desired: 3, pending: ['i-1', 'i-2', 'i-3'] }));
  expect(await minute(fleet('a', { desired: 3 }))).toBe(OPEN);
  expect(told()).toEqual([`would keep the breaker of a as ${OPEN}`]);
  expect(await minute(fleet('a', { desired: 0 }))).toBe(OPEN);
  expect(told()).toEqual([]);
  const probing = OPEN.replace('paused', 'probing');
  expect(await minute(fleet('a', { desired: 0 }))).toBe(probing);
  expect(told()).toEqual([`would keep the breaker of a as ${probing}`]);
});

test('a dry run tells once that a breaker closes', async () => {
  const { minute, told } = dryRunning();
  const opened = fleet('a', { desired: 1, breaker: OPEN });
  await minute(opened);
  expect(told()).toEqual([]);
  expect(await minute({ ...opened, inService: ['i-1'] })).toBeUndefined();
  expect(told()).toEqual(['would keep the breaker of a as closed']);
  expect(await minute({ ...opened, inService: ['i-1'] })).toBeUndefined();
  expect(told()).toEqual([]);
});

test('a dry run follows a breaker that somebody else changes', async () => {
  const { minute, told } = dryRunning();
  await minute(fleet('a', { desired: 3, pending: ['i-1', 'i-2', 'i-3'] }));
  await minute(fleet('a', { desired: 3 }));
  told();
  const other = OPEN.replace('failures=1', 'failures=4').replace('09:03', '10:00');
  expect(await minute(fleet('a', { breaker: other }))).toBe(other);
  expect(told()).toEqual([]);
});

test('a dry run tells once what it would suspend, and again when somebody resumes it', async () => {
  const { minute, told } = dryRunning({ unclaimed: 0, running: 0 });
  const active = fleet('a', { suspended: ['Launch'] });
  const would = 'would suspend AZRebalance and AlarmNotification of a';
  await minute(active);
  expect(told()).toEqual([would]);
  await minute(active);
  expect(told()).toEqual([]);
  await minute(fleet('a', { suspended: ['Launch', ...KEPT_SUSPENDED] }));
  await minute(active);
  expect(told()).toEqual([would]);
});

test('a dry run begins anew with a group that was gone', async () => {
  const { minute, told } = dryRunning({ unclaimed: 0, running: 0 });
  await minute(fleet('a', { suspended: [] }));
  await minute();
  told();
  await minute(fleet('a', { suspended: [] }));
  expect(told()).toEqual(['would suspend AZRebalance and AlarmNotification of a']);
});

test('a dry run sees the capacity as it is, and tells at each look what it would set it to', async () => {
  const { minute, told } = dryRunning();
  await minute(fleet('a', { desired: 0 }));
  await minute(fleet('a', { desired: 0 }));
  const would = 'would set the desired capacity of a to 3';
  expect(told(everything)).toEqual([would, would]);
});

/** Looks in a dry run, a minute apart, at the groups as each is told to find them. */
function dryRunning(demand: Demand = { unclaimed: 3, running: 0 }) {
  const clock = manualClock();
  let found: readonly Fleet[] = [];
  let heard: string[] = [];
  const unwritten = async () => {
    throw new Error('a dry run writes nothing');
  };
  const groups: Fleets = {
    discover: async () => ({ fleets: found, rejected: [], lookedFor: 'the tag of the test' }),
    setDesiredCapacity: unwritten,
    suspend: unwritten,
    keepBreaker: unwritten,
  };
  let breaker: string | undefined;
  const ports = {
    clock,
    memories: new Map(),
    fleets: dryRun(groups, (what) => heard.push(what)),
    sources: { circleci: { currentDemand: async () => demand } },
    report: {
      outcome: (outcome: { readonly breaker: string | undefined }) => {
        breaker = outcome.breaker;
      },
      warning: () => undefined,
    },
  };
  return {
    /** @returns the breaker after the look */
    minute: async (...fleets: readonly Fleet[]) => {
      found = fleets;
      expect((await look(ports, { budgetMs: 15_000 })).problems).toEqual([]);
      clock.advance(60_000);
      return breaker;
    },
    /** What was told since it was last asked for. Default: all but the capacity. */
    told: (about = (what: string) => !what.includes('capacity')) => {
      const asked = heard.filter(about);
      heard = [];
      return asked;
    },
  };
}

function everything(): boolean {
  return true;
}
