import { describe, expect, test } from '@jest/globals';
import { foreignTasks, stuckTasks } from '../../../simulator/workload/troubles.ts';
import { CLASS, GROUP, SECOND, at, exactly, task, tinyWorld, totals } from './tiny-world.ts';

const foreign = () => task({ foreign: true });

describe('a task that runs on a machine of nobody’s fleet', () => {
  test('is counted like the others, and none of ours ever gets it', () => {
    const world = tinyWorld({ tasks: [foreign()], parameters: { foreignClaim: exactly(100) } });
    world.setDesiredCapacity(GROUP, 1);
    expect(at(world, 90).readCounts(CLASS)).toEqual({ unclaimed: 1, running: 0 });
    expect(world.truth(CLASS)).toMatchObject({ idle: 1, claimable: 0 });
    expect(at(world, 110).readCounts(CLASS)).toEqual({ unclaimed: 0, running: 1 });
    expect(at(world, 210).readCounts(CLASS)).toEqual({ unclaimed: 0, running: 0 });
  });

  test('is in none of the sums of the class but its own', () => {
    const world = tinyWorld({ tasks: [foreign(), task()] });
    world.setDesiredCapacity(GROUP, 1);
    const { tasksArrived, tasksServed, tasksElsewhere, waits } = totals(at(world, 600));
    expect({ tasksArrived, tasksServed, tasksElsewhere, waits }).toEqual({
      tasksArrived: 1,
      tasksServed: 1,
      tasksElsewhere: 1,
      waits: [58],
    });
    expect(world.finished).toBe(true);
  });

  test('releases what waits for it', () => {
    const world = tinyWorld({
      tasks: [foreign(), task({ after: [0] })],
      parameters: { foreignClaim: exactly(0) },
    });
    expect(at(world, 101).readUnclaimed(CLASS)).toBe(1);
  });

  test('takes a place of the plan', () => {
    const world = tinyWorld({
      tasks: [foreign(), task()],
      parameters: { foreignClaim: exactly(0), planConcurrency: 1 },
    });
    world.setDesiredCapacity(GROUP, 1);
    // The plan lets the second one run when the first has ended, at 100 s.
    expect(at(world, 99).readUnclaimed(CLASS)).toBe(1);
    expect(at(world, 110).readRunning(CLASS)).toBe(1);
  });
});

describe('a workload with troubles', () => {
  test('has as many foreign tasks at a time as there are foreign machines, the same for a seed', () => {
    const options = { seed: 1, resourceClass: CLASS, machines: 3, startAt: 0, hours: 24 };
    const tasks = foreignTasks(options);
    expect(foreignTasks(options)).toEqual(tasks);
    expect(foreignTasks({ ...options, seed: 2 })).not.toEqual(tasks);
    const runningAt = (moment: number) =>
      tasks.filter(
        ({ releaseAt: from, durationMs }) => from <= moment && moment < from + durationMs,
      );
    for (let hour = 1; hour < 24; hour += 1) {
      expect(runningAt(hour * 3600 * SECOND).length).toBeLessThanOrEqual(3);
    }
    expect(runningAt(12 * 3600 * SECOND).length).toBeGreaterThan(0);
  });

  test('has stuck tasks in the queue until somebody cancels them', () => {
    const tasks = stuckTasks({ count: 2, resourceClass: CLASS, from: SECOND, to: 100 * SECOND });
    const world = tinyWorld({ tasks });
    world.setDesiredCapacity(GROUP, 2);
    expect(at(world, 99).readUnclaimed(CLASS)).toBe(2);
    expect(at(world, 101).readUnclaimed(CLASS)).toBe(0);
    expect(totals(world)).toMatchObject({ tasksArrived: 2, tasksCancelled: 2 });
  });
});
