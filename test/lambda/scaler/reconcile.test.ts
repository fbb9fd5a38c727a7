import { describe, expect, test } from '@jest/globals';
import { DemandSourceError } from '../../../lambda/scaler/demand/source.ts';
import { FleetError } from '../../../lambda/scaler/fleet/fleets.ts';
import { FRESHNESS_MS } from '../../../lambda/scaler/pass.ts';
import { CLASSES_AT_ONCE, ids, reconciling } from './reconciling.ts';
import { fleet } from './quiet-fleet.ts';

describe('a pass', () => {
  test('sets the capacity of each fleet to its demand and tells what it saw', async () => {
    const { run, writes, outcomes } = reconciling({
      fleets: [fleet('a', { desired: 1, inService: ids(1) }), fleet('b')],
      demand: { 'acme/a': { unclaimed: 2, running: 1 }, 'acme/b': { unclaimed: 0, running: 0 } },
    });
    expect(await run()).toEqual({
      timed: false,
      fleets: 2,
      left: 0,
      inUse: true,
      throttled: false,
      problems: [],
    });
    expect(writes).toEqual(['a=3']);
    const told = new Map(outcomes.map((outcome) => [outcome.fleet.group, outcome]));
    expect(told.get('a')).toMatchObject({
      demand: { unclaimed: 2, running: 1 },
      decision: { action: 'raise', desired: 3 },
    });
    expect(told.get('b')).toMatchObject({
      demand: { unclaimed: 0, running: 0 },
      decision: { action: 'none', desired: 0 },
    });
  });

  test('writes nothing when nothing changes', async () => {
    const { run, writes } = reconciling({
      fleets: [fleet('a', { desired: 1, inService: ids(1) })],
      demand: { 'acme/a': { unclaimed: 0, running: 1 } },
    });
    await run();
    expect(writes).toEqual([]);
  });

  test('describes a group again before it writes, and decides anew on what that shows', async () => {
    // A machine whose task had ended left in between, with its place in the desired capacity.
    const { run, writes, described, outcomes } = reconciling({
      fleets: [fleet('a', { desired: 1, inService: ids(1), done: ids(1) }), fleet('b')],
      again: [fleet('a')],
      demand: { 'acme/a': { unclaimed: 1, running: 0 } },
    });
    await run();
    expect(described).toEqual([['a']]);
    expect(writes).toEqual(['a=1']);
    expect(outcomes[0]?.fleet.desired).toBe(0);
  });

  test('writes nothing where the group has become as it should be', async () => {
    const { run, writes, outcomes } = reconciling({
      fleets: [fleet('a', { desired: 1, inService: ids(1) })],
      again: [fleet('a', { desired: 2, inService: ids(1), pending: ['i-9'] })],
      demand: { 'acme/a': { unclaimed: 1, running: 1 } },
    });
    await run();
    expect(writes).toEqual([]);
    expect(outcomes[0]?.decision).toMatchObject({ action: 'none', desired: 2 });
  });

  test('describes the groups it would write to in few calls', async () => {
    const groups = Array.from({ length: 120 }, (_, index) => fleet(`g${index}`));
    const { run, writes, described } = reconciling({
      fleets: groups,
      demand: async () => ({ unclaimed: 1, running: 0 }),
    });
    await run();
    expect(writes).toHaveLength(120);
    expect(described.flat()).toHaveLength(120);
    expect(described.length).toBeLessThanOrEqual(4);
    for (const names of described) expect(names.length).toBeLessThanOrEqual(50);
  });

  test('writes nothing to a group that is no fleet any more', async () => {
    const { run, writes } = reconciling({
      fleets: [fleet('a'), fleet('b')],
      again: [fleet('b')],
      demand: async () => ({ unclaimed: 1, running: 0 }),
    });
    expect((await run()).problems).toEqual([
      'acme/a: a was found at the beginning of the pass and is no fleet any more; nothing was written',
    ]);
    expect(writes).toEqual(['b=1']);
  });

  test('takes back what was owed for a minute, and not what is owed since a shorter time', async () => {
    const { run, writes, clock } = reconciling({
      fleets: [fleet('a', { desired: 3, inService: ids(1) })],
    });
    for (let second = 0; second < 60; second += 5) {
      await run();
      clock.advance(5_000);
    }
    expect(writes).toEqual([]);
    await run();
    expect(writes).toEqual(['a=1']);
  });

  test.each([
    ['sightings are a minute apart', 60_000, 3],
    ['the desired capacity changed meanwhile', 5_000, 4],
  ])('takes nothing back where its %s', async (_why, apart, desired) => {
    const fleets = [fleet('a', { desired: 3, inService: ids(1) })];
    const { run, writes, clock } = reconciling({ fleets });
    for (let ms = 0; ms <= 50_000; ms += apart) {
      await run();
      clock.advance(apart);
    }
    fleets[0] = fleet('a', { desired, inService: ids(1) });
    await run();
    clock.advance(apart);
    await run();
    expect(writes).toEqual([]);
  });

  test('suspends what would work against the rule, where it is active', async () => {
    const { run, writes } = reconciling({
      fleets: [
        fleet('a', { suspended: [] }),
        fleet('b', { suspended: ['AZRebalance', 'Launch'] }),
        fleet('c', { suspended: ['AlarmNotification', 'AZRebalance'] }),
      ],
    });
    await run();
    expect(writes).toEqual([
      'a suspend AZRebalance,AlarmNotification',
      'b suspend AlarmNotification',
    ]);
  });

  test('launches nothing and ends nothing for a fleet that an operator holds, and serves the others', async () => {
    const { run, writes } = reconciling({
      fleets: [fleet('a', { hold: 'drain', inService: ids(2), desired: 2 }), fleet('b')],
      demand: { 'acme/a': { unclaimed: 5, running: 1 }, 'acme/b': { unclaimed: 1, running: 0 } },
    });
    expect(await run()).toMatchObject({ timed: false, problems: [] });
    expect(writes).toEqual(['b=1']);
  });

  test('takes back for a held fleet what was asked for and does not exist', async () => {
    const { run, writes } = reconciling({
      fleets: [fleet('a', { hold: 'drain', inService: ids(2), desired: 6 })],
      demand: { 'acme/a': { unclaimed: 5, running: 1 } },
    });
    await run();
    expect(writes).toEqual(['a=2']);
  });

  test('holds nothing back for what a drain owes', async () => {
    const { run, writes } = reconciling({
      fleets: [
        fleet('a', {
          hold: 'drain',
          inService: ids(2),
          desired: 6,
          suspended: [...fleet('a').suspended, 'Launch'],
        }),
      ],
      demand: { 'acme/a': { unclaimed: 5, running: 1 } },
    });
    for (let minute = 0; minute < 30; minute += 1) await run();
    expect(writes).toEqual([]);
  });

  test('serves a fleet again once its hold has ended, and says that time alone will end it', async () => {
    const until = (at: string) =>
      reconciling({
        fleets: [fleet('a', { hold: at })],
        demand: { 'acme/a': { unclaimed: 1, running: 0 } },
      });
    const held = until('2026-03-02T09:00:01Z');
    expect(await held.run()).toMatchObject({ timed: true });
    expect(held.writes).toEqual([]);
    const over = until('2026-03-02T09:00:00Z');
    expect(await over.run()).toMatchObject({ timed: false });
    expect(over.writes).toEqual(['a=1']);
  });

  test('says so when no group has the tag', async () => {
    const { run, warnings } = reconciling({ fleets: [] });
    await run();
    expect(warnings).toEqual([
      'no group has the tag of the test, so there is nothing to scale; deploy a fleet, or tag a group',
    ]);
  });

  test('reports a group it cannot serve as a problem', async () => {
    const { run, warnings } = reconciling({
      fleets: [],
      rejected: [{ group: 'odd', problem: 'its tags make no sense' }],
    });
    expect((await run()).problems).toEqual(['odd: its tags make no sense']);
    expect(warnings).toEqual([]);
  });

  test('that is about one fleet serves all that are in use, because work moves between classes', async () => {
    const { run, outcomes } = reconciling({ fleets: [fleet('a'), fleet('b')] });
    await run({ heard: { about: ({ group }) => group === 'b', lastWords: [] } });
    expect(outcomes).toHaveLength(2);
  });

  test('that is about none of its fleets serves none', async () => {
    const { run, outcomes, warnings } = reconciling({ fleets: [fleet('a')] });
    await run({ heard: { about: () => false, lastWords: [] } });
    expect(outcomes).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['one fleet', (group: string) => group === 'a'],
    ['none of its fleets', () => false],
  ])('that is about %s leaves a group it cannot serve to the scheduled pass', async (_, about) => {
    const { run } = reconciling({
      fleets: [fleet('a')],
      rejected: [{ group: 'odd', problem: 'its tags make no sense' }],
    });
    expect(
      (await run({ heard: { about: ({ group }) => about(group), lastWords: [] } })).problems,
    ).toEqual([]);
    expect((await run()).problems).toEqual(['odd: its tags make no sense']);
  });

  test('that is about none of its fleets does not say that it has none', async () => {
    const { run, warnings } = reconciling({ fleets: [] });
    await run({ heard: { about: () => false, lastWords: [] } });
    expect(warnings).toEqual([]);
  });
});

test('a group whose source is not configured is refused, with what to do', async () => {
  const { run, writes, outcomes } = reconciling({
    fleets: [fleet('a')],
    rejected: [{ group: 'b', problem: 'no tag' }],
    sources: 'none',
  });
  expect((await run()).problems).toEqual([
    'b: no tag',
    'a: its source is circleci, and this scaler has no settings of circleci (RUNNER_SCALER_CIRCLECI); ' +
      'add circleci to the config and deploy, or remove the tag runner-scaler:name from the group',
  ]);
  expect(writes).toEqual([]);
  expect(outcomes).toEqual([]);
});

describe('a pass between the minutes', () => {
  const unused = fleet('b', { lastUsed: undefined });

  test('serves the fleets in use, and at no other', async () => {
    const { run, outcomes } = reconciling({ fleets: [fleet('a'), unused] });
    await run({ heard: { pass: true, lastWords: [] } });
    expect(outcomes.map(({ fleet }) => fleet.group)).toEqual(['a']);
  });

  test('serves the one of the machine that woke it too', async () => {
    const { run, outcomes } = reconciling({ fleets: [fleet('a'), unused] });
    await run({ heard: { about: ({ group }) => group === 'b', lastWords: [] } });
    expect(outcomes.map(({ fleet }) => fleet.group)).toEqual(['a', 'b']);
  });

  test('does not tell what is wrong with groups', async () => {
    const rejected = [{ group: 'odd', problem: 'its tags make no sense' }];
    const { run } = reconciling({ fleets: [fleet('a')], rejected });
    expect((await run({ heard: { pass: true, lastWords: [] } })).problems).toEqual([]);
  });

  test.each([
    ['no fleet is in use', [unused], undefined, { inUse: false, throttled: false }],
    ['one is', [fleet('a'), unused], undefined, { inUse: true, throttled: false }],
    ['one has its first task', [unused], undefined, { inUse: true }],
    ['its source is asked too often', [fleet('a')], 'throttled' as const, { throttled: true }],
  ])('is worth while as the schedule says: %s', async (what, fleets, failure, expected) => {
    const first = what.includes('first')
      ? { unclaimed: 1, running: 0 }
      : { unclaimed: 0, running: 0 };
    const demand = {
      'acme/b': first,
      ...(failure && { 'acme/a': new DemandSourceError(failure, 'too many requests') }),
    };
    const { run } = reconciling({ fleets, demand });
    expect(await run()).toMatchObject(expected);
  });
});

test('the day on which a fleet has a task is kept with it, once', async () => {
  const fleets = [fleet('a', { lastUsed: '2026-03-01' }), fleet('b', { lastUsed: undefined })];
  const { run, writes } = reconciling({
    fleets,
    demand: { 'acme/a': { unclaimed: 1, running: 0 } },
  });
  await run();
  expect(writes).toEqual(['a=1', 'a last-used 2026-03-02']);
});

describe('a failure', () => {
  const good = { unclaimed: 1, running: 0 };

  test('of the demand leaves that capacity alone and serves the others', async () => {
    const { run, writes, outcomes } = reconciling({
      fleets: [fleet('a', { desired: 4, inService: ids(2) }), fleet('b')],
      demand: { 'acme/a': new DemandSourceError('not-found', 'no such class'), 'acme/b': good },
    });
    expect((await run()).problems).toEqual(['acme/a: no such class']);
    expect(writes).toEqual(['b=1']);
    expect(outcomes.find(({ fleet }) => fleet.group === 'a')).toMatchObject({
      demand: undefined,
      decision: undefined,
      failure: { kind: 'not-found', message: 'no such class' },
    });
  });

  test('of the write is told with the decision that was not carried out', async () => {
    const { run, outcomes } = reconciling({
      fleets: [fleet('a'), fleet('b')],
      demand: { 'acme/a': good, 'acme/b': good },
      onWrite: (group) => {
        if (group === 'a') throw new FleetError('contention', 'another change is under way');
      },
    });
    expect((await run()).problems).toEqual(['acme/a: another change is under way']);
    expect(outcomes.map(({ failure, decision }) => [decision?.desired, failure?.kind])).toEqual([
      [1, 'contention'],
      [1, undefined],
    ]);
  });

  test('that nobody foresaw is a problem of its class, not the end of the pass', async () => {
    const { run, writes } = reconciling({
      fleets: [fleet('a'), fleet('b')],
      demand: { 'acme/a': new TypeError('x is not a function'), 'acme/b': good },
    });
    expect((await run()).problems).toEqual([
      'acme/a: TypeError: x is not a function; nobody has foreseen this, so report it with this line',
    ]);
    expect(writes).toEqual(['b=1']);
  });

  test('to describe the fleets ends the pass', async () => {
    const { run } = reconciling({ fleets: new FleetError('throttled', 'rate exceeded') });
    await expect(run()).rejects.toMatchObject({ kind: 'throttled' });
  });
});

test('what is remembered of a group that is gone is forgotten', async () => {
  const fleets = [fleet('a'), fleet('b')];
  const { run, memories } = reconciling({ fleets });
  await run();
  fleets.pop();
  await run();
  expect([...memories.keys()]).toEqual(['a']);
});

test('a snapshot that has grown old is not acted on', async () => {
  const { run, writes, clock, outcomes } = reconciling({
    fleets: [fleet('a')],
    demand: async () => {
      clock.advance(FRESHNESS_MS + 1);
      return { unclaimed: 5, running: 0 };
    },
  });
  expect((await run()).problems).toEqual([
    'acme/a: what was seen is 15001 ms old and was not acted on; allowed: 15000 ms; the next pass sees anew, and if it ' +
      'goes on, see which of the source and AWS is slow',
  ]);
  expect(outcomes[0]?.failure?.kind).toBe('stale');
  expect(writes).toEqual([]);
});

test('a class that hangs costs the others nothing but its place, and ends with the pass', async () => {
  const classes = Array.from({ length: CLASSES_AT_ONCE * 3 }, (_, index) => fleet(`g${index}`));
  const { run, writes, clock } = reconciling({
    fleets: classes,
    demand: async (resourceClass, budget) => {
      if (resourceClass !== 'acme/g0') return { unclaimed: 1, running: 0 };
      return new Promise((_resolve, reject) => {
        budget.signal.addEventListener('abort', () => {
          reject(new DemandSourceError('timeout', 'no answer'));
        });
      });
    },
    onWrite: () => {
      if (writes.length === classes.length - 1) clock.advance(FRESHNESS_MS);
    },
  });
  expect((await run()).problems).toEqual(['acme/g0: no answer']);
  expect(writes).toHaveLength(classes.length - 1);
});

test('no more classes are served at once than allowed', async () => {
  let now = 0;
  let most = 0;
  const { run } = reconciling({
    fleets: Array.from({ length: CLASSES_AT_ONCE * 3 }, (_, index) => fleet(`g${index}`)),
    demand: async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return { unclaimed: 0, running: 0 };
    },
  });
  await run();
  expect(most).toBe(CLASSES_AT_ONCE);
});
