import { describe, expect, test } from '@jest/globals';
import {
  formatDollars,
  formatDuration,
  formatNumber,
  formatPeriod,
  formatShare,
} from '../../../simulator/report/format.ts';

test.each([
  [0, '0 s'],
  [3.44, '3.4 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [59.7, '1 min'],
  [182, '3 min 2 s'],
  [3599.6, '1 h'],
  [7500, '2 h 5 min'],
  [86_399, '1 d'],
  [97_200, '1 d 3 h'],
])('%d seconds read as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

describe('shares', () => {
  test('are whole per cents', () => {
    expect(formatShare(0.424)).toBe('42 %');
  });

  test('are called 0 % and 100 % only when they are', () => {
    expect([0, 0.001, 0.999, 1].map(formatShare)).toEqual([
      '0 %',
      'under 1 %',
      'over 99 %',
      '100 %',
    ]);
  });
});

test('a rounding error below zero is not shown as -0', () => {
  expect(formatNumber(-1e-9, 1)).toBe('0.0');
});

test('a cost that is not nothing is not shown as nothing', () => {
  expect([0, 0.001, 1234.5].map(formatDollars)).toEqual(['$0.00', 'under $0.01', '$1,234.50']);
});

test('a period names the second day only when it differs', () => {
  const from = Date.UTC(2026, 10, 16, 6);
  expect(formatPeriod(from, from + 3_600_000)).toBe('Mon 16 Nov 2026, 06:00 to 07:00 UTC');
  expect(formatPeriod(from, from + 86_400_000)).toBe(
    'Mon 16 Nov 2026, 06:00 to Tue 17 Nov 2026, 06:00 UTC',
  );
});
