import { describe, expect, test } from '@jest/globals';
import type { WorldFault } from '../../../simulator/world/fault.ts';
import type { World } from '../../../simulator/world/world.ts';
import {
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

/** What a call was refused with. */
function refusal(call: () => void): Pick<WorldFault, 'code' | 'status' | 'message'> | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error as WorldFault;
  }
}

function firstId(world: World): string {
  return world.groups()[0]?.instances[0]?.id ?? 'none';
}

/** A world in which so many instances are InService without a task. */
function inService(count: number, options: Parameters<typeof tinyWorld>[0] = {}): World {
  const world = tinyWorld(options);
  world.setDesiredCapacity(GROUP, count);
  return at(world, 56);
}

describe('a group', () => {
  test('launches what its desired capacity lacks, through the states of a launch hook', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 2);
    expect(lifecycles(at(world, 0.999))).toEqual([]);
    expect(lifecycles(at(world, 1))).toEqual(['Pending', 'Pending']);
    expect(lifecycles(at(world, 6))).toEqual(['Pending:Wait', 'Pending:Wait']);
    expect(lifecycles(at(world, 56))).toEqual(['InService', 'InService']);
  });

  test('starts with its minimum', () => {
    const world = at(tinyWorld({ fleet: { min: 2 } }), 56);
    expect([desired(world), lifecycles(world)]).toEqual([2, ['InService', 'InService']]);
  });

  test('describes itself as its tags and its instances say', () => {
    const world = inService(1, { fleet: { headroom: 1, instanceType: 'c7g.large' } });
    expect(world.groups()).toEqual([
      {
        group: GROUP,
        tags: {
          'runner-scaler:name': 'simulator',
          'runner-scaler:source': 'circleci',
          'runner-scaler:resource-class': 'acme/linux',
          'runner-scaler:headroom': '1',
          'runner-scaler:last-used': '1969-12-31',
        },
        min: 0,
        max: 10,
        desired: 1,
        suspended: [],
        template: '1',
        instances: [
          {
            id: expect.stringMatching(/^i-[0-9a-f]{17}$/),
            lifecycle: 'InService',
            protected: true,
            health: 'Healthy',
            zone: 'us-east-1a',
            type: 'c7g.large',
          },
        ],
      },
    ]);
  });

  test('refuses a desired capacity above its maximum, and stays as it is', () => {
    const world = tinyWorld();
    expect(refusal(() => world.setDesiredCapacity(GROUP, 11))).toMatchObject({
      code: 'ValidationError',
      status: 400,
      message: 'New SetDesiredCapacity value 11 is above max value 10 for the AutoScalingGroup.',
    });
    expect(desired(world)).toBe(0);
  });

  test('refuses a desired capacity below its minimum', () => {
    const world = tinyWorld({ fleet: { min: 2 } });
    expect(refusal(() => world.setDesiredCapacity(GROUP, 1))).toMatchObject({
      message: 'New SetDesiredCapacity value 1 is below min value 2 for the AutoScalingGroup.',
    });
  });

  test('that does not exist is refused as AWS refuses it', () => {
    const world = tinyWorld();
    expect(refusal(() => world.setDesiredCapacity('other', 1))).toMatchObject({
      code: 'ValidationError',
      message: 'AutoScalingGroup name not found - null',
    });
  });

  test('does not launch twice what was asked for twice', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 2);
    at(world, 0.5).setDesiredCapacity(GROUP, 2);
    at(world, 0.6).setDesiredCapacity(GROUP, 3);
    expect(lifecycles(at(world, 10))).toHaveLength(3);
  });

  test('does not ask again for what it already asked for when anything else changes', () => {
    const world = tinyWorld({ parameters: { launchLag: { min: 1, max: 100 } } });
    world.setDesiredCapacity(GROUP, 1);
    const appearsAt = world.nextEventAt();
    for (let repeat = 0; repeat < 20; repeat += 1) world.resumeProcesses(GROUP, ['AZRebalance']);
    expect(world.nextEventAt()).toBe(appearsAt);
  });

  test('drops launches that were taken back before they began', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 5);
    at(world, 0.5).setDesiredCapacity(GROUP, 2);
    at(world, 56);
    expect(totals(world)).toMatchObject({ launches: 2, pendingCancels: 0 });
  });

  test('lowers the number but ends no instance in service: they are protected', () => {
    const world = inService(3);
    world.setDesiredCapacity(GROUP, 0);
    expect(desired(world)).toBe(0);
    expect(lifecycles(at(world, 120))).toEqual(['InService', 'InService', 'InService']);
  });

  test('ends instances in service that gave up their protection before those that boot', () => {
    const tasks = [task({ durationMs: 10 * SECOND })];
    const world = tinyWorld({ tasks, parameters: { exit: exactly(60) } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 60).setDesiredCapacity(GROUP, 2);
    at(world, 80).setDesiredCapacity(GROUP, 1);
    expect(lifecycles(world)).toEqual(['Terminating', 'Pending:Wait']);
  });

  test('lowers its desired capacity with its maximum, and raises it with its minimum', () => {
    const world = inService(4);
    world.setBounds(GROUP, 0, 2);
    expect(desired(world)).toBe(2);
    world.setBounds(GROUP, 5, 8);
    expect(desired(world)).toBe(5);
    expect(lifecycles(at(world, 130))).toHaveLength(5);
  });

  test('refuses a maximum below its minimum', () => {
    expect(refusal(() => tinyWorld().setBounds(GROUP, 3, 2))).toMatchObject({
      message: 'Max bound, 2, must be greater than or equal to min bound, 3',
    });
  });
});

describe('an instance that is terminated', () => {
  test('with decrement takes its place with it and is not replaced', () => {
    const world = inService(2);
    world.terminateInstance(firstId(world), true);
    expect([desired(world), lifecycles(world)]).toEqual([1, ['Terminating', 'InService']]);
    expect(lifecycles(at(world, 56 + 31))).toEqual(['InService']);
  });

  test('without decrement is replaced', () => {
    const world = inService(1);
    world.terminateInstance(firstId(world), false);
    expect([desired(world), lifecycles(at(world, 57))]).toEqual([1, ['Terminating', 'Pending']]);
  });

  test('is refused its decrement when the desired capacity is the minimum', () => {
    const world = inService(1, { fleet: { min: 1 } });
    expect(refusal(() => world.terminateInstance(firstId(world), true))).toMatchObject({
      code: 'ValidationError',
      message:
        'Currently, desiredSize equals minSize (1). Terminating instance without replacement will ' +
        "violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to " +
        "false or lower group's min size.",
    });
    expect(lifecycles(world)).toEqual(['InService']);
  });

  test('a second time costs the group no second place', () => {
    const world = inService(3);
    const id = firstId(world);
    world.terminateInstance(id, true);
    world.terminateInstance(id, true);
    expect(desired(world)).toBe(2);
  });

  test('loses its task', () => {
    const world = inService(1, { tasks: [task()], parameters: { lostTask: 0 } });
    at(world, 70).terminateInstance(firstId(world), true);
    at(world, 72);
    expect(totals(world)).toMatchObject({ tasksKilled: 1, tasksServed: 0 });
  });

  test('must be one of the group', () => {
    expect(refusal(() => tinyWorld().terminateInstance('i-0', true))).toMatchObject({
      code: 'ValidationError',
      message: 'Instance Id not found - No managed instance found for instance ID i-0',
    });
  });
});

describe('a launch hook', () => {
  test('that is completed from outside puts the instance in service', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 1);
    at(world, 10).completeLifecycleAction(firstId(world), 'CONTINUE');
    expect(lifecycles(at(world, 10))).toEqual(['InService']);
  });

  test('that is abandoned ends the instance; the group launches another and says that it failed', () => {
    const world = tinyWorld();
    const events: string[] = [];
    world.onEvent(({ kind }) => events.push(kind));
    world.setDesiredCapacity(GROUP, 1);
    at(world, 10).completeLifecycleAction(firstId(world), 'ABANDON');
    expect(lifecycles(at(world, 11))).toEqual(['Terminating', 'Pending']);
    expect(events).toEqual(['launch-failed', 'instance-shutting-down']);
  });

  test('can be completed only while it waits', () => {
    const world = inService(1);
    const id = firstId(world);
    expect(refusal(() => world.completeLifecycleAction(id, 'CONTINUE'))).toMatchObject({
      code: 'ValidationError',
      message: `No active Lifecycle Action found with instance ID ${id}`,
    });
  });
});

describe('a suspended process', () => {
  test('Launch launches nothing until it is resumed', () => {
    const world = tinyWorld();
    world.suspendProcesses(GROUP, ['Launch']);
    world.setDesiredCapacity(GROUP, 1);
    expect(lifecycles(at(world, 300))).toEqual([]);
    world.resumeProcesses(GROUP, ['Launch']);
    expect(lifecycles(at(world, 301))).toEqual(['Pending']);
  });

  test.each(['HealthCheck', 'ReplaceUnhealthy', 'Terminate'])(
    '%s leaves a dead machine counted until it is resumed',
    (process) => {
      const world = tinyWorld({ tasks: [task()], parameters: { finish: 'stop' } });
      world.suspendProcesses(GROUP, [process]);
      world.setDesiredCapacity(GROUP, 1);
      expect(lifecycles(at(world, 600))).toEqual(['InService']);
      world.resumeProcesses(GROUP, [process]);
      expect(lifecycles(at(world, 601))).toEqual(['Terminating', 'Pending']);
    },
  );

  test('Terminate spares booting instances when the desired capacity drops', () => {
    const world = tinyWorld();
    world.setDesiredCapacity(GROUP, 1);
    world.suspendProcesses(GROUP, ['Terminate']);
    at(world, 2).setDesiredCapacity(GROUP, 0);
    expect(lifecycles(at(world, 56))).toEqual(['InService']);
  });

  test('is named in the description', () => {
    const world = tinyWorld();
    world.suspendProcesses(GROUP, ['AZRebalance']);
    expect(world.groups()[0]?.suspended).toEqual(['AZRebalance']);
  });
});

describe('events', () => {
  test('tell when a task has ended, its machine shuts down and has left, with group, instance and time', () => {
    const world = tinyWorld({ tasks: [task()] });
    const events: unknown[] = [];
    world.onEvent((event) => events.push(event));
    world.setDesiredCapacity(GROUP, 1);
    at(world, 600);
    // The task ends at 158 s; word of it 1 s, exit 4 s, terminate 1 s, shutdown 30 s.
    const instanceId = expect.stringMatching(/^i-[0-9a-f]{17}$/);
    expect(events).toEqual([
      { kind: 'task-ended', group: GROUP, at: 159 * SECOND, instanceId },
      { kind: 'instance-shutting-down', group: GROUP, at: 163 * SECOND, instanceId },
      { kind: 'instance-terminated', group: GROUP, at: 193 * SECOND, instanceId },
    ]);
  });

  test('tell once of several launches that fail at one moment, and again when it is retried', () => {
    const world = tinyWorld({ parameters: { noCapacityWindows: [{ from: 0, to: 100 }] } });
    const events: unknown[] = [];
    world.onEvent(({ kind, at: moment }) => events.push([kind, moment / SECOND]));
    world.setDesiredCapacity(GROUP, 3);
    expect(lifecycles(at(world, 121))).toHaveLength(3);
    expect(events).toEqual([
      ['launch-failed', 1],
      ['launch-failed', 61],
    ]);
  });

  test('no longer reach a listener that went', () => {
    const world = tinyWorld({ tasks: [task()] });
    const events: unknown[] = [];
    world.onEvent((event) => events.push(event))();
    world.setDesiredCapacity(GROUP, 1);
    at(world, 600);
    expect(events).toEqual([]);
  });

  test('come with a version that has grown', () => {
    const world = tinyWorld();
    const before = world.version;
    world.setDesiredCapacity(GROUP, 1);
    expect(world.version).toBeGreaterThan(before);
    const asked = world.version;
    expect(at(world, 0.5).version).toBe(asked);
    expect(at(world, 1).version).toBeGreaterThan(asked);
  });
});
