import { describe, expect, test } from '@jest/globals';
import {
  type Breaker,
  decodeBreaker,
  encodeBreaker,
  FAILED_BOOTS,
  FIRST_PAUSE_MS,
  IDLE_EXITS,
  limitOf,
  LONGEST_PAUSE_MS,
  nextBreaker,
  STARVED_MS,
} from '../../../lambda/scaler/breaker.ts';
import { type Memory, remember } from '../../../lambda/scaler/memory.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');

describe('a breaker opens', () => {
  test.each<[string, Partial<Memory>, Breaker['reason']]>([
    ['after boots that failed in a row', { bootsFailedInRow: FAILED_BOOTS }, 'boots-fail'],
    [
      'after idle runners left while tasks waited',
      { idleExitsInRow: IDLE_EXITS },
      'tasks-unclaimed',
    ],
    ['when the group gets no instances for long', { starvedMs: STARVED_MS }, 'no-capacity'],
  ])('%s', (_sentence, evidence, reason) => {
    expect(nextBreaker(undefined, memory({ ...evidence, level: 4 }))).toEqual({
      reason,
      failures: 1,
      probeAt: NOW + FIRST_PAUSE_MS,
      probing: false,
      level: 4,
    });
  });

  test.each<[string, Partial<Memory>]>([
    ['fewer failed boots', { bootsFailedInRow: FAILED_BOOTS - 1 }],
    ['fewer idle exits', { idleExitsInRow: IDLE_EXITS - 1 }],
    ['a shorter debt', { starvedMs: STARVED_MS - 1 }],
  ])('not for %s', (_sentence, evidence) => {
    expect(nextBreaker(undefined, memory(evidence))).toBeUndefined();
  });
});

describe('an open breaker', () => {
  test('allows no probe before its pause is over, and one then', () => {
    expect(nextBreaker(open({ probeAt: NOW + 1 }), waiting())).toMatchObject({ probing: false });
    expect(nextBreaker(open({ probeAt: NOW }), waiting())).toMatchObject({ probing: true });
  });

  test.each<[string, Breaker['reason'], Memory]>([
    ['without a task that waits', 'boots-fail', memory({}, { unclaimed: 0 })],
    ['while machines still boot', 'boots-fail', memory({}, { unclaimed: 1, pending: ['a'] })],
    ['while runners still wait', 'tasks-unclaimed', memory({ idle: 1 }, { unclaimed: 1 })],
  ])('allows no probe %s', (_sentence, reason, seen) => {
    expect(nextBreaker(open({ reason }), seen)).toMatchObject({ probing: false });
  });

  test('for unclaimed tasks allows a probe while others boot, as they always do on a busy day', () => {
    const seen = memory({}, { unclaimed: 1, pending: ['a'] });
    expect(nextBreaker(open(), seen)).toMatchObject({ probing: true });
  });

  test.each<[Breaker['reason'], Memory]>([
    ['boots-fail', memory({ bootsFailed: 1 })],
    ['tasks-unclaimed', memory({ idleExits: 1 }, { unclaimed: 1 })],
    ['no-capacity', memory({ starvedMs: STARVED_MS })],
  ])('%s pauses longer after each probe that failed, up to a limit', (reason, failed) => {
    let breaker: Breaker | undefined = open({ reason, probing: true, failures: 1 });
    const pauses: number[] = [];
    for (let probe = 0; probe < 8; probe += 1) {
      breaker = nextBreaker(breaker && { ...breaker, probing: true }, failed);
      pauses.push((breaker?.probeAt ?? 0) - NOW);
    }
    expect(pauses[0]).toBe(2 * FIRST_PAUSE_MS);
    expect(pauses.at(-1)).toBe(LONGEST_PAUSE_MS[reason]);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(breaker).toMatchObject({ failures: 9, probing: false });
  });

  test.each<[Breaker['reason'], number]>([
    ['boots-fail', 10],
    ['tasks-unclaimed', 60],
    ['no-capacity', 4],
  ])('%s is tried again after %d minutes at the latest', (reason, minutes) => {
    const failed = memory(
      { bootsFailed: 1, idleExits: 1, starvedMs: STARVED_MS },
      { unclaimed: 1 },
    );
    const breaker = nextBreaker(open({ reason, probing: true, failures: 100 }), failed);
    expect(breaker?.probeAt).toBe(NOW + minutes * 60_000);
  });

  test.each<[Breaker['reason'], Memory]>([
    ['boots-fail', memory({ came: 1 })],
    ['tasks-unclaimed', memory({}, { unclaimed: 1, running: 6 })],
    ['tasks-unclaimed', memory({}, { unclaimed: 0 })],
    ['no-capacity', memory({ grew: true })],
  ])('%s is closed by the first success', (reason, success) => {
    expect(nextBreaker(open({ reason, level: 5 }), success)).toBeUndefined();
  });

  test('is not closed while no more tasks run than before', () => {
    const seen = memory({}, { unclaimed: 1, running: 5 });
    expect(nextBreaker(open({ level: 5, probeAt: NOW + 1 }), seen)).toBeDefined();
  });

  test.each<Breaker['reason']>(['boots-fail', 'tasks-unclaimed', 'no-capacity'])(
    '%s goes on with its probe until that has succeeded or failed',
    (reason) => {
      const probing = open({ reason, probing: true });
      const seen = memory({ starvedMs: STARVED_MS - 1 }, { unclaimed: 1, pending: ['a'] });
      expect(nextBreaker(probing, seen)).toBe(probing);
    },
  );

  test('trusts its level less with each runner that idles out below it', () => {
    const seen = (running: number) => memory({ idleExits: 1 }, { unclaimed: 1, running });
    const paused = { probeAt: NOW + 1 };
    expect(nextBreaker(open(paused), seen(3))).toMatchObject({ level: 4, probing: false });
    expect(nextBreaker(open(paused), seen(5))).toMatchObject({ level: 5 });
    expect(nextBreaker(open({ ...paused, level: 0 }), seen(0))).toMatchObject({ level: 0 });
  });

  test('takes leftovers that fail while it pauses for no news', () => {
    const before = open({ reason: 'boots-fail', probeAt: NOW + 5_000 });
    expect(nextBreaker(before, memory({ bootsFailed: 4 }))).toBe(before);
  });
});

describe('what a breaker allows', () => {
  test.each<[Breaker['reason'], number]>([
    ['boots-fail', 3],
    ['tasks-unclaimed', 5 + 2],
    ['no-capacity', 4],
  ])('%s: what is useful without a probe, and one more with it', (reason, runners) => {
    const seen = memory({ finishing: 2 }, { pending: ['a'], inService: ['b', 'c', 'd'] });
    expect(limitOf(open({ reason, level: 5 }), seen)).toEqual({ reason, runners });
    expect(limitOf(open({ reason, level: 5, probing: true }), seen).runners).toBe(runners + 1);
  });
});

describe('the tag', () => {
  test.each<[string, Breaker | undefined]>([
    ['closed', undefined],
    [
      'no-capacity failures=1 level=5 paused 2026-03-02T09:00:00.000Z',
      open({ reason: 'no-capacity' }),
    ],
    ['tasks-unclaimed failures=2 level=5 paused 2026-03-02T09:00:00.000Z', open({ failures: 2 })],
    [
      'boots-fail failures=1 level=5 probing 2026-03-02T09:00:00.000Z',
      open({ reason: 'boots-fail', probing: true }),
    ],
  ])('%s is written and read', (text, breaker) => {
    expect(encodeBreaker(breaker)).toBe(text);
    expect(decodeBreaker(text)).toEqual(breaker);
  });

  test('keeps to the characters and the length that AWS allows', () => {
    const text = encodeBreaker(open({ failures: 9_999, level: 10_000 }));
    expect(text).toMatch(/^[\w .:/=+\-@]{1,256}$/);
    expect(decodeBreaker(text)).toMatchObject({ failures: 9_999, level: 10_000 });
  });

  test.each([
    undefined,
    '',
    'open',
    'boots-fail failures=1',
    'no-hope failures=1 level=1 paused 2026-03-02T09:00:00.000Z',
    'x boots-fail failures=1 level=1 paused 2026-03-02T09:00:00.000Z',
    'boots-fail failures=1 level=1 paused 2026-03-02T09:00:00.000Z x',
    'tasks-unclaimed failures=1 level=1 paused 2026-99-99T99:99:99.000Z',
  ])('that cannot be read means closed: %s', (text) => {
    expect(decodeBreaker(text)).toBeUndefined();
  });
});

function open(change: Partial<Breaker> = {}): Breaker {
  return {
    reason: 'tasks-unclaimed',
    failures: 1,
    probeAt: NOW,
    probing: false,
    level: 5,
    ...change,
  };
}

function waiting(): Memory {
  return memory({}, { unclaimed: 1 });
}

function memory(change: Partial<Memory>, seen: Partial<Memory['seen']> = {}): Memory {
  const quiet = {
    at: NOW,
    unclaimed: 0,
    running: 0,
    desired: 0,
    pending: [],
    inService: [],
    done: [],
  };
  return { ...remember(undefined, { ...quiet, ...seen }), ...change };
}
