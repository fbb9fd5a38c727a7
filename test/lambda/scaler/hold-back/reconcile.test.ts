import { describe, expect, test } from '@jest/globals';
import { FleetError } from '../../../../lambda/scaler/fleet/fleets.ts';
import { KEPT_SUSPENDED } from '../../../../lambda/scaler/fleet/suspended.ts';
import type { LastWord } from '../../../../lambda/scaler/contract.ts';
import { ids, reconciling } from '../reconciling.ts';
import { fleet } from '../quiet-fleet.ts';
import { abandoned, launch } from './activities.ts';

const HELD = 'held tasks-unclaimed since 2026-03-02T08:00:00Z next 2026-03-02T10:00:00Z waiting 5';
const BOOTS = 'held boots-fail since 2026-03-02T08:00:00Z next 2026-03-02T10:00:00Z waiting 5';
const NOW = Date.parse('2026-03-02T09:00:00Z') / 1000;
const demand = { 'acme/a': { unclaimed: 5, running: 0 } };
const STOPPED = { suspended: [...KEPT_SUSPENDED, 'Launch'] };

describe('a pass over a group that is held back', () => {
  test('launches nothing, and says how many it holds back', async () => {
    const { run, writes, outcomes } = reconciling({
      fleets: [fleet('a', { holdBack: HELD })],
      demand,
    });
    expect(await run()).toMatchObject({ timed: true, problems: [] });
    expect(writes).toEqual([]);
    expect(outcomes[0]).toMatchObject({
      decision: { desired: 0, want: 5, held: 5, reason: 'tasks-unclaimed' },
      holdBack: { kind: 'held', cause: 'tasks-unclaimed' },
    });
  });

  test('keeps its next trial with the group before it tries one', async () => {
    const due = HELD.replace('10:00', '08:59');
    const { run, writes } = reconciling({ fleets: [fleet('a', { holdBack: due })], demand });
    await run();
    expect(writes).toEqual([`a hold-back ${HELD.replace('10:00:00', '09:05:00')}`, 'a=1']);
  });

  test('lets it launch for a trial whose boots fail', async () => {
    const due = BOOTS.replace('10:00', '08:59');
    const { run, writes } = reconciling({
      fleets: [fleet('a', { holdBack: due, ...STOPPED })],
      demand,
    });
    await run();
    expect(writes).toEqual([
      `a hold-back ${BOOTS.replace('10:00:00', '09:05:00')}`,
      'a=1',
      'a resume Launch',
    ]);
  });

  test.each<[what: string, refused: 'onWrite' | 'onResume', afterMs: number]>([
    ['the capacity cannot be set', 'onWrite', 0],
    ['the process Launch cannot be set', 'onResume', 0],
    ['the capacity is not set within the time of the pass', 'onWrite', 20_000],
    ['the process Launch is not set within the time of the pass', 'onResume', 20_000],
  ])('has its trial still to come where %s', async (_what, refused, afterMs) => {
    const due = BOOTS.replace('10:00', '08:59');
    const { run, writes, clock } = reconciling({
      fleets: [fleet('a', { holdBack: due, ...STOPPED })],
      demand,
      [refused]: () => {
        clock.advance(afterMs);
        throw new FleetError('denied', 'resuming a failed');
      },
    });
    expect((await run()).problems).toHaveLength(1);
    expect(writes.at(-1)).toBe(`a hold-back ${due}`);
  });

  test('takes back what is owed where launches are seen to be suspended, and nothing present', async () => {
    const owing = { desired: 7, pending: ids(2), holdBack: BOOTS, ...STOPPED };
    const { run, writes } = reconciling({ fleets: [fleet('a', owing)], demand });
    await run();
    expect(writes).toEqual(['a=2']);
  });

  describe('and whose launches were suspended a moment ago, so that some may be under way', () => {
    const reason = new Map([['Launch', 'User suspended at 2026-03-02T08:59:30Z']]);
    const owing = { desired: 7, pending: ids(2), ...STOPPED, suspendedBecause: reason };

    test('takes nothing back yet', async () => {
      const { run, writes, clock } = reconciling({
        fleets: [fleet('a', { ...owing, holdBack: BOOTS })],
        demand,
      });
      await run();
      expect(writes).toEqual([]);
      clock.advance(30_000);
      await run();
      expect(writes).toEqual(['a=2']);
    });

    test('tries nothing yet: what is owed would be launched with it', async () => {
      const due = BOOTS.replace('10:00', '08:59');
      const { run, writes, clock } = reconciling({
        fleets: [fleet('a', { ...owing, pending: [], holdBack: due })],
        demand,
      });
      await run();
      expect(writes).toEqual([]);
      clock.advance(30_000);
      await run();
      expect(writes).toEqual([expect.stringContaining('a hold-back'), 'a=1', 'a resume Launch']);
    });
  });

  test('is released by a machine that came into service, which is told last', async () => {
    const { run, writes } = reconciling({
      fleets: [fleet('a', { holdBack: BOOTS, ...STOPPED })],
      demand,
      record: [launch(NOW - 30)],
    });
    await run();
    expect(writes).toEqual(['a=5', 'a resume Launch', 'a hold-back none']);
  });

  test('is released by a person who removes the tag', async () => {
    const fleets = [fleet('a', { holdBack: BOOTS, ...STOPPED })];
    const { run, writes } = reconciling({ fleets, demand });
    await run();
    fleets[0] = fleet('a', STOPPED);
    await run();
    expect(writes).toEqual(['a=5', 'a resume Launch']);
  });

  test('says so when the tag cannot be read, and takes it for none', async () => {
    const { run, writes, warnings } = reconciling({
      fleets: [fleet('a', { holdBack: 'odd' })],
      demand,
    });
    await run();
    expect(writes).toEqual(['a=5', 'a hold-back none']);
    expect(warnings).toEqual([
      expect.stringContaining('a: the hold-back is "odd" and was taken for none'),
    ]);
  });
});

describe("a pass reads a group's record", () => {
  const booting = { desired: 5, pending: ids(5) };

  test('where tasks have waited for a minute, and holds back what boots in vain', async () => {
    const { run, writes, reads, clock } = reconciling({
      fleets: [fleet('a', booting)],
      demand,
      record: Array.from({ length: 21 }, () => abandoned(NOW)),
    });
    await run();
    expect(reads).toEqual([]);
    clock.advance(60_000);
    await run();
    expect(reads).toEqual(['a']);
    // The tag first: a suspension without it would be taken for an operator's.
    expect(writes).toEqual([
      'a hold-back held boots-fail since 2026-03-02T09:01:00Z next 2026-03-02T09:03:00Z waiting 5',
      'a suspend Launch',
    ]);
  });

  test('once a minute at most, and not at a class at rest', async () => {
    const { run, reads, clock } = reconciling({
      fleets: [fleet('a', { desired: 5, inService: ids(1) }), fleet('b')],
      demand,
    });
    for (let second = 0; second <= 60; second += 5) {
      await run();
      clock.advance(5_000);
    }
    expect(reads).toEqual(['a', 'a']);
  });

  test('for ten groups at most', async () => {
    const { run, reads } = reconciling({
      fleets: Array.from({ length: 30 }, (_, index) => fleet(`g${index}`, { desired: 1 })),
    });
    await run();
    expect(reads).toHaveLength(10);
  });

  test('and serves the class all the same when it cannot, with a warning', async () => {
    const { run, writes, warnings } = reconciling({
      fleets: [fleet('a', { desired: 1 })],
      demand,
      record: new FleetError('denied', 'reading the activities of a failed'),
    });
    expect((await run()).problems).toEqual([]);
    expect(writes).toEqual(['a=5']);
    expect(warnings).toEqual([
      'reading the activities of a failed; whether launches of acme/a are futile is not known until it is read',
    ]);
  });

  test("and tells AWS's own sentence", async () => {
    const sentence = 'Client.InternalError: Client error on launch';
    const { run, outcomes } = reconciling({
      fleets: [fleet('a', { desired: 5 })],
      demand,
      record: [launch(NOW, { status: 'Failed', instanceId: undefined, sentence })],
    });
    await run();
    await run();
    expect(outcomes.map(({ trouble }) => trouble)).toEqual([sentence, sentence]);
  });

  test('and no longer once nothing is owed and nothing waits', async () => {
    const sentence = 'Client.InternalError: Client error on launch';
    const fleets = [fleet('a', { desired: 5 })];
    const { run, outcomes } = reconciling({
      fleets,
      demand,
      record: [launch(NOW, { status: 'Failed', instanceId: undefined, sentence })],
    });
    await run();
    fleets[0] = fleet('a', { desired: 5, inService: ids(5) });
    await run();
    expect(outcomes.map(({ trouble }) => trouble)).toEqual([sentence, undefined]);
  });
});

describe("a machine's last word", () => {
  const word = (change: Partial<LastWord> = {}): LastWord => ({
    resourceClass: 'acme/a',
    instanceId: 'i-0',
    outcome: 'agent-failed',
    reason: 'the token is refused',
    phases: {},
    ...change,
  });
  const leaving = { desired: 5, pending: ids(5).slice(1), ending: ids(1) };

  test('puts its group under watch while tasks wait', async () => {
    const { run, writes } = reconciling({ fleets: [fleet('a', leaving)], demand });
    await run({ heard: { lastWords: [word()] } });
    expect(writes).toEqual(['a hold-back watch agents-fail since 2026-03-02T09:00:00Z want 5']);
  });

  test.each<[what: string, said: LastWord]>([
    ['of a machine that is not in the group', word({ instanceId: 'i-99' })],
    ['for another class', word({ resourceClass: 'acme/b' })],
    ['of a served task', word({ outcome: 'served' })],
  ])('%s changes nothing', async (_what, said) => {
    const { run, writes } = reconciling({ fleets: [fleet('a', leaving)], demand });
    await run({ heard: { lastWords: [said] } });
    expect(writes).toEqual([]);
  });

  test('of a served task releases its group, in any container', async () => {
    const { run, writes } = reconciling({
      fleets: [fleet('a', { ...leaving, holdBack: HELD })],
      demand,
    });
    await run({ heard: { lastWords: [word({ outcome: 'served' })] } });
    expect(writes).toEqual(['a hold-back none']);
  });
});
