import { describe, expect, test } from '@jest/globals';
import type { Sample } from '../../../simulator/record.ts';
import { answerOf, printAnswer } from '../../../simulator/report/answer.ts';
import { shareOfMaximum } from '../../../simulator/report/wait-split.ts';
import { classOf, emptyRecord, sampleRecord } from './sample-record.ts';

const QUIET: Sample = {
  at: 0,
  unclaimed: 0,
  running: 0,
  desired: 0,
  booting: 0,
  idle: 0,
  busy: 0,
  finishing: 0,
};

describe('the share of waiting that the maximum causes', () => {
  test('is what waits while the group is full and no machine is on its way', () => {
    const samples: readonly Sample[] = [
      // 3 tasks wait for 10 s before anything is asked for, …
      { ...QUIET, at: 0, unclaimed: 3 },
      // … then for 20 s for two machines, which is the maximum, …
      { ...QUIET, at: 10_000, unclaimed: 3, desired: 2, booting: 2 },
      // … and one of them for 30 s until a task ends.
      { ...QUIET, at: 30_000, unclaimed: 1, desired: 2, busy: 2, running: 2 },
      { ...QUIET, at: 60_000, desired: 2, busy: 2, running: 2 },
    ];
    const all = 3 * 10 + 3 * 20 + 30;
    expect(shareOfMaximum(classOf(samples, { max: 2 }), 90_000)).toBeCloseTo((20 + 30) / all, 12);
    expect(shareOfMaximum(classOf(samples, { max: 3 }), 90_000)).toBe(0);
  });

  test('lasts until the end of the run', () => {
    const samples = [{ ...QUIET, unclaimed: 2, desired: 1, busy: 1 }];
    expect(shareOfMaximum(classOf(samples, { max: 1 }), 5000)).toBe(1);
  });

  test('is not known where nothing waited', () => {
    expect(shareOfMaximum(classOf([QUIET]), 5000)).toBeNull();
  });
});

describe('the answer', () => {
  const record = sampleRecord();

  test('splits the mean wait in two parts that add up to it', () => {
    for (const { wait, split } of answerOf(record).classes) {
      expect((split?.boot ?? 0) + (split?.maximum ?? 0)).toBeCloseTo(wait?.mean ?? 0, 9);
      expect(split?.boot).toBeGreaterThan(0);
    }
  });

  test('scales the cost from the hours of the workload to 30 days', () => {
    const [first] = record.classes;
    const { classes, machinesPerMonth } = answerOf(record, { workloadHours: 14 });
    expect(classes[0]?.machinesPerMonth).toBeCloseTo(
      ((first?.totals.machineCost ?? 0) * 720) / 14,
      9,
    );
    const all = classes.reduce((sum, one) => sum + (one.machinesPerMonth ?? Number.NaN), 0);
    expect(machinesPerMonth).toBeCloseTo(all, 9);
  });

  test('has no cost where a price is not known, and says that it is missing', () => {
    const [first, ...others] = record.classes;
    const unpriced = first && { ...first, totals: { ...first.totals, machineCost: null } };
    const answer = answerOf({ ...record, classes: unpriced ? [unpriced, ...others] : [] });
    expect(answer.machinesPerMonth).toBeNull();
    expect(printAnswer(answer)).toMatch(/^acme\/linux: .*not known: their price is missing\.$/m);
  });

  test('sets the waits of the trace beside those of the run', () => {
    const realWaits = new Map([['acme/arm', [10, 20, 600]]]);
    const answer = answerOf(record, { realWaits });
    expect(answer.classes.map(({ real }) => real?.p95 ?? null)).toEqual([null, null, 600]);
    expect(printAnswer(answer)).toMatch(/^acme\/arm: .*; in the trace itself 20 s and 10 min\./m);
  });

  test('recommends the least maximum that does nearly as much as the greatest', () => {
    const p95 = answerOf(record).classes[0]?.wait?.p95 ?? 0;
    const tried = (shares: readonly number[]) =>
      new Map([
        [
          'acme/linux',
          shares.map((share, step) => ({
            max: 50 + 10 * step,
            p95: share * p95,
            machineCost: 10 + step,
          })),
        ],
      ]);
    const advice = (shares: readonly number[]) =>
      answerOf(record, { raised: tried(shares) }).classes[0]?.advice?.max ?? null;
    expect(advice([0.8, 0.41, 0.4])).toBe(60);
    expect(advice([0.8, 0.6, 0.4])).toBe(70);
    expect(advice([0.99, 0.98, 0.97])).toBeNull();
    expect(printAnswer(answerOf(record, { raised: tried([0.8, 0.41, 0.4]) }))).toMatch(
      /^acme\/linux: .*max 60 would bring the 95 % to .*, for \$[\d,.]+ (more|less) a month\./m,
    );
    expect(printAnswer(answerOf(record, { raised: tried([0.99, 0.98, 0.97]) }))).toMatch(
      /^acme\/linux: .*A greater maximum, up to 70, would leave the 95 % about as it is\./m,
    );
  });

  test('scales no month from a few minutes', () => {
    const answer = answerOf(record, { workloadHours: 0.1 });
    expect(answer.machinesPerMonth).toBeNull();
    expect(printAnswer(answer)).not.toContain('price is missing');
    expect(printAnswer(answer)).toMatch(/too short to say what a month costs\.$/);
  });

  test('says where no task was served', () => {
    expect(printAnswer(answerOf(emptyRecord()))).toMatch(/^acme\/quiet: no task was served\./);
  });
});
