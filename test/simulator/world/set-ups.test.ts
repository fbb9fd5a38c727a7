import { describe, expect, test } from '@jest/globals';
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
  when,
} from './tiny-world.ts';

describe('a group without a launch hook', () => {
  test('has a machine in service, and protected, as soon as it runs', () => {
    const world = tinyWorld({ tasks: [task()], fleet: { launchHook: false } });
    world.setDesiredCapacity(GROUP, 1);
    expect(when(world, () => lifecycles(world).includes('InService'))).toBe(6);
    world.setDesiredCapacity(GROUP, 0);
    // Its agent starts and claims when it would have with a hook.
    expect(totals(at(world, 300)).waits).toEqual([58]);
  });

  test('lists a runner only once its agent has started', () => {
    const world = tinyWorld({ fleet: { launchHook: false } });
    world.setDesiredCapacity(GROUP, 1);
    expect(at(world, 55).readRunners('acme/linux').size).toBe(0);
    expect(at(world, 57).readRunners('acme/linux').size).toBe(1);
  });

  test('replaces a machine whose boot failed once it has noticed that it stopped', () => {
    const world = tinyWorld({
      fleet: { launchHook: false },
      parameters: { bootFailureWindows: [{ from: 0, to: 60 }] },
    });
    world.setDesiredCapacity(GROUP, 1);
    // It stops at 56 s and is noticed at 126 s.
    expect(lifecycles(at(world, 125))).toEqual(['InService']);
    expect(lifecycles(at(world, 127))).toEqual(['Terminating', 'Pending']);
  });

  test('keeps it for ever where nothing ends it', () => {
    const world = tinyWorld({
      fleet: { launchHook: false, failedBoot: 'stay' },
      parameters: { bootFailure: 1 },
    });
    world.setDesiredCapacity(GROUP, 1);
    expect(lifecycles(at(world, 86_400))).toEqual(['InService']);
    expect(totals(world).launches).toBe(1);
  });

  test('chooses any of its machines where it does not protect them', () => {
    const world = tinyWorld({ tasks: [task()], fleet: { launchHook: false, protects: false } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 100);
    world.setDesiredCapacity(GROUP, 0);
    expect(totals(at(world, 500))).toMatchObject({ tasksKilled: 1, killedByLowering: 1 });
  });
});

describe('an agent that dies', () => {
  test('leaves with its place in the capacity, so that nothing is launched in its stead', () => {
    const world = tinyWorld({
      parameters: { agentDeath: 1, agentDeathAfter: exactly(0) },
    });
    world.setDesiredCapacity(GROUP, 1);
    expect(desired(at(world, 65))).toBe(0);
    expect(totals(at(world, 3600))).toMatchObject({ launches: 1, neverUsed: 1 });
  });

  test('takes its task with it after a while', () => {
    const world = tinyWorld({
      tasks: [task()],
      parameters: { agentDeath: 1, agentDeathAfter: exactly(40), lostTask: 10 },
    });
    world.setDesiredCapacity(GROUP, 1);
    // Started at 56 s, it claims at 58 s and dies at 96 s.
    expect(totals(at(world, 200))).toMatchObject({ tasksKilled: 1, killedByLowering: 0 });
    expect(desired(world)).toBe(0);
  });
});

describe('boots of which most fail', () => {
  test('are replaced by the group at once, without a decrement, until one succeeds', () => {
    const world = tinyWorld({
      tasks: [task({ durationMs: 10 * SECOND })],
      parameters: { bootFailure: 0.9 },
    });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 3600);
    const { launches, tasksServed, waits } = totals(world);
    expect(tasksServed).toBe(1);
    expect(launches).toBeGreaterThan(1);
    // Each failure costs a launch lag, the way to running and a boot.
    expect(waits).toEqual([(launches - 1) * 56 + 58]);
  });
});
