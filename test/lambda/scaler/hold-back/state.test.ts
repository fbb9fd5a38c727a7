import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeState, encodeState, type State } from '../../../../lambda/scaler/hold-back/state.ts';

const SINCE = Date.parse('2026-03-02T09:00:00Z');
const HELD: State = {
  kind: 'held',
  cause: 'boots-fail',
  since: SINCE,
  next: SINCE + 120_000,
  waiting: 12,
  template: '7',
};

describe('the tag of a hold-back', () => {
  test.each<[value: string, state: State | undefined]>([
    ['none', undefined],
    [
      'watch agents-fail since 2026-03-02T09:00:00Z want 5',
      { kind: 'watch', cause: 'agents-fail', since: SINCE, want: 5 },
    ],
    [
      'held boots-fail since 2026-03-02T09:00:00Z next 2026-03-02T09:02:00Z waiting 12 template 7',
      HELD,
    ],
    [
      'held boots-fail since 2026-03-02T09:00:00Z next 2026-03-02T09:02:00Z waiting 12',
      { ...HELD, template: undefined },
    ],
  ])('%s can be read by a person, and back', (value, state) => {
    expect(encodeState(state)).toBe(value);
    expect(decodeState(value)).toEqual(state);
  });

  test('is none where there is no tag', () => {
    expect(decodeState(undefined)).toBeUndefined();
  });

  test.each([
    ['closed'],
    [''],
    ['watch no-such-cause since 2026-03-02T09:00:00Z want 5'],
    ['watch agents-fail since 2026-13-02T09:00:00Z want 5'],
    ['held boots-fail since 2026-03-02T09:00:00Z next 2026-03-99T09:02:00Z waiting 12'],
  ])('that is %j is refused with what to do', (value) => {
    expect(() => decodeState(value)).toThrow(
      `the hold-back is ${JSON.stringify(value)} and was taken for none; allowed: none, or what the ` +
        'scaler itself writes; remove the tag',
    );
  });

  test('holds only what a tag may hold, whatever the state', () => {
    const second = fc.nat({ max: 4_000_000_000 }).map((at) => 1000 * at);
    const cause = fc.constantFrom('boots-fail', 'agents-fail', 'tasks-unclaimed');
    const state: fc.Arbitrary<State> = fc.oneof(
      fc.record({
        kind: fc.constant('watch'),
        cause,
        since: second,
        want: fc.nat({ max: 10_000 }),
      }),
      fc.record({
        kind: fc.constant('held'),
        cause,
        since: second,
        next: second,
        waiting: fc.nat({ max: 999_999 }),
        template: fc.option(fc.nat({ max: 99_999 }).map(String), { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(state, (each) => {
        const value = encodeState(each);
        expect(value).toMatch(/^[A-Za-z0-9 +\-=._:/@]{1,256}$/);
        expect(decodeState(value)).toEqual(each);
      }),
    );
  });
});
