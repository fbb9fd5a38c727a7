import { expect, test } from '@jest/globals';
import { ours } from '../../../simulator/experiment/rules/ours.ts';
import { runRule } from '../../../simulator/experiment/run-rule.ts';
import { WAKING_EVENTS } from '../../../simulator/drive/scaler-function.ts';
import { WorldFault } from '../../../simulator/world/fault.ts';
import type { World } from '../../../simulator/world/world.ts';
import { fleet, task } from '../world/tiny-world.ts';

/** Groups that do not say since when a process is suspended. */
function withoutReasons(world: World): World {
  const terse: World = Object.create(world);
  terse.groups = () =>
    world.groups().map((group) => {
      const { suspendedBecause, ...rest } = group;
      return suspendedBecause === undefined ? group : rest;
    });
  return terse;
}

/** Half of the changes of a process or a tag are refused, by chance. */
function refusingHalf(world: World): World {
  const flapping: World = Object.create(world);
  const draw = world.luck('refusals');
  let calls = 0;
  const flaps =
    <Args extends readonly unknown[]>(call: (...args: Args) => void) =>
    (...args: Args) => {
      calls += 1;
      if (draw(calls) < 0.5) throw new WorldFault('Throttling', 'Rate exceeded');
      call(...args);
    };
  flapping.suspendProcesses = flaps(world.suspendProcesses.bind(world));
  flapping.resumeProcesses = flaps(world.resumeProcesses.bind(world));
  flapping.setTag = flaps(world.setTag.bind(world));
  return flapping;
}

test.each([
  ['do not say since when launches are suspended', withoutReasons],
  ['refuse half of the changes of a process or a tag', refusingHalf],
  ['do both', (world: World) => withoutReasons(refusingHalf(world))],
])(
  'boots that fail for an hour are bounded, and recover, where groups %s',
  async (_what, between) => {
    const rule = ours({ everySeconds: 10, events: WAKING_EVENTS, between });
    const waiting = Array.from({ length: 40 }, () => task());
    const run = await runRule(rule, {
      seed: 1,
      startAt: 0,
      tasks: waiting,
      fleets: [fleet({ max: 100 })],
      parameters: {
        bootFailureWindows: [{ from: 0, to: 3600 }],
        containers: 3,
        routing: 'random',
      },
      sampleLimit: 2,
    });
    // A hundred in vain prove it; those under way then come too, more where it takes some tries to stop them.
    expect(run.classes[0]?.totals.launches).toBeLessThan(500);
    expect(run.classes[0]?.totals.tasksServed).toBe(40);
  },
);
