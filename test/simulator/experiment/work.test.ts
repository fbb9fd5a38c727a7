import { describe, expect, test } from '@jest/globals';
import { BUILT_IN_START } from '../../../simulator/workload/built-in-start.ts';
import { TWO_CLASSES, batches, builtIn, withStuck } from '../../../simulator/experiment/work.ts';
import type { Work } from '../../../simulator/experiment/case.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { fleetsFor } from '../../../simulator/experiment/need.ts';
import { HOUR } from './tiny-work.ts';

describe('what evidence is made of', () => {
  test.each<[Work]>([
    [builtIn('bursty')],
    [batches({ tasks: 20, atHours: [1, 2] })],
    [withStuck(builtIn('working-day'), { tasks: 3, fromHour: 1, toHour: 2 })],
    [TWO_CLASSES],
  ])('a world takes $name, the same for the same seed', async (work) => {
    const { startAt, tasks } = await work.of(3);
    expect((await work.of(3)).tasks).toEqual(tasks);
    const world = createWorld({
      seed: 3,
      startAt,
      tasks,
      fleets: fleetsFor(tasks),
    });
    expect(world.unserved().size).toBe(0);
  });

  test('a batch comes at one moment, which is not always the same of its minute', async () => {
    const { tasks } = await batches({ tasks: 20, atHours: [1, 2] }).of(1);
    const moments = [...new Set(tasks.map(({ releaseAt }) => releaseAt - BUILT_IN_START))];
    expect(moments).toHaveLength(2);
    expect(moments.map((moment) => Math.floor(moment / HOUR))).toEqual([1, 2]);
    expect(new Set(moments.map((moment) => moment % 60_000)).size).toBe(2);
  });

  test('tasks that nobody can claim come at the end of the list, so that predecessors stay', async () => {
    const plain = await builtIn('bursty').of(1);
    const { tasks } = await withStuck(builtIn('bursty'), {
      tasks: 2,
      fromHour: 6,
      toHour: 30,
    }).of(1);
    expect(tasks.slice(0, -2)).toEqual(plain.tasks);
    expect(tasks.at(-1)).toMatchObject({ unclaimable: true, cancelAfterMs: 24 * HOUR });
  });

  test('the second class waits for its own tasks only', async () => {
    const { tasks } = await TWO_CLASSES.of(1);
    const crossing = tasks.filter(({ after, resourceClass }) =>
      after.some((index) => tasks[index]?.resourceClass !== resourceClass),
    );
    expect(crossing).toEqual([]);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
  });

  test('a workload there is not is refused', () => {
    expect(() => builtIn('busty')).toThrow('there is no workload busty');
  });
});
