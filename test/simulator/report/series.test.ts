import { describe, expect, test } from '@jest/globals';
import {
  demandOf,
  downsample,
  greatest,
  instancesOf,
  meanOverTime,
  peakInstances,
} from '../../../simulator/report/series.ts';
import { classOf, sampleAt, sampleRecord } from './sample-record.ts';

describe('downsampling', () => {
  const [linux] = sampleRecord().classes;
  const samples = linux?.samples ?? [];

  test('leaves short series as they are', () => {
    expect(downsample(samples, samples.length)).toBe(samples);
  });

  test.each([16, 50, 300, 1000])('to %i points never yields more than that', (limit) => {
    const kept = downsample(samples, limit);
    expect(kept.length).toBeLessThanOrEqual(limit);
    expect(kept.length).toBeGreaterThan(limit / 4);
  });

  test('keeps the maximum of every quantity', () => {
    const kept = downsample(samples, 100);
    for (const quantity of [demandOf, instancesOf]) {
      expect(greatest(kept, quantity)).toEqual(greatest(samples, quantity));
    }
    for (const key of ['unclaimed', 'desired', 'busy'] as const) {
      expect(greatest(kept, (sample) => sample[key])?.[key]).toBe(
        Math.max(...samples.map((sample) => sample[key])),
      );
    }
  });

  test('keeps a peak that lasted for one sample among twenty thousand', () => {
    const long = Array.from({ length: 20_000 }, (_, index) =>
      sampleAt(index * 1000, { unclaimed: index === 12_345 ? 99 : index % 3 }),
    );
    expect(downsample(long, 200)).toContainEqual(sampleAt(12_345_000, { unclaimed: 99 }));
  });

  test('keeps order, the first sample and the last', () => {
    const kept = downsample(samples, 60);
    expect(kept.map(({ at }) => at)).toEqual(kept.map(({ at }) => at).toSorted((a, b) => a - b));
    expect([kept[0], kept.at(-1)]).toEqual([samples[0], samples.at(-1)]);
  });

  test('copes with samples that all bear the same time', () => {
    const same = Array.from({ length: 500 }, (_, index) => sampleAt(0, { busy: index }));
    expect(greatest(downsample(same, 20), instancesOf)?.busy).toBe(499);
  });
});

describe('the peak of instances over several classes', () => {
  test('counts what existed at the same moment, not the sum of peaks', () => {
    const early = classOf([sampleAt(0, { busy: 5 }), sampleAt(10, { busy: 1 })]);
    const late = classOf([sampleAt(0, { busy: 1 }), sampleAt(20, { busy: 6 })]);
    expect(peakInstances([early, late])).toBe(7);
  });

  test('does not count an instance that ends and one that starts at the same instant twice', () => {
    const ends = classOf([sampleAt(0, { busy: 3 }), sampleAt(10)]);
    const starts = classOf([sampleAt(10, { booting: 3 })]);
    expect(peakInstances([starts, ends])).toBe(3);
  });
});

describe('the mean over time', () => {
  const samples = [sampleAt(0, { busy: 2 }), sampleAt(25, { busy: 6 }), sampleAt(75)];

  test('weighs each value by how long it held', () => {
    expect(meanOverTime(samples, { from: 0, to: 100 }, instancesOf)).toBe(3.5);
  });

  test('is the share of time for a truth value', () => {
    expect(meanOverTime(samples, { from: 0, to: 100 }, ({ busy }) => busy > 2)).toBe(0.5);
  });

  test('counts the time before the first sample as nothing', () => {
    expect(meanOverTime(samples, { from: -100, to: 100 }, ({ busy }) => busy > 2)).toBe(0.25);
  });

  test('of no time is 0', () => {
    expect(meanOverTime(samples, { from: 5, to: 5 }, instancesOf)).toBe(0);
  });
});
