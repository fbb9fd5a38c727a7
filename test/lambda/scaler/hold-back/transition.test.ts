import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evidenceOf } from '../../../../lambda/scaler/hold-back/evidence.ts';
import type { Held, State, Watch } from '../../../../lambda/scaler/hold-back/state.ts';
import {
  allowedInVain,
  LEAST_WATCH_MS,
  type Situation,
  transition,
} from '../../../../lambda/scaler/hold-back/transition.ts';
import { RUNNER_OUTCOMES } from '../../../../lambda/scaler/contract.ts';
import { abandoned, end, launch } from './activities.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const SECOND = NOW / 1000;
const MINUTE = 60_000;
const WATCH: Watch = { kind: 'watch', cause: 'agents-fail', since: NOW - 5 * MINUTE, want: 5 };
const HELD: Held = {
  kind: 'held',
  cause: 'agents-fail',
  since: NOW - 10 * MINUTE,
  next: NOW + MINUTE,
  waiting: 5,
  template: '7',
};

function seen(change: Partial<Situation> = {}): Situation {
  return {
    now: NOW,
    unclaimed: 5,
    want: 5,
    fleet: { template: '7' },
    evidence: undefined,
    word: undefined,
    tries: true,
    ...change,
  };
}

const inARow = (count: number) =>
  evidenceOf(Array.from({ length: count }, () => abandoned(SECOND)));
const ended = (count: number) => evidenceOf(Array.from({ length: count }, () => end(SECOND)));

describe('while nothing is held back', () => {
  test('more launches in vain in a row than allowed hold the group back', () => {
    expect(transition(undefined, seen({ evidence: inARow(20) })).state).toBeUndefined();
    expect(transition(undefined, seen({ evidence: inARow(21) }))).toEqual({
      state: {
        kind: 'held',
        cause: 'boots-fail',
        since: NOW,
        next: NOW + 2 * MINUTE,
        waiting: 5,
        template: '7',
      },
      trials: 0,
    });
  });

  test.each([
    [0, 10],
    [5, 20],
    [45, 100],
    [500, 100],
  ])('where %i are wanted %i in vain are allowed', (want, most) => {
    expect(allowedInVain(want)).toBe(most);
  });

  test.each([
    ['agent-failed', 'agents-fail'],
    ['boot-failed', 'boots-fail'],
    ['idle', 'tasks-unclaimed'],
  ] as const)('the word %s puts the group under watch, if tasks wait', (word, cause) => {
    const state: Watch = { kind: 'watch', cause, since: NOW, want: 5 };
    expect(transition(undefined, seen({ word }))).toEqual({ state, trials: 0 });
    expect(transition(undefined, seen({ word, unclaimed: 0 })).state).toBeUndefined();
  });

  test.each(['served', 'interrupted', 'expired'] as const)(
    'the word %s changes nothing',
    (word) => {
      expect(transition(undefined, seen({ word })).state).toBeUndefined();
    },
  );
});

describe('a group under watch', () => {
  test('is held back when more machines have ended than were allowed when it began', () => {
    const more = { want: 500, unclaimed: 500 };
    expect(transition(WATCH, seen({ evidence: ended(20), ...more })).state).toBe(WATCH);
    expect(transition(WATCH, seen({ evidence: ended(21), ...more })).state).toMatchObject({
      kind: 'held',
      cause: 'agents-fail',
      waiting: 500,
    });
  });

  test('is not held back for machines that ended before', () => {
    const before = evidenceOf(Array.from({ length: 50 }, () => end(SECOND - 301)));
    expect(transition(WATCH, seen({ evidence: before })).state).toBe(WATCH);
  });

  test('is free when a task was served, once it has been watched for a minute', () => {
    const evidence = ended(50);
    expect(transition(WATCH, seen({ word: 'served', evidence })).state).toBeUndefined();
    const young = { ...WATCH, since: NOW - LEAST_WATCH_MS + 1000 };
    expect(transition(young, seen({ word: 'served', evidence })).state).toBe(young);
  });

  test('is free when no task waits any more', () => {
    expect(transition(WATCH, seen({ unclaimed: 0, evidence: ended(50) })).state).toBeUndefined();
  });
});

describe('while launches are held back', () => {
  test('one machine is tried after a pause of a twelfth of the time so far, from 2 to 30 minutes', () => {
    const pauseAfter = (minutes: number) => {
      const state = { ...HELD, since: NOW - minutes * MINUTE, next: NOW };
      const next = transition(state, seen());
      expect(next.trials).toBe(1);
      return ((next.state as Held).next - NOW) / MINUTE;
    };
    expect([10, 120, 1000].map(pauseAfter)).toEqual([2, 10, 30]);
  });

  test.each<[why: string, state: Held, change: Partial<Situation>]>([
    ['before the pause is over', HELD, {}],
    ['in a pass that none follows', { ...HELD, next: NOW }, { tries: false }],
    ['while no task waits', { ...HELD, next: NOW }, { unclaimed: 0 }],
  ])('none is tried %s', (_why, state, change) => {
    const next = transition(state, seen(change));
    expect(next.trials).toBe(0);
    expect((next.state as Held).next).toBe(state.next);
  });

  test('each further task that nobody claims gets one machine, once', () => {
    const state: Held = { ...HELD, cause: 'tasks-unclaimed' };
    const next = transition(state, seen({ unclaimed: 7 }));
    expect(next).toEqual({ state: { ...state, waiting: 7 }, trials: 2 });
    expect(transition(next.state, seen({ unclaimed: 7 })).trials).toBe(0);
    expect(transition(next.state, seen({ unclaimed: 6 }))).toEqual({
      state: next.state,
      trials: 0,
    });
  });

  test('further tasks get none where boots or agents fail', () => {
    expect(transition(HELD, seen({ unclaimed: 70 })).trials).toBe(0);
  });

  test('what has waited is forgotten when no task waits any more', () => {
    expect(transition(HELD, seen({ unclaimed: 0 })).state).toEqual({ ...HELD, waiting: 0 });
  });

  test.each<[how: string, state: Held, change: Partial<Situation>]>([
    ['a task that was served', HELD, { word: 'served' }],
    ['a new version of the launch template', HELD, { fleet: { template: '8' } }],
    [
      'a machine in service, where boots failed',
      { ...HELD, cause: 'boots-fail' },
      { evidence: evidenceOf([launch(SECOND)]) },
    ],
  ])('%s releases the group', (_how, state, change) => {
    expect(transition(state, seen(change))).toEqual({ state: undefined, trials: 0 });
  });

  test.each<[what: string, state: Held, change: Partial<Situation>]>([
    ['a machine in service, where agents fail', HELD, { evidence: evidenceOf([launch(SECOND)]) }],
    [
      'a machine in service before it was held',
      { ...HELD, cause: 'boots-fail' },
      { evidence: evidenceOf([launch(SECOND - 3600)]) },
    ],
    ['a further bad word', HELD, { word: 'agent-failed' }],
    ['a template that the group does not name', { ...HELD, template: undefined }, {}],
  ])('%s changes nothing', (_what, state, change) => {
    expect(transition(state, seen(change)).state).toEqual(state);
  });
});

test('whatever happens, no more is tried than one machine, and one for each further task', () => {
  const step = fc.record({
    minutes: fc.nat({ max: 40 }),
    unclaimed: fc.nat({ max: 50 }),
    futile: fc.nat({ max: 120 }),
    word: fc.option(fc.constantFrom(...RUNNER_OUTCOMES), { nil: undefined }),
    tries: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state: State | undefined;
      let now = NOW;
      for (const { minutes, unclaimed, futile, word, tries } of steps) {
        now += minutes * MINUTE;
        const before = state;
        const next = transition(
          state,
          seen({ now, unclaimed, word, tries, evidence: inARow(futile) }),
        );
        ({ state } = next);
        const further = before?.kind === 'held' ? Math.max(unclaimed - before.waiting, 0) : 0;
        expect(next.trials).toBeLessThanOrEqual(further + 1);
        const isHeld = state?.kind === 'held';
        expect(next.trials === 0 || isHeld).toBe(true);
        // The same once more, in another container at the same moment, tries nothing further.
        const again = transition(state, seen({ now, unclaimed, tries }));
        expect(again.trials).toBe(0);
      }
    }),
  );
});
