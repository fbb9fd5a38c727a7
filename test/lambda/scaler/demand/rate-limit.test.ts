import { describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../../../lambda/scaler/clock.ts';
import { limitsSeen, rateLimitIn } from '../../../../lambda/scaler/demand/rate-limit.ts';
import { manualClock } from '../../../manual-clock.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const in30Minutes = String(NOW / 1000 + 1_800);

function read(headers: Record<string, string>) {
  return rateLimitIn(headers, { of: 'Acme', now: NOW });
}

describe('a limit on requests is read', () => {
  test.each<[name: string, headers: Record<string, string>, found: object]>([
    [
      "of GitHub's headers",
      {
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': '4127',
        'x-ratelimit-reset': in30Minutes,
        'x-ratelimit-used': '873',
        'x-ratelimit-resource': 'core',
      },
      { of: 'Acme core', limit: 5_000, left: 4_127, resetAt: NOW + 1_800_000 },
    ],
    [
      "of GitLab's",
      {
        'ratelimit-limit': '600',
        'ratelimit-remaining': '0',
        'ratelimit-observed': '601',
        'ratelimit-reset': in30Minutes,
        'ratelimit-name': 'throttle_authenticated_api',
      },
      { of: 'Acme throttle_authenticated_api', limit: 600, left: 0, resetAt: NOW + 1_800_000 },
    ],
    [
      'with seconds until it is renewed',
      { 'ratelimit-limit': '51', 'ratelimit-remaining': '50', 'ratelimit-reset': '7' },
      { of: 'Acme', limit: 51, left: 50, resetAt: NOW + 7_000 },
    ],
    [
      'of several, the one of which the least is left',
      {
        'x-ratelimit-limit-second': '10',
        'x-ratelimit-remaining-second': '0',
        'x-ratelimit-limit-minute': '100',
        'x-ratelimit-remaining-minute': '90',
        'x-ratelimit-limit-hour': '1000',
        'x-ratelimit-remaining-hour': '20',
      },
      { of: 'Acme', limit: 1_000, left: 20, resetAt: undefined },
    ],
    [
      'of a list, the first',
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '50,50' },
      { of: 'Acme', limit: 100, left: 50, resetAt: undefined },
    ],
    [
      "by the server's clock, which may differ",
      {
        date: new Date(NOW - 900_000).toUTCString(),
        'x-ratelimit-limit': '10',
        'x-ratelimit-remaining': '1',
        'x-ratelimit-reset': String(NOW / 1000 - 600),
      },
      { of: 'Acme', limit: 10, left: 1, resetAt: NOW + 300_000 },
    ],
    [
      'that has just been renewed',
      {
        'x-ratelimit-limit': '10',
        'x-ratelimit-remaining': '1',
        'x-ratelimit-reset': String(NOW / 1000 - 5),
      },
      { of: 'Acme', limit: 10, left: 1, resetAt: NOW },
    ],
    [
      'without a name that is none, and a moment that is none',
      {
        'ratelimit-limit': '10',
        'ratelimit-remaining': '12',
        'ratelimit-reset': '9999999999',
        'ratelimit-name': 'a "name" {of} it',
      },
      { of: 'Acme', limit: 10, left: 10, resetAt: undefined },
    ],
  ])('%s', (_name, headers, found) => {
    expect(read(headers)).toEqual(found);
  });

  test.each<[name: string, headers: Record<string, string>]>([
    ['there is none', {}],
    ['it says what is left, and not of how many', { 'x-ratelimit-remaining': '5' }],
    ['the limit is 0', { 'ratelimit-limit': '0', 'ratelimit-remaining': '0' }],
    ['what is left is negative', { 'ratelimit-limit': '10', 'ratelimit-remaining': '-1' }],
    ['it is no whole number', { 'ratelimit-limit': '10', 'ratelimit-remaining': '1.5' }],
    ['it is a word', { 'ratelimit-limit': 'unlimited', 'ratelimit-remaining': 'unlimited' }],
    ['it is empty', { 'ratelimit-limit': '', 'ratelimit-remaining': '' }],
    ['it is far too long', { 'ratelimit-limit': '10', 'ratelimit-remaining': '1'.repeat(400) }],
    [
      'it is of a second alone',
      { 'x-ratelimit-limit-second': '10', 'x-ratelimit-remaining-second': '0' },
    ],
  ])('not where %s', (_name, headers) => {
    expect(read(headers)).toBeUndefined();
  });
});

describe('of the answers of a pass', () => {
  function seeing() {
    const clock = manualClock(NOW);
    const notices: string[] = [];
    const limits = limitsSeen({ of: 'Acme', clock, onNotice: (notice) => notices.push(notice) });
    const pass = () => budgetOf(clock, 15_000);
    const left = (count: number, reset = in30Minutes) => ({
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': String(count),
      'x-ratelimit-reset': reset,
    });
    const advice = () => 'ask less';
    return { clock, notices, limits, pass, left, advice };
  }

  test('the least that is left counts, in whatever order they come, and nothing of another pass', () => {
    const { limits, pass, left, advice } = seeing();
    const [one, other] = [pass(), pass()];
    for (const count of [50, 48, 49]) {
      limits.answered(left(count), { budget: one, advice });
    }
    limits.answered({}, { budget: other, advice });
    expect(limits.lowest(one)?.left).toBe(48);
    expect(limits.lowest(other)).toBeUndefined();
  });

  test('one that was renewed meanwhile counts anew', () => {
    const { limits, pass, left, advice, clock } = seeing();
    const budget = pass();
    limits.answered(left(2, String(NOW / 1000 + 1)), { budget, advice });
    clock.advance(1_000);
    limits.answered(left(99), { budget, advice });
    expect(limits.lowest(budget)?.left).toBe(99);
  });

  test('somebody is told where less than a tenth is left for long, once an hour', () => {
    const { limits, pass, left, advice, clock, notices } = seeing();
    const budget = pass();
    limits.answered(left(10), { budget, advice });
    limits.answered(left(1, String(NOW / 1000 + 15)), { budget, advice });
    expect(notices).toEqual([]);
    limits.answered(left(9), { budget, advice });
    limits.answered(left(8), { budget, advice });
    expect(notices).toEqual([
      'Acme: 9 of 100 requests are left until 2026-03-02T09:30:00.000Z; every class is served while there are any, ' +
        'and then its capacity stays as it is until there are more; ask less',
    ]);
    clock.advance(3_600_000);
    limits.answered(left(8, String(NOW / 1000 + 7_200)), { budget, advice });
    expect(notices).toHaveLength(2);
  });

  test('and also where it does not say until when', () => {
    const { limits, pass, advice, notices } = seeing();
    const headers = { 'ratelimit-limit': '100', 'ratelimit-remaining': '1' };
    limits.answered(headers, { budget: pass(), advice });
    expect(notices).toEqual([expect.stringContaining('Acme: 1 of 100 requests are left; every')]);
  });
});
