import { describe, expect, test } from '@jest/globals';
import { CLASS, SECOND, at, desired, drive, task, tinyWorld, totals } from './tiny-world.ts';

const REUSE = { reuse: true, idleTimeoutMs: 600 * SECOND };

describe('a fleet whose agents take task after task', () => {
  test('serves a task that waited with the machine of the one before it', () => {
    const world = tinyWorld({ fleet: REUSE, tasks: [task(), task()] });
    world.setDesiredCapacity('linux', 1);
    at(world, 3600);
    // Claimed at 58 s and again the moment the first one of 100 s ends.
    expect(totals(world)).toMatchObject({ launches: 1, tasksServed: 2, waits: [58, 158] });
  });

  test('ends a machine when it was without a task for the idle timeout, and not before', () => {
    const world = tinyWorld({ fleet: REUSE, tasks: [task()] });
    world.setDesiredCapacity('linux', 1);
    // Free at 158 s; the timeout of 600 s and 4 s of clean-up end it at 762 s.
    expect(desired(at(world, 761))).toBe(1);
    expect(desired(at(world, 763))).toBe(0);
  });

  test('starts the timeout anew after every task', () => {
    const world = tinyWorld({
      fleet: REUSE,
      tasks: [task(), task({ releaseAt: 700 * SECOND })],
    });
    world.setDesiredCapacity('linux', 1);
    expect(desired(at(world, 1300))).toBe(1);
    expect(totals(at(world, 3600))).toMatchObject({ launches: 1, tasksServed: 2 });
  });
});

describe('the truth about a class', () => {
  test('knows at once what the counts tell late', () => {
    const world = tinyWorld({ tasks: [task()], parameters: { countLag: 10 } });
    at(world, 1);
    expect(world.readUnclaimed(CLASS)).toBe(0);
    expect(world.truth(CLASS)).toMatchObject({ unclaimed: 1, running: 0, booting: 0 });
  });

  test('tells machines that finish from those that serve', () => {
    const world = drive(tinyWorld({ tasks: [task()] }), { until: 0 });
    expect(world.truth(CLASS)).toMatchObject({ desired: 1, booting: 0 });
    expect(at(world, 30).truth(CLASS)).toMatchObject({ booting: 1, busy: 0 });
    expect(at(world, 100).truth(CLASS)).toMatchObject({ busy: 1, running: 1, finishing: 0 });
    expect(at(world, 160).truth(CLASS)).toMatchObject({ busy: 0, running: 0, finishing: 1 });
  });
});
