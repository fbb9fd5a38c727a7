import { describe, expect, test } from '@jest/globals';
import { withSeconds } from '../../../simulator/compare/task.ts';
import { task } from '../world/tiny-world.ts';

describe('a trace of whole minutes', () => {
  test('gets seconds from the seed, the same for all tasks of a pipeline', () => {
    const tasks = ['a', 'b', 'a'].map((pipeline) => task({ pipeline, releaseAt: 120_000 }));
    const [first, second, third] = withSeconds(tasks, 1).map(({ releaseAt }) => releaseAt);
    expect(first).toBe(third);
    expect(first).not.toBe(second);
    expect(withSeconds(tasks, 1)).toEqual(withSeconds(tasks, 1));
    expect(withSeconds(tasks, 2)[0]?.releaseAt).not.toBe(first);
    for (const at of [first, second]) {
      expect(at).toBeGreaterThanOrEqual(120_000);
      expect(at).toBeLessThan(180_000);
    }
  });
});
