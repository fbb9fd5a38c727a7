/** Several containers of the function, and others with the same App, at one limit of GitHub. */
import { describe, expect, test } from '@jest/globals';
import { requestBudget } from '../../../../../lambda/scaler/demand/github/request-budget.ts';
import { manualClock } from '../../../../manual-clock.ts';

const LIMIT = 5_000;
const PASS_MS = 15_000;

interface Hour {
  readonly containers: number;
  /** Requests of one reading. */
  readonly cost: number;
  /** Requests of somebody else in the time of a pass. */
  readonly others?: number;
  /** In hours. Default: 2. */
  readonly hours?: number;
}

/** Passes that containers take in turn: the moments at which one read, in seconds, and the least that was left. */
function readings({ containers, cost, others = 0, hours = 2 }: Hour) {
  const clock = manualClock();
  const begin = clock.now();
  const budgets = Array.from({ length: containers }, () => requestBudget({ owner: 'acme', clock }));
  const moments: number[] = [];
  let remaining = LIMIT;
  let leastLeft = LIMIT;
  for (let pass = 0; pass < (hours * 3_600_000) / PASS_MS; pass += 1) {
    const hour = Math.floor((clock.now() - begin) / 3_600_000);
    if (pass % 240 === 0) remaining = LIMIT;
    remaining = Math.max(remaining - others, 0);
    const budget = budgets[pass % containers];
    if (budget !== undefined && budget.restsUntil() <= clock.now() && remaining > 0) {
      moments.push((clock.now() - begin) / 1000);
      for (let answer = 0; answer < cost; answer += 1) {
        remaining = Math.max(remaining - 1, 0);
        const headers = {
          'x-ratelimit-limit': String(LIMIT),
          'x-ratelimit-remaining': String(remaining),
          'x-ratelimit-reset': String(begin / 1000 + 3_600 * (hour + 1)),
        };
        budget.answered({ status: 200, headers }, 'pass');
      }
      budget.passed(clock.now());
    }
    leastLeft = Math.min(leastLeft, remaining);
    clock.advance(PASS_MS);
  }
  return { moments, leastLeft };
}

function longestPause(moments: readonly number[]): number {
  return Math.max(...moments.slice(1).map((at, index) => at - (moments[index] ?? at)));
}

test('passes that come more often than each 15 s rest, which is no reason to warn', () => {
  const clock = manualClock();
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  const budget = requestBudget({ owner: 'acme', clock, onNotice });
  const headers = {
    'x-ratelimit-limit': String(LIMIT),
    'x-ratelimit-remaining': String(LIMIT - 100),
    'x-ratelimit-reset': String(clock.now() / 1000 + 3_600),
  };
  for (let pass = 0; pass < 3; pass += 1) {
    for (let answer = 0; answer < 15; answer += 1)
      budget.answered({ status: 200, headers }, 'pass');
    budget.passed(clock.now());
    clock.advance(2_000);
  }
  expect(budget.restsUntil()).toBeGreaterThan(clock.now() + PASS_MS);
  expect(notices).toEqual([]);
});

describe('the requests of an hour', () => {
  test.each([1, 2, 3, 4])('are enough for %i containers in turn', (containers) => {
    const { moments, leastLeft } = readings({ containers, cost: 50 });
    // Four fifths of an hour's requests, by whichever container.
    expect(moments.length).toBeGreaterThan(145);
    expect(moments.length).toBeLessThan(175);
    expect(leastLeft).toBeGreaterThan(0.1 * LIMIT);
    expect(longestPause(moments)).toBeLessThanOrEqual(150);
  });

  test('that others take are not taken by this one, which has a quarter of what they leave', () => {
    const { moments, leastLeft } = readings({ containers: 1, cost: 20, others: 16 });
    expect(leastLeft).toBeGreaterThan(0);
    // They leave 1,160 an hour.
    expect(moments.length).toBeGreaterThan((2 * 1_160 * 0.25 * 0.8) / 20);
    expect(longestPause(moments)).toBeLessThanOrEqual(600);
  });
});
