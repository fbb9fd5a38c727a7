import { describe, expect, test } from '@jest/globals';
import { drawArrivalMs, drawMs, drawPareto, stream } from '../../../simulator/world/random.ts';

const indices = Array.from({ length: 5000 }, (_, index) => index);
const mean = (numbers: readonly number[]) =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

describe('a stream of draws', () => {
  test('gives the same number for the same seed, name and index, whenever it is asked', () => {
    const one = stream(7, 'boot');
    const other = stream(7, 'boot');
    const backwards = indices
      .toReversed()
      .map((index) => other(index))
      .toReversed();
    expect(indices.map((index) => one(index))).toEqual(backwards);
  });

  test('gives these very numbers on every machine', () => {
    const draw = stream(2026, 'linux/boot');
    expect([draw(0), draw(1), draw(5_000_000_000)]).toEqual(GOLDEN);
  });

  test.each([
    ['the seed', stream(8, 'boot')],
    ['the high half of the seed', stream(7 + 2 ** 32, 'boot')],
    ['the name', stream(7, 'boos')],
  ])('is another one when %s differs', (_, other) => {
    const draw = stream(7, 'boot');
    const pairs = indices.map((index) => (draw(index) - 0.5) * (other(index) - 0.5));
    // The product of two independent uniforms has mean 0 and deviation 1/12 / sqrt(5,000) = 0.0012.
    expect(Math.abs(mean(pairs))).toBeLessThan(0.005);
  });

  test('is uniform from 0 to below 1', () => {
    const draw = stream(3, 'anything');
    const buckets = Array.from({ length: 10 }, () => 0);
    for (const index of indices) {
      const bucket = Math.floor(draw(index) * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(buckets.length).toBe(10);
    expect(Math.min(...buckets)).toBeGreaterThan(430);
    expect(Math.max(...buckets)).toBeLessThan(570);
  });

  test('does not carry over from one index to the next', () => {
    const draw = stream(3, 'anything');
    const pairs = indices.map((index) => (draw(index) - 0.5) * (draw(index + 1) - 0.5));
    expect(Math.abs(mean(pairs))).toBeLessThan(0.005);
  });
});

describe('a duration', () => {
  const draw = stream(5, 'durations');

  test('between two bounds stays between them, in whole milliseconds', () => {
    const drawn = indices.map((index) => drawMs({ min: 1, max: 6 }, draw, index));
    expect(drawn.every((ms) => Number.isInteger(ms) && ms >= 1000 && ms <= 6000)).toBe(true);
    expect(mean(drawn)).toBeGreaterThan(3400);
    expect(mean(drawn)).toBeLessThan(3600);
  });

  test('that is lognormal has its median, and its sigma as the spread of its logarithm', () => {
    const drawn = indices.map((index) => drawMs({ median: 50, sigma: 0.2 }, draw, index));
    const logs = drawn.map((ms) => Math.log(ms / 50_000));
    expect(Math.abs(mean(logs))).toBeLessThan(0.01);
    expect(Math.sqrt(mean(logs.map((log) => log * log)))).toBeCloseTo(0.2, 2);
  });

  test('until something that happens twice an hour is half an hour on average', () => {
    const drawn = indices.map((index) => drawArrivalMs(2, draw, index));
    expect(mean(drawn) / 60_000).toBeGreaterThan(28.5);
    expect(mean(drawn) / 60_000).toBeLessThan(31.5);
  });
});

test('a draw of a Pareto distribution is at least 1, and longer than 4 as often as its tail says', () => {
  const draw = stream(5, 'heavy');
  for (const tail of [0.7, 1, 2]) {
    const drawn = indices.map((index) => drawPareto(tail, draw, index));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1);
    const longer = drawn.filter((one) => one > 4).length / drawn.length;
    expect(Math.abs(longer - 4 ** -tail)).toBeLessThan(0.02);
  }
});

/** Computed once; a change here changes every world. */
const GOLDEN: readonly number[] = [0.11909432055465119, 0.7989413402937444, 0.6846718494558037];
