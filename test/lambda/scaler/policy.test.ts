import { describe, expect, test } from '@jest/globals';
import { decide, type Observation } from '../../../lambda/scaler/policy.ts';

describe('the scaling rule', () => {
  test.each<[sentence: string, seen: Partial<Observation>, expected: ReturnType<typeof decide>]>([
    [
      'asks for one runner per task, waiting or running',
      { unclaimed: 3, running: 2 },
      { action: 'raise', desired: 5, want: 5, reason: 'demand' },
    ],
    [
      'asks for nothing when there is nothing to do',
      {},
      { action: 'none', desired: 0, want: 0, reason: 'demand' },
    ],
    [
      'changes nothing when the capacity already is what it decides',
      { unclaimed: 1, running: 1, desired: 2, present: 1 },
      { action: 'none', desired: 2, want: 2, reason: 'demand' },
    ],
    [
      'adds the headroom to the demand',
      { unclaimed: 1, headroom: 2 },
      { action: 'raise', desired: 3, want: 3, reason: 'demand' },
    ],
    [
      'stops at the maximum of the group',
      { unclaimed: 40, running: 2 },
      { action: 'raise', desired: 10, want: 10, reason: 'at-max' },
    ],
    [
      'says demand, not at-max, when the demand is just the maximum',
      { unclaimed: 10 },
      { action: 'raise', desired: 10, want: 10, reason: 'demand' },
    ],
    [
      'keeps the minimum of the group without any demand',
      { min: 2 },
      { action: 'raise', desired: 2, want: 2, reason: 'at-min' },
    ],
    [
      'says demand, not at-min, when the demand is just the minimum',
      { min: 2, unclaimed: 2 },
      { action: 'raise', desired: 2, want: 2, reason: 'demand' },
    ],
    [
      'never goes below what is present, so the group never has to choose a victim',
      { running: 1, desired: 4, present: 4 },
      { action: 'none', desired: 4, want: 1, reason: 'present' },
    ],
    [
      'takes back capacity that was asked for and does not exist yet',
      { running: 1, desired: 6, present: 2 },
      { action: 'lower', desired: 2, want: 1, reason: 'present' },
    ],
    [
      'takes back everything when nothing is present and nothing is wanted',
      { desired: 6 },
      { action: 'lower', desired: 0, want: 0, reason: 'demand' },
    ],
    [
      'stays at zero when an operator has set the maximum to zero, whatever waits',
      { max: 0, unclaimed: 5 },
      { action: 'none', desired: 0, want: 0, reason: 'at-max' },
    ],
    [
      'never asks for more than the maximum, even when more than that is present',
      { max: 3, running: 5, desired: 3, present: 5 },
      { action: 'none', desired: 3, want: 3, reason: 'at-max' },
    ],
  ])('%s', (_sentence, seen, expected) => {
    const quiet = {
      unclaimed: 0,
      running: 0,
      headroom: 0,
      min: 0,
      max: 10,
      desired: 0,
      present: 0,
    };
    expect(decide({ ...quiet, ...seen })).toEqual(expected);
  });
});
