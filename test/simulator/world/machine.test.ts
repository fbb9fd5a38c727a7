import { describe, expect, test } from '@jest/globals';
import {
  GROUP,
  SECOND,
  at,
  desired,
  drive,
  exactly,
  fleet,
  lifecycles,
  task,
  tinyWorld,
  totals,
  when,
} from './tiny-world.ts';

describe('a machine', () => {
  test('takes one task, gives its place back and leaves', () => {
    const world = tinyWorld({ tasks: [task(), task()], fleet: { max: 1 } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 193);
    expect(totals(world)).toMatchObject({ tasksServed: 1, launches: 1, neverUsed: 0 });
    expect([desired(world), lifecycles(world)]).toEqual([0, []]);
  });

  test('that finds no task ends after its idle timeout and counts as never used', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 1);
    // Agent from 56 s, idle timeout 300 s, exit 4 s.
    expect(when(at(world, 60), () => desired(world) === 0)).toBe(360);
    at(world, 400);
    expect(totals(world)).toMatchObject({ launches: 1, neverUsed: 1, busySeconds: 0 });
  });

  test('that found no task says nothing of one', () => {
    const world = tinyWorld();
    const events: string[] = [];
    world.onEvent(({ kind }) => events.push(kind));
    world.setDesiredCapacity(GROUP, 1);
    at(world, 400);
    expect(events).toEqual(['instance-shutting-down', 'instance-terminated']);
  });

  test('that left before its word got out says nothing', () => {
    const world = tinyWorld({ tasks: [task()], parameters: { tell: exactly(10) } });
    const events: string[] = [];
    world.onEvent(({ kind }) => events.push(kind));
    world.setDesiredCapacity(GROUP, 1);
    at(world, 400);
    expect(events).toEqual(['instance-shutting-down', 'instance-terminated']);
  });

  test('at the minimum of its group ends without decrement and is replaced', () => {
    const world = tinyWorld({ tasks: [task()], fleet: { min: 1 } });
    at(world, 164);
    expect([desired(world), lifecycles(world)]).toEqual([1, ['Terminating', 'Pending']]);
  });

  test('that only powers off counts as capacity until it is noticed, and masks new work', () => {
    const tasks = [task(), task({ releaseAt: 170 * SECOND })];
    const world = drive(tinyWorld({ tasks, parameters: { finish: 'stop' } }), { every: 10 });
    // Dead at 162 s, noticed and replaced at 232 s; the second task waits 70 - 8 + 58 s.
    expect(totals(world).waits).toEqual([58, 120]);
  });

  test('that only powered off is recorded as finishing until it is noticed', () => {
    const world = tinyWorld({ tasks: [task()], parameters: { finish: 'stop' } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 300);
    const ends = world.record()[0]?.samples.map(({ at: moment, finishing }) => [moment, finishing]);
    // Powered off at 162 s; noticed 70 s later.
    expect(ends).toContainEqual([158 * SECOND, 1]);
    expect(ends).toContainEqual([232 * SECOND, 0]);
    expect(ends).not.toContainEqual([162 * SECOND, 0]);
  });

  test('that only powered off is replaced when nobody lowered the capacity', () => {
    const world = tinyWorld({ tasks: [task()], parameters: { finish: 'stop' } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 233);
    expect(lifecycles(world)).toEqual(['Terminating', 'Pending']);
    expect(world.groups()[0]?.instances[0]?.health).toBe('Unhealthy');
  });

  test('is billed from running to shutting down', () => {
    const world = tinyWorld({ tasks: [task()], fleet: { pricePerHour: 36 } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 600);
    // Running from 6 s to 163 s.
    expect(totals(world)).toMatchObject({ instanceSeconds: 157, busySeconds: 100, idleSeconds: 2 });
    expect(totals(world).machineCost).toBeCloseTo(1.57, 10);
  });

  test('is billed so far while it still runs', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 1);
    expect(totals(at(world, 106)).instanceSeconds).toBe(100);
  });

  test('that was cancelled before it ran costs nothing', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 1);
    at(world, 2).setDesiredCapacity(GROUP, 0);
    at(world, 100);
    expect(totals(world)).toMatchObject({ pendingCancels: 1, neverUsed: 1, instanceSeconds: 0 });
  });

  test('with an image of its own boots as that does', () => {
    const world = tinyWorld({ tasks: [task()], fleet: { boot: { min: 20, max: 20 } } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 400);
    expect(totals(world).waits).toEqual([28]);
  });
});

describe('a group that lowers its capacity ends', () => {
  const cancelled = (pendingCancel: 'none' | 'pending' | 'pending-and-waiting') => {
    const world = tinyWorld({ parameters: { pendingCancel } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 10).setDesiredCapacity(GROUP, 2);
    // At 12 s the first waits for its hook and the second is Pending.
    at(world, 12).setDesiredCapacity(GROUP, 0);
    return lifecycles(world);
  };

  test.each([
    ['none', ['Pending:Wait', 'Pending']],
    ['pending', ['Pending:Wait', 'Terminating']],
    ['pending-and-waiting', ['Terminating', 'Terminating']],
  ] as const)('of its booting instances with pendingCancel %s', (rule, expected) => {
    expect(cancelled(rule)).toEqual(expected);
  });

  test('no more of them than are too many, the oldest first', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 3);
    at(world, 10).setDesiredCapacity(GROUP, 2);
    expect(lifecycles(world)).toEqual(['Terminating', 'Pending:Wait', 'Pending:Wait']);
  });
});

describe('a spot machine that is interrupted', () => {
  const interrupted = (retryOnInterruption: boolean) => {
    const world = tinyWorld({
      // In this world the first machine is interrupted 266 s into its task, the second is not.
      seed: 1,
      fleet: { spot: true, max: 1 },
      tasks: [task({ durationMs: 3000 * SECOND })],
      parameters: { retryOnInterruption, spotInterruptions: 2, lostTask: 300 },
    });
    return drive(world, { every: 10 });
  };

  test('loses its task', () => {
    expect(totals(interrupted(false))).toMatchObject({ tasksKilled: 1, tasksServed: 0, waits: [] });
  });

  test('hands its task back, which is served from its beginning and waited twice', () => {
    const sums = totals(interrupted(true));
    expect(sums).toMatchObject({ tasksServed: 1, tasksKilled: 0, launches: 2 });
    // Interrupted after 266 s, noticed 70 s later, and then 58 s as ever.
    expect(sums.waits).toEqual([58 + 70 + 58]);
    expect(sums.busySeconds).toBeCloseTo(266.294 + 3000, 3);
  });

  test('while it cleans up no longer gives its place back', () => {
    const world = tinyWorld({
      seed: 1,
      fleet: { spot: true },
      tasks: [task()],
      parameters: { spotInterruptions: 2, exit: exactly(3000), noticeLag: exactly(5000) },
    });
    world.setDesiredCapacity(GROUP, 1);
    // Interrupted at 324 s; the terminate call would have come at 3,158 s.
    expect([desired(at(world, 3200)), totals(world).tasksServed]).toEqual([1, 1]);
  });

  test('is not interrupted where the fleet is on demand', () => {
    const world = tinyWorld({ tasks: [task()], parameters: { spotInterruptions: 1000 } });
    expect(totals(drive(world))).toMatchObject({ tasksServed: 1, launches: 1 });
  });
});

describe('a plan with fewer places than tasks', () => {
  /** A machine and a task in each of two classes, and one place for both; linux is served first. */
  const onePlace = (linux: { spot: boolean; durationMs: number }) => {
    const world = tinyWorld({
      tasks: [task({ durationMs: linux.durationMs }), task({ resourceClass: ARM, releaseAt: 1 })],
      fleets: [
        fleet({ spot: linux.spot, idleTimeoutMs: 900 * SECOND }),
        fleet({ group: 'arm', resourceClass: ARM, idleTimeoutMs: 900 * SECOND }),
      ],
      parameters: { planConcurrency: 1, spotInterruptions: 2, retryOnInterruption: true },
    });
    world.setDesiredCapacity(GROUP, 1);
    world.setDesiredCapacity('arm', 1);
    return world;
  };

  test('lets another class claim as soon as a task ends', () => {
    const world = onePlace({ spot: false, durationMs: 100 * SECOND });
    expect(at(world, 157).readRunning(ARM)).toBe(0);
    // The first task ends at 158 s; the other agent asks every 5 s from 58 s on.
    expect(at(world, 158).readRunning(ARM)).toBe(1);
  });

  test('lets another class claim as soon as a task is handed back', () => {
    const world = onePlace({ spot: true, durationMs: 3000 * SECOND });
    // Interrupted at 324.3 s; the other agent asks at 328 s.
    expect(at(world, 327).readRunning(ARM)).toBe(0);
    expect(at(world, 328).readRunning(ARM)).toBe(1);
  });
});

const ARM = 'acme/arm';

describe('an agent whose requests are held for 50 s, with pauses of 5 s', () => {
  // It asks from 58 s on; 56 s after the launch its machine is in service, and its idle timeout begins.
  const ended = (idleSeconds: number) => {
    const world = tinyWorld({
      tasks: [task({ releaseAt: 4000 * SECOND })],
      fleet: { idleTimeoutMs: idleSeconds * SECOND },
      parameters: { requestHeld: 50 },
    });
    world.setDesiredCapacity(GROUP, 1);
    return when(world, () => desired(world) === 0);
  };

  test.each([
    ['in its first request, with that', 20, 58 + 50],
    ['in the pause after it, before the next one', 53, 58 + 55],
    ['in the second request, with that', 60, 58 + 55 + 50],
  ])('that has been idle for too long %s ends', (_when, idle, at) => {
    // Four seconds of clean-up follow.
    expect(ended(idle)).toBe(at + 4);
  });

  test('claims what comes after its idle timeout, while its request is under way', () => {
    const world = tinyWorld({
      tasks: [task({ releaseAt: 100 * SECOND })],
      fleet: { idleTimeoutMs: 20 * SECOND },
      parameters: { requestHeld: 50 },
    });
    world.setDesiredCapacity(GROUP, 1);
    expect(totals(at(world, 400))).toMatchObject({ tasksServed: 1, waits: [0] });
  });
});
