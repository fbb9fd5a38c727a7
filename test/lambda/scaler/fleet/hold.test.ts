import { describe, expect, test } from '@jest/globals';
import { decodeHold, encodeHold, type Hold } from '../../../../lambda/scaler/contract.ts';
import type { Fleet } from '../../../../lambda/scaler/fleet/fleets.ts';
import { asHeld, heldByOperator } from '../../../../lambda/scaler/fleet/hold.ts';
import { KEPT_SUSPENDED, suspensionWarning } from '../../../../lambda/scaler/fleet/suspended.ts';
import { decide } from '../../../../lambda/scaler/policy.ts';
import { fleet } from '../quiet-fleet.ts';

const NOON = Date.parse('2026-03-02T12:00:00Z');
const ONE = '2026-03-02T13:00:00Z';

describe('the tag by which an operator holds launches back', () => {
  test.each<Hold>([{ kind: 'drain' }, { kind: 'paused' }, { kind: 'until', at: NOON }])(
    'arrives as it was sent: %j',
    (hold) => expect(decodeHold(encodeHold(hold))).toEqual(hold),
  );

  test.each([
    ['2026-03-02T12:00Z', NOON],
    ['2026-03-02T13:00:00+01:00', NOON],
    [' 2026-03-02T12:00:00.000Z ', NOON],
  ])('takes a time as people write it: %s', (text, at) => {
    expect(decodeHold(text)).toEqual({ kind: 'until', at });
  });

  test.each(['Drain', ' drain '])('takes %j for drain', (text) => {
    expect(decodeHold(text)).toEqual({ kind: 'drain' });
  });

  test.each(['Paused', ' paused '])('takes %j for paused, without an end', (text) => {
    expect(heldByOperator({ hold: text }, NOON)).toEqual({
      until: undefined,
      drains: false,
      unclear: false,
      sentence: 'held by an operator: nothing is launched until npx runner-scaler resume',
    });
  });

  test.each(['', 'true', '18:00', '2026-03-02', '2026-03-02T12:00:00', '2026-13-02T12:00:00Z'])(
    'holds where it is %j, which says nothing clear, and says what is allowed',
    (text) => {
      expect(heldByOperator({ hold: text }, NOON)).toEqual({
        until: undefined,
        drains: false,
        unclear: true,
        sentence: expect.stringMatching(
          /allowed: drain, paused, or a time with its zone .*; remove the tag/,
        ),
      });
    },
  );

  test('holds until its time, and not at it', () => {
    const hold = { hold: ONE };
    expect(heldByOperator(hold, Date.parse(ONE) - 1)).toMatchObject({ until: Date.parse(ONE) });
    expect(heldByOperator(hold, Date.parse(ONE))).toBeUndefined();
  });

  test('holds nothing where it is missing', () => {
    expect(heldByOperator({}, NOON)).toBeUndefined();
  });
});

describe('a held fleet', () => {
  const busy = { pending: ids(1), inService: ids(3), desired: 6 };

  test.each([
    ['more work than machines', 9, 0],
    ['less work than machines', 0, 1],
    ['no work', 0, 0],
  ])('is decided to what is present, with %s', (_what, unclaimed, running) => {
    expect(decided(fleet('a', busy), { unclaimed, running })).toMatchObject({ desired: 4 });
  });

  test('keeps its minimum, below which AWS would refuse the capacity', () => {
    const minimal = fleet('a', { min: 2, desired: 2, inService: ids(1) });
    expect(decided(minimal, { unclaimed: 5, running: 0 })).toMatchObject({
      action: 'none',
      desired: 2,
    });
  });

  test('whose Launch is suspended too is left as it is: nothing can come, and a machine under way may have', () => {
    const drained = fleet('a', { ...busy, suspended: [...KEPT_SUSPENDED, 'Launch'] });
    expect(decided(drained, { unclaimed: 9, running: 0 })).toMatchObject({ action: 'none' });
    expect(decided(drained, { unclaimed: 0, running: 0 })).toMatchObject({ action: 'none' });
  });
});

describe('the warning on a suspended Launch', () => {
  const suspended = fleet('a', { suspended: ['Launch', 'Terminate'] });

  test('is left out while a drain suspends it; other processes are told', () => {
    expect(suspensionWarning({ ...suspended, hold: 'drain' })).toMatch(
      /^suspended in the group: Terminate,/,
    );
  });

  test.each([undefined, ONE])('is told with the tag %s', (hold) => {
    expect(suspensionWarning({ ...suspended, hold })).toMatch(
      /^suspended in the group: Launch, Term/,
    );
  });
});

function decided(observed: Fleet, demand: { unclaimed: number; running: number }) {
  const seen = asHeld(observed);
  const serving = seen.inService.length + seen.proceeding.length;
  const present = seen.inService.length + seen.pending.length;
  const { min, max, desired, headroom } = seen;
  const counted = { serving, present, finishing: 0, owedMs: 0 };
  return decide({ min, max, desired, headroom, ...counted, ...demand });
}

function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `i-${index}`);
}
