import { afterEach, describe, expect, test } from '@jest/globals';
import { COMPARE, type CompareGiven } from '../../../simulator/cli/compare.ts';
import { runTask } from '../../../simulator/experiment/plan.ts';
import {
  traceWorkload,
  withClassNames,
  withSeconds,
} from '../../../simulator/experiment/trace-work.ts';
import { typed } from '../../cli/typed.ts';
import { file, removeFiles } from '../workload/trace-file.ts';
import { task } from '../world/tiny-world.ts';

afterEach(removeFiles);

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

describe('a trace whose classes are no namespace/name', () => {
  test('is served under names made of theirs, each its own', () => {
    const names = ['gpu queue', 'gpu/queue.large', 'gpu-queue', 'acme/linux'];
    const { tasks } = withClassNames(names.map((resourceClass) => task({ resourceClass })));
    expect(tasks.map(({ resourceClass }) => resourceClass)).toEqual([
      'trace/gpu-queue',
      'trace/gpu-queue-large',
      'trace/gpu-queue-2',
      'acme/linux',
    ]);
  });

  test('runs under our rule, whose groups bear the class in a tag', async () => {
    const path = file(
      'created_at,duration_s,class\n2026-03-02 08:00:30,60,gpu queue\n2026-03-02 08:01:10,60,acme/linux\n',
    );
    const given = await typed<CompareGiven>(COMPARE, `--trace ${path} --rules ours-60s`);
    const { notes } = await traceWorkload(given, 1);
    expect(notes).toContain(
      'The class "gpu queue" is no namespace/name; it is served as trace/gpu-queue.',
    );
    expect(notes.join(' ')).not.toContain('No fleet serves');
    const plan = { kind: 'compare', given, parameters: {} } as const;
    const [trial] = await runTask({ plan, table: 0, seed: 1, withBurst: false });
    expect(trial?.whole.served).toBe(2);
  });
});
