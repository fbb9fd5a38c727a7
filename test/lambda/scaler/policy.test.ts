import { describe, expect, test } from '@jest/globals';
import { decide, type HoldBack, type Observation, OWED_MS } from '../../../lambda/scaler/policy.ts';

describe('the scaling rule', () => {
  test.each<[sentence: string, seen: Partial<Observation>, expected: ReturnType<typeof decide>]>([
    [
      'asks for one runner per task, waiting or running',
      { unclaimed: 3, running: 2, serving: 2, present: 2 },
      { action: 'raise', desired: 5, want: 5, held: 0, reason: 'demand' },
    ],
    [
      'asks for nothing when there is nothing to do',
      {},
      { action: 'none', desired: 0, want: 0, held: 0, reason: 'demand' },
    ],
    [
      'changes nothing when the capacity already is what it decides',
      { unclaimed: 1, running: 1, desired: 2, serving: 1, present: 1 },
      { action: 'none', desired: 2, want: 2, held: 0, reason: 'demand' },
    ],
    [
      'adds the headroom to the demand',
      { unclaimed: 1, headroom: 2 },
      { action: 'raise', desired: 3, want: 3, held: 0, reason: 'demand' },
    ],
    [
      'keeps what a schedule asks for even without a task',
      { floor: 2 },
      { action: 'raise', desired: 2, want: 2, held: 0, reason: 'at-min' },
    ],
    [
      'counts the tasks and the headroom into what a schedule asks for',
      { floor: 4, unclaimed: 2, headroom: 1 },
      { action: 'raise', desired: 4, want: 4, held: 0, reason: 'at-min' },
    ],
    [
      'asks for more than a schedule where there is more to do',
      { floor: 2, unclaimed: 2, headroom: 1 },
      { action: 'raise', desired: 3, want: 3, held: 0, reason: 'demand' },
    ],
    [
      'stops at the maximum of the group, whatever a schedule asks for',
      { floor: 20 },
      { action: 'raise', desired: 10, want: 10, held: 0, reason: 'at-min' },
    ],
    [
      'ends nothing when the hours of a schedule are over',
      { desired: 2, serving: 2, present: 2 },
      { action: 'none', desired: 2, want: 0, held: 0, reason: 'present' },
    ],
    [
      'holds back what a schedule asks for, unlike the minimum of the group',
      { floor: 4, min: 1, holdBack: held(1) },
      { action: 'raise', desired: 1, want: 4, held: 3, reason: 'agents-fail' },
    ],
    [
      'stops at the maximum of the group',
      { unclaimed: 40, running: 2, serving: 2, present: 2 },
      { action: 'raise', desired: 10, want: 10, held: 0, reason: 'at-max' },
    ],
    [
      'says demand, not at-max, when the demand is just the maximum',
      { unclaimed: 10 },
      { action: 'raise', desired: 10, want: 10, held: 0, reason: 'demand' },
    ],
    [
      'keeps the minimum of the group without any demand',
      { min: 2 },
      { action: 'raise', desired: 2, want: 2, held: 0, reason: 'at-min' },
    ],
    [
      'says demand, not at-min, when the demand is just the minimum',
      { min: 2, unclaimed: 2 },
      { action: 'raise', desired: 2, want: 2, held: 0, reason: 'demand' },
    ],
    [
      'never goes below what is present, so the group never has to choose a victim',
      { running: 1, desired: 4, serving: 4, present: 4 },
      { action: 'none', desired: 4, want: 1, held: 0, reason: 'present' },
    ],
    [
      'takes back capacity that has been owed for a minute',
      { running: 1, desired: 6, present: 2, serving: 2, owedMs: OWED_MS },
      { action: 'lower', desired: 2, want: 1, held: 0, reason: 'present' },
    ],
    [
      'leaves capacity that may be on its way, although nobody wants it any more',
      { running: 1, desired: 6, present: 2, serving: 2, owedMs: OWED_MS - 1 },
      { action: 'none', desired: 6, want: 1, held: 0, reason: 'owed' },
    ],
    [
      'takes back everything when nothing is present and nothing is wanted',
      { desired: 6, owedMs: OWED_MS },
      { action: 'lower', desired: 0, want: 0, held: 0, reason: 'demand' },
    ],
    [
      'counts no more running tasks than there are machines that may hold one',
      { running: 5, unclaimed: 1, desired: 2, present: 2, serving: 1 },
      { action: 'none', desired: 2, want: 2, held: 0, reason: 'demand' },
    ],
    [
      'starts nothing for tasks that run elsewhere',
      { running: 5 },
      { action: 'none', desired: 0, want: 0, held: 0, reason: 'demand' },
    ],
    [
      'stays at zero when an operator has set the maximum to zero, whatever waits',
      { max: 0, unclaimed: 5 },
      { action: 'none', desired: 0, want: 0, held: 0, reason: 'at-max' },
    ],
    [
      'never asks for more than the maximum, even when more than that is present',
      { max: 3, running: 5, desired: 3, serving: 5, present: 5 },
      { action: 'none', desired: 3, want: 3, held: 0, reason: 'at-max' },
    ],
    [
      'counts out machines whose task is done, so they mask no task that waits',
      { unclaimed: 2, finishing: 1, desired: 1, serving: 1, present: 1 },
      { action: 'raise', desired: 3, want: 3, held: 0, reason: 'demand' },
    ],
    [
      'asks for no more than what is occupied and tried while launches are held back',
      { unclaimed: 8, running: 2, desired: 2, serving: 2, present: 2, holdBack: held(1) },
      { action: 'raise', desired: 3, want: 10, held: 7, reason: 'agents-fail' },
    ],
    [
      'keeps what is present, and what may be on its way, whatever is held back',
      { unclaimed: 8, desired: 6, present: 4, serving: 3, holdBack: held(0) },
      { action: 'none', desired: 6, want: 8, held: 2, reason: 'agents-fail' },
    ],
    [
      'takes back at once what a group that launches nothing owes, and nothing that is present',
      {
        unclaimed: 8,
        desired: 8,
        present: 5,
        serving: 3,
        holdBack: { ...held(0), takesBack: true },
      },
      { action: 'lower', desired: 5, want: 8, held: 3, reason: 'agents-fail' },
    ],
    [
      'keeps the minimum of the group whatever is held back',
      { min: 2, unclaimed: 5, holdBack: held(0) },
      { action: 'raise', desired: 2, want: 5, held: 3, reason: 'agents-fail' },
    ],
    [
      'names the demand where all that is wanted may be tried',
      { unclaimed: 2, holdBack: held(5) },
      { action: 'raise', desired: 2, want: 2, held: 0, reason: 'demand' },
    ],
  ])('%s', (_sentence, seen, expected) => {
    expect(decide({ ...QUIET, ...seen })).toEqual(expected);
  });
});

function held(trials: number): HoldBack {
  return { cause: 'agents-fail', trials, takesBack: false };
}

const QUIET: Observation = {
  unclaimed: 0,
  running: 0,
  finishing: 0,
  headroom: 0,
  min: 0,
  max: 10,
  desired: 0,
  serving: 0,
  present: 0,
  owedMs: 0,
};
