import { describe, expect, test } from '@jest/globals';
import { decodePass, encodePass } from '../../../lambda/scaler/contract.ts';
import { passesBetween } from '../../../lambda/scaler/passes.ts';

const BEGAN = Date.parse('2026-03-02T09:00:00Z');

describe('the passes between two of the schedule', () => {
  test('come at each interval after it began, for as long as the next has not', () => {
    const passes = passesBetween(BEGAN, { now: BEGAN + 700, intervalMs: 10_000 });
    expect(passes.map(({ dueAt }) => (dueAt - BEGAN) / 1000)).toEqual([10, 20, 30, 40, 50]);
    expect(passes.map(({ delaySeconds }) => delaySeconds)).toEqual([9, 19, 29, 39, 49]);
  });

  test('are fewer where the pass took long', () => {
    const passes = passesBetween(BEGAN, { now: BEGAN + 15_000, intervalMs: 10_000 });
    expect(passes.map(({ delaySeconds }) => delaySeconds)).toEqual([5, 15, 25, 35]);
  });

  test('are none where the interval is that of the schedule', () => {
    expect(passesBetween(BEGAN, { now: BEGAN, intervalMs: 60_000 })).toEqual([]);
  });
});

describe('the message of a pass', () => {
  test('says when it is due', () => {
    const body: unknown = JSON.parse(encodePass({ dueAt: BEGAN }));
    expect(decodePass(body as Record<string, unknown>)).toBe(BEGAN);
  });

  test.each([
    [{}],
    [{ 'runner-scaler': 'schedule', dueAt: 1 }],
    [{ 'runner-scaler': 'pass' }],
    [{ 'runner-scaler': 'pass', dueAt: '1' }],
    [{ 'runner-scaler': 'pass', dueAt: 1.5 }],
  ])('is nothing like %j', (body) => {
    expect(decodePass(body)).toBeUndefined();
  });
});
