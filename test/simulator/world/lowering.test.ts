import { describe, expect, test } from '@jest/globals';
import {
  CLASS,
  GROUP,
  SECOND,
  at,
  desired,
  exactly,
  lifecycles,
  task,
  tinyWorld,
  totals,
} from './tiny-world.ts';

describe('a machine in service that gave up its protection', () => {
  test('is ended at once while fewer are desired than are present', () => {
    // Its task ends at 158 s, it says so at 159 s and would end itself at 162 s.
    const world = tinyWorld({ tasks: [task(), task({ durationMs: 900 * SECOND })] });
    world.setDesiredCapacity(GROUP, 2);
    world.setDesiredCapacity(GROUP, 1);
    world.setDesiredCapacity(GROUP, 2);
    at(world, 100);
    world.setDesiredCapacity(GROUP, 1);
    expect(lifecycles(at(world, 158.9))).toEqual(['InService', 'InService']);
    expect(lifecycles(at(world, 159))).toEqual(['Terminating', 'InService']);
    expect(desired(at(world, 170))).toBe(1);
  });

  test('loses its task when an operator stopped the group and its agent has not reported yet', () => {
    const world = tinyWorld({
      tasks: [task()],
      parameters: {
        report: exactly(3),
        lostTask: 10,
        maxZeroWindows: [{ from: 100, to: 400 }],
      },
    });
    world.setDesiredCapacity(GROUP, 1);
    // The task ends at 158 s, the protection at 159 s, the machine at 160 s; the report would be at 161 s.
    expect(lifecycles(at(world, 158.9))).toEqual(['InService']);
    expect(totals(at(world, 300))).toMatchObject({
      tasksServed: 0,
      tasksKilled: 1,
      killedByLowering: 1,
      pendingCancels: 0,
    });
  });

  test('keeps it when its agent has reported first', () => {
    const world = tinyWorld({
      tasks: [task()],
      parameters: { report: exactly(0.5), maxZeroWindows: [{ from: 100, to: 400 }] },
    });
    world.setDesiredCapacity(GROUP, 1);
    expect(totals(at(world, 300))).toMatchObject({ tasksServed: 1, killedByLowering: 0 });
  });
});

describe('a lowered capacity', () => {
  test('kills the task of a machine that is still Pending:Proceed', () => {
    const world = tinyWorld({
      tasks: [task()],
      parameters: { proceed: exactly(15), lostTask: 10 },
    });
    world.setDesiredCapacity(GROUP, 1);
    // Its hook is completed at 56 s, it has a task since 58 s, and is protected from 71 s on.
    expect(lifecycles(at(world, 60))).toEqual(['Pending:Proceed']);
    expect(world.readRunning(CLASS)).toBe(1);
    world.setDesiredCapacity(GROUP, 0);
    expect(totals(at(world, 100))).toMatchObject({
      tasksKilled: 1,
      killedByLowering: 1,
      pendingCancels: 1,
    });
  });

  test('ends no protected machine in service', () => {
    const world = tinyWorld({ tasks: [task()] });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 60);
    world.setDesiredCapacity(GROUP, 0);
    expect(lifecycles(at(world, 150))).toEqual(['InService']);
    expect(totals(at(world, 300))).toMatchObject({ tasksServed: 1, killedByLowering: 0 });
  });

  test('is told apart by what lowered it', () => {
    const world = tinyWorld({ parameters: { maxZeroWindows: [{ from: 30, to: 31 }] } });
    world.setDesiredCapacity(GROUP, 2);
    at(world, 20);
    world.setDesiredCapacity(GROUP, 1);
    expect(totals(at(world, 40))).toMatchObject({
      pendingCancels: 2,
      cancelsByBounds: 1,
      cancelsByDecrement: 0,
    });
  });
});

describe('a terminate call that is repeated because its answer was lost', () => {
  const repeated = (repeatDecrements: boolean) => {
    const world = tinyWorld({
      tasks: [task()],
      parameters: { lostAnswer: 1, repeatDecrements, repeatAfter: exactly(0.5) },
    });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 150);
    // The second machine boots while the first one, whose task ends at 158 s, leaves at 162 s.
    world.setDesiredCapacity(GROUP, 2);
    return at(world, 170);
  };

  test('cancels a machine that boots when the repetition lowers the capacity too', () => {
    const world = repeated(true);
    expect(desired(world)).toBe(0);
    expect(totals(world)).toMatchObject({ pendingCancels: 1, cancelsByDecrement: 1 });
  });

  test('does nothing when the group takes it for the same', () => {
    const world = repeated(false);
    expect(desired(world)).toBe(1);
    expect(totals(world).pendingCancels).toBe(0);
  });
});
