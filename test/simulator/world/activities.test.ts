import { expect, test } from '@jest/globals';
import { GROUP, SECOND, exactly, task, tinyWorld } from './tiny-world.ts';
import type { World } from '../../../simulator/world/world.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';

/** The record of a group that was asked for one machine, as it is some minutes later, oldest first. */
function recordOf(
  parameters: Partial<Parameters>,
  until = 140,
  act = (_world: World) => undefined,
) {
  const world = tinyWorld({ tasks: [task({ releaseAt: 5000 * SECOND })], parameters });
  world.setDesiredCapacity(GROUP, 1);
  world.advanceTo(40 * SECOND);
  act(world);
  world.advanceTo(until * SECOND);
  return world
    .activities(GROUP)
    .toReversed()
    .map(({ description, status, sentence = '' }) => [
      description.replace(/ EC2 instance(: i-[0-9a-f]{17})?.*/, (_all, id) =>
        id ? ' one' : ' none',
      ),
      status,
      /abandoned: (.*)/.exec(sentence)?.[1] ?? sentence,
    ]);
}

const LAUNCHING = 'Launching a new one';

test('a launch is on record as under way, and as successful once its machine is in service', () => {
  expect(recordOf({}, 50)).toEqual([[LAUNCHING, 'InProgress', '']]);
  expect(recordOf({})).toEqual([[LAUNCHING, 'Successful', '']]);
});

test('a boot that fails is a launch that was abandoned, an end, and the next launch', () => {
  expect(recordOf({ bootFailure: 1 }, 60)).toEqual([
    [LAUNCHING, 'Cancelled', 'Lifecycle Action Completed with ABANDON Result'],
    ['Terminating one', 'Successful', ''],
    [LAUNCHING, 'InProgress', ''],
  ]);
});

test('a boot that hangs is abandoned for its time limit', () => {
  const [first] = recordOf({ bootHang: 1, hookTimeout: 60 });
  expect(first).toEqual([LAUNCHING, 'Cancelled', 'Heartbeat Timeout']);
});

test('a launch without capacity has no machine, and a sentence of AWS', () => {
  const record = recordOf({ noCapacityWindows: [{ from: 0, to: 3600 }], launchRetry: 60 });
  expect(record.length).toBeGreaterThan(1);
  expect(new Set(record.map(([what, status]) => `${what} ${status}`))).toEqual(
    new Set(['Launching a new none Failed']),
  );
  expect(record[0]?.[2]).toContain('sufficient capacity');
});

test('a launch that a lowered capacity cancels is not said to be abandoned', () => {
  const record = recordOf({ launchLag: exactly(1) }, 60, (world) => {
    world.setDesiredCapacity(GROUP, 0);
    return undefined;
  });
  expect(record.map(([, status]) => status)).toEqual(['Cancelled', 'Successful']);
  expect(record[0]?.[2]).not.toContain('abandoned');
});
