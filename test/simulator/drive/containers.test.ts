import { describe, expect, test } from '@jest/globals';
import { createContainers } from '../../../simulator/drive/containers.ts';
import { createVirtualTime } from '../../../simulator/drive/virtual-time.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { SECOND, task, tinyWorld } from '../world/tiny-world.ts';

/** Which container each invocation got: they begin at a second and last for so many. */
async function used(
  parameters: Partial<Parameters>,
  invocations: readonly (readonly [at: number, seconds: number])[],
): Promise<readonly number[]> {
  const world = tinyWorld({ tasks: [task({ releaseAt: 7200 * SECOND })], parameters });
  const time = createVirtualTime(world);
  let made = 0;
  const containers = createContainers(world, () => (made += 1));
  const chosen: number[] = [];
  for (const [at, seconds] of invocations) {
    time.start(async () => {
      await time.sleepUntil(at * SECOND);
      await containers.run(async (container) => {
        chosen.push(container);
        await time.sleepUntil((at + seconds) * SECOND);
      });
    });
  }
  await time.run(7000 * SECOND);
  return chosen;
}

const MINUTES = Array.from({ length: 12 }, (_, minute) => [60 * minute, 1] as const);

describe('the containers of a function', () => {
  test('are joined by a new one when all are busy', async () => {
    const overlapping = [
      [0, 10],
      [1, 10],
      [2, 10],
    ] as const;
    expect(new Set(await used({}, overlapping))).toEqual(new Set([1, 2, 3]));
  });

  test('are used in turn, or always the most recent one, or at random', async () => {
    const of = async (routing: Parameters['routing']) =>
      used({ containers: 3, routing, containerIdle: 3600 }, MINUTES);
    expect(await of('round-robin')).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(new Set(await of('most-recent')).size).toBe(1);
    const random = await of('random');
    expect(new Set(random).size).toBe(3);
    expect(await of('random')).toEqual(random);
  });

  test('go after a while without an invocation, but for those that are always there', async () => {
    const twoAtOnce = [
      [0, 5],
      [1, 5],
      [700, 5],
      [701, 5],
    ] as const;
    const parameters = { routing: 'round-robin' } as const;
    expect(await used({ ...parameters, containerIdle: 600 }, twoAtOnce)).toEqual([1, 2, 1, 3]);
    expect(await used({ ...parameters, containerIdle: 900 }, twoAtOnce)).toEqual([1, 2, 1, 2]);
  });
});
