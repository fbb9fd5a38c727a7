import { expect, test } from '@jest/globals';
import type { Demand } from '../../../../lambda/scaler/demand/source.ts';
import { dryRun } from '../../../../lambda/scaler/fleet/dry-run.ts';
import type { Fleet } from '../../../../lambda/scaler/fleet/fleets.ts';
import { KEPT_SUSPENDED } from '../../../../lambda/scaler/fleet/suspended.ts';
import { encodeState } from '../../../../lambda/scaler/hold-back/state.ts';
import { reconcile } from '../../../../lambda/scaler/reconcile.ts';
import type { Outcome, PassOptions, PassResult } from '../../../../lambda/scaler/pass.ts';
import { manualClock } from '../../../manual-clock.ts';
import { fleet } from '../quiet-fleet.ts';

/** Due at 9:00, when the first pass is made. */
const DUE = 'held tasks-unclaimed since 2026-03-02T08:50:00Z next 2026-03-02T09:00:00Z waiting 3';
const TRIED = DUE.replace('next 2026-03-02T09:00:00Z', 'next 2026-03-02T09:02:00Z');

test('a dry run tells once what it would keep of a hold-back, and goes on from there', async () => {
  const { minute, told } = dryRunning();
  expect(await minute(fleet('a', { holdBack: DUE }))).toBe(TRIED);
  expect(told()).toEqual([`would keep the hold-back of a as ${TRIED}`]);
  expect(await minute(fleet('a', { holdBack: DUE }))).toBe(TRIED);
  expect(told()).toEqual([]);
});

test('a dry run tells once that it would release a group', async () => {
  const { minute, told } = dryRunning();
  const held = fleet('a', {
    holdBack: TRIED.replace('tasks-unclaimed', 'boots-fail').concat(' template 1'),
    template: '2',
    suspended: [...KEPT_SUSPENDED, 'Launch'],
  });
  expect(await minute(held)).toBe('none');
  expect(told()).toEqual(['would resume Launch of a', 'would keep the hold-back of a as none']);
  expect(await minute(held)).toBe('none');
  expect(told()).toEqual([]);
});

test('a dry run follows a hold-back that somebody else changes', async () => {
  const { minute, told } = dryRunning();
  await minute(fleet('a', { holdBack: DUE }));
  told();
  const other = TRIED.replace('09:02', '10:00');
  expect(await minute(fleet('a', { holdBack: other }))).toBe(other);
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

test('a dry run tells once what it would suspend, in whichever order AWS lists the processes', async () => {
  const { minute, told } = dryRunning({ unclaimed: 0, running: 0 });
  for (const suspended of [
    ['Launch', 'Terminate'],
    ['Terminate', 'Launch'],
    ['Launch', 'Terminate'],
  ]) {
    await minute(fleet('a', { suspended }));
  }
  expect(told()).toEqual(['would suspend AZRebalance and AlarmNotification of a']);
});

test('a dry run begins anew with a group that was gone', async () => {
  const { minute, told } = dryRunning({ unclaimed: 0, running: 0 });
  await minute(fleet('a', { suspended: [] }));
  await minute();
  told();
  await minute(fleet('a', { suspended: [] }));
  expect(told()).toEqual(['would suspend AZRebalance and AlarmNotification of a']);
});

const BESIDE: Demand = { unclaimed: 2, running: 5 };

test('a dry run beside runners that take the jobs tells what it would set once', async () => {
  const { minute, told } = dryRunning(BESIDE);
  for (let each = 0; each < 60; each += 1) {
    await minute(fleet('a'), fleet('b', { suspended: [] }));
  }
  expect(told(everything)).toEqual([
    'would set the desired capacity of a to 2',
    'would set the desired capacity of b to 2',
    'would suspend AZRebalance and AlarmNotification of b',
  ]);
});

test('a dry run makes as many passes as a real one over a fleet that has its first task', async () => {
  const { minute, about, lastPass } = dryRunning(BESIDE);
  await minute(fleet('a', { lastUsed: undefined }));
  expect(lastPass().inUse).toBe(true);
  await about('a');
  expect(lastPass().fleets).toBe(1);
});

test('a dry run tells each change of what it would set, and again what it told before', async () => {
  const { demanded, minute, told } = dryRunning();
  const capacities = async (demand: Demand, state: Partial<Fleet> = {}) => {
    demanded(demand);
    await minute(fleet('a', state));
    return told(everything).map((what) =>
      what.replace('would set the desired capacity of a to ', ''),
    );
  };
  expect(await capacities({ unclaimed: 3, running: 0 })).toEqual(['3']);
  expect(await capacities({ unclaimed: 3, running: 2 })).toEqual([]);
  expect(await capacities({ unclaimed: 6, running: 2 })).toEqual(['6']);
  expect(await capacities({ unclaimed: 0, running: 0 })).toEqual([]);
  expect(await capacities({ unclaimed: 6, running: 0 })).toEqual(['6']);
  // Somebody else sets what it would have set, and takes it back.
  expect(await capacities({ unclaimed: 6, running: 0 }, { desired: 6 })).toEqual([]);
  expect(await capacities({ unclaimed: 6, running: 0 })).toEqual(['6']);
});

test('a dry run remembers what it told of a fleet through passes that are about others', async () => {
  const { minute, about, told } = dryRunning(BESIDE);
  await minute(fleet('a'), fleet('b'));
  expect(told(everything)).toHaveLength(2);
  for (let second = 0; second < 5; second += 1) await about('b');
  await minute(fleet('a'), fleet('b'));
  expect(told(everything)).toEqual([]);
});

test('a dry run whose fleet cannot be read for a while does not repeat itself', async () => {
  const { demanded, minute, told } = dryRunning(BESIDE);
  await minute(fleet('a'));
  told(everything);
  demanded(new Error('CircleCI is away'));
  await expect(minute(fleet('a'))).rejects.toThrow('CircleCI is away');
  demanded(BESIDE);
  await minute(fleet('a'));
  expect(told(everything)).toEqual([]);
});

/** A dry run of groups that are as each pass is told to find them. */
function dryRunning(first: Demand = { unclaimed: 3, running: 0 }) {
  const clock = manualClock();
  let demand: Demand | Error = first;
  let found: readonly Fleet[] = [];
  let heard: string[] = [];
  let last: PassResult | undefined;
  let holdBack = '';
  const unwritten = async () => {
    throw new Error('nothing is written');
  };
  const seen = {
    fleets: {
      discover: async () => ({ fleets: found, rejected: [], lookedFor: 'the tag of the test' }),
      describe: async () => found,
      setDesiredCapacity: unwritten,
      suspend: unwritten,
      resume: unwritten,
      keep: unwritten,
      activities: async () => ({ activities: [], next: undefined }),
    },
    report: {
      outcome: (outcome: Outcome) => {
        holdBack = encodeState(outcome.holdBack);
      },
      warning: (message: string) => heard.push(message.replace('dry run: ', '')),
    },
  };
  const ports = {
    clock,
    memories: new Map(),
    ...dryRun(seen),
    sources: {
      circleci: {
        classesAtOnce: 1,
        currentDemand: async () => {
          if (demand instanceof Error) throw demand;
          return demand;
        },
      },
    },
  };
  const pass = async (options: Pick<PassOptions, 'heard'> = {}) => {
    last = await reconcile(ports, { ...options, budgetMs: 15_000 });
    expect(last.problems).toEqual([]);
  };
  return {
    demanded: (now: Demand | Error) => {
      demand = now;
    },
    /** One pass, and a minute. @returns the hold-back after it */
    minute: async (...fleets: readonly Fleet[]) => {
      found = fleets;
      await pass();
      clock.advance(60_000);
      return holdBack;
    },
    /** A pass about one of the groups. */
    about: async (group: string) =>
      pass({ heard: { about: (fleet) => fleet.group === group, lastWords: [] } }),
    /** What the last pass came to. */
    lastPass: () => {
      if (last === undefined) throw new Error('there was no pass');
      return last;
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
