import { describe, expect, test } from '@jest/globals';
import { stepArea, stepLine } from '../../../simulator/report/step-path.ts';

describe('the path of a step function', () => {
  test('holds each value until the next point, and the last one until the end', () => {
    const points = [
      { x: 0, y: 10 },
      { x: 4, y: 3 },
      { x: 6, y: 8.5 },
    ];
    expect(stepLine(points, 9)).toBe('M0 10h4v-7h2v5.5h3');
  });

  test('says nothing of points that change nothing', () => {
    const points = [1, 2, 3, 4].map((x) => ({ x, y: 5 }));
    expect(stepLine(points, 10)).toBe('M1 5h9');
  });

  test('does not drift however many rounded steps it has', () => {
    const points = Array.from({ length: 1001 }, (_, index) => ({ x: index / 30, y: index % 2 }));
    const along = [...stepLine(points, 1000 / 30).matchAll(/h(-?[\d.]+)/g)];
    expect(along.reduce((sum, [, dx]) => sum + Number(dx), 0)).toBeCloseTo(33.3, 1);
  });

  test('closes a surface down to its base', () => {
    expect(stepArea([{ x: 2, y: 4 }], { end: 5, base: 10 })).toBe('M2 4h3v6h-3Z');
  });

  test('is empty without points', () => {
    expect(stepLine([], 10)).toBe('');
    expect(stepArea([], { end: 10, base: 5 })).toBe('');
  });
});
