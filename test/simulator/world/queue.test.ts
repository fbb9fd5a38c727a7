import { describe, expect, test } from '@jest/globals';
import {
  CLASS,
  GROUP,
  at,
  drive,
  fleet,
  task,
  tinyWorld,
  totals,
  SECOND,
  SURE,
} from './tiny-world.ts';
import { createWorld } from '../../../simulator/world/world.ts';

describe('a task', () => {
  test('waits unclaimed from its release until an agent claims it, and runs for its duration', () => {
    const world = tinyWorld({ tasks: [task({ releaseAt: 10 * SECOND })] });
    const seen = (seconds: number) => {
      at(world, seconds);
      return [world.readUnclaimed(CLASS), world.readRunning(CLASS)];
    };
    expect(seen(9)).toEqual([0, 0]);
    expect(seen(10)).toEqual([1, 0]);
    world.setDesiredCapacity(GROUP, 1);
    // 10 + 58 s: see SURE.
    expect(seen(67.999)).toEqual([1, 0]);
    expect(seen(68)).toEqual([0, 1]);
    expect(seen(167.999)).toEqual([0, 1]);
    expect(seen(168)).toEqual([0, 0]);
    expect(totals(world)).toMatchObject({ tasksServed: 1, waits: [58] });
  });

  test('is served in order of release, whatever the order in the list', () => {
    const tasks = [task({ releaseAt: 20 * SECOND }), task({ releaseAt: 10 * SECOND })];
    const world = at(tinyWorld({ tasks, fleet: { max: 1 } }), 30);
    world.setDesiredCapacity(GROUP, 1);
    at(world, 30 + 58 + 100);
    expect(totals(world).waits).toEqual([30 + 58 - 10]);
  });

  test('that was released before the start is released at the start', () => {
    const world = drive(tinyWorld({ startAt: 0, tasks: [task({ releaseAt: -500 * SECOND })] }));
    expect(totals(world).waits).toEqual([58]);
  });

  test('is released when the last of its predecessors has ended', () => {
    const tasks = [
      task({ durationMs: 50 * SECOND }),
      task({ durationMs: 90 * SECOND }),
      task({ after: [0, 1] }),
    ];
    const world = tinyWorld({ tasks });
    world.setDesiredCapacity(GROUP, 2);
    expect(at(world, 58 + 90 - 0.001).readUnclaimed(CLASS)).toBe(0);
    expect(at(world, 58 + 90).readUnclaimed(CLASS)).toBe(1);
  });

  test('is not released before its own time, though its predecessors have ended', () => {
    const world = tinyWorld({ tasks: [task(), task({ after: [0], releaseAt: 500 * SECOND })] });
    world.setDesiredCapacity(GROUP, 1);
    expect(at(world, 499).readUnclaimed(CLASS)).toBe(0);
    expect(at(world, 500).readUnclaimed(CLASS)).toBe(1);
  });

  test('that is still unclaimed when its patience ends is cancelled, and its successors come', () => {
    const tasks = [task({ cancelAfterMs: 30 * SECOND }), task({ after: [0] })];
    const world = tinyWorld({ tasks });
    expect(at(world, 29.999).readUnclaimed(CLASS)).toBe(1);
    at(world, 30);
    expect(totals(world)).toMatchObject({ tasksArrived: 2, tasksCancelled: 1 });
    expect(world.readUnclaimed(CLASS)).toBe(1);
  });

  test('that was claimed in time is not cancelled', () => {
    const world = drive(tinyWorld({ tasks: [task({ cancelAfterMs: 60 * SECOND })] }));
    expect(totals(world)).toMatchObject({ tasksServed: 1, tasksCancelled: 0 });
  });

  test('that nobody can claim counts as unclaimed, and lets others pass', () => {
    const world = tinyWorld({ tasks: [task({ unclaimable: true }), task({ releaseAt: 1 })] });
    drive(world, { until: 600 });
    expect(world.readUnclaimed(CLASS)).toBe(1);
    expect(totals(world)).toMatchObject({ tasksServed: 1 });
  });

  test('that runs longer than its fleet allows is killed', () => {
    const world = drive(tinyWorld({ tasks: [task()], fleet: { maxRunTimeMs: 40 * SECOND } }));
    expect(totals(world)).toMatchObject({
      tasksServed: 0,
      tasksKilled: 1,
      busySeconds: 40,
      waits: [],
    });
  });

  test('of a class without a fleet is counted by class, and its successors still come', () => {
    const tasks = [task({ resourceClass: 'acme/arm' }), task({ after: [0] })];
    const world = drive(tinyWorld({ tasks }));
    expect(world.unserved()).toEqual(new Map([['acme/arm', 1]]));
    expect(totals(world)).toMatchObject({ tasksArrived: 1, tasksServed: 1 });
    expect(world.finished).toBe(true);
  });
});

describe('a world is finished', () => {
  test('when every task has ended and its machines are gone', () => {
    const world = tinyWorld({ tasks: [task()] });
    world.setDesiredCapacity(GROUP, 1);
    // 58 + 100 s until the end of the task; 4 + 1 + 30 s until the instance has left.
    expect(at(world, 192.999).finished).toBe(false);
    expect(at(world, 193).finished).toBe(true);
  });

  test('though a task is left that nobody will ever claim, with what waits for it', () => {
    const world = tinyWorld({ tasks: [task({ unclaimable: true }), task({ after: [0] })] });
    expect(at(world, 1).finished).toBe(true);
  });

  test('not while the desired capacity is above the minimum', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 1);
    expect(world.finished).toBe(false);
  });
});

describe('a world refuses', () => {
  test.each([
    [
      'a predecessor that is not in the list',
      [task({ id: 'a', after: [1] })],
      /task "a" waits for task number 1; allowed/,
    ],
    [
      'tasks that wait for each other',
      [task({ id: 'a', after: [1] }), task({ id: 'b', after: [0] })],
      /task "a" waits for itself/,
    ],
  ])('%s', (_, tasks, message) => {
    expect(() => tinyWorld({ tasks })).toThrow(message);
  });

  test.each([
    [
      'two fleets for one class',
      [fleet(), fleet({ group: 'other' })],
      /each class and each group once/,
    ],
    [
      'two fleets in one group',
      [fleet(), fleet({ resourceClass: 'acme/arm' })],
      /each class and each group once/,
    ],
    ['a maximum below the minimum', [fleet({ min: 3, max: 2 })], /min 3 and max 2; allowed/],
  ])('%s', (_, fleets, message) => {
    expect(() => createWorld({ seed: 1, startAt: 0, fleets, tasks: [], parameters: SURE })).toThrow(
      message,
    );
  });
});
