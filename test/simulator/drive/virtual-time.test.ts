import { describe, expect, test } from '@jest/globals';
import { createVirtualTime } from '../../../simulator/drive/virtual-time.ts';
import { GROUP, SECOND, task, tinyWorld } from '../world/tiny-world.ts';

const HOUR = 3600 * SECOND;

describe('virtual time', () => {
  test('wakes processes in order of their moments, and of their sleep at one moment', async () => {
    const world = tinyWorld({ tasks: [task({ releaseAt: HOUR })] });
    const time = createVirtualTime(world);
    const woken: string[] = [];
    for (const [name, seconds] of [
      ['a', 20],
      ['b', 10],
      ['c', 10],
    ] as const) {
      time.start(async () => {
        await time.sleepUntil(seconds * SECOND);
        woken.push(`${name} at ${world.now() / SECOND}`);
      });
    }
    await time.run(HOUR);
    expect(woken).toEqual(['b at 10', 'c at 10', 'a at 20']);
  });

  test('goes on only when everybody sleeps, however many turns of the event loop they take', async () => {
    const world = tinyWorld({ tasks: [task({ releaseAt: HOUR })] });
    const time = createVirtualTime(world);
    const seen: number[] = [];
    time.start(async () => {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      seen.push(world.now());
      await time.sleepUntil(5 * SECOND);
      seen.push(world.now());
    });
    time.start(async () => time.sleepUntil(SECOND));
    await time.run(HOUR);
    expect(seen).toEqual([0, 5 * SECOND]);
  });

  test('wakes whoever an event starts before those who sleep longer', async () => {
    const world = tinyWorld({ tasks: [task()] });
    const time = createVirtualTime(world);
    const seen: string[] = [];
    world.onEvent(({ kind, at }) => {
      if (kind !== 'instance-shutting-down') return;
      time.start(async () => {
        await time.sleepUntil(at + SECOND);
        seen.push(`event ${world.now() / SECOND}`);
      });
    });
    time.start(async () => {
      world.setDesiredCapacity(GROUP, 1);
      await time.sleepUntil(180 * SECOND);
      seen.push(`schedule ${world.now() / SECOND}`);
    });
    await time.run(HOUR);
    expect(seen).toEqual(['event 164', 'schedule 180']);
  });

  test('tells watchers of every change, those they make themselves among them', async () => {
    const world = tinyWorld({
      tasks: [task({ releaseAt: SECOND })],
      parameters: { launchLag: { min: 0, max: 0 } },
    });
    const time = createVirtualTime(world);
    const booting: number[] = [];
    time.onChange(() => {
      const { unclaimed, booting: now, desired } = world.truth('acme/linux');
      booting.push(now);
      if (unclaimed > desired) world.setDesiredCapacity(GROUP, unclaimed);
    });
    await time.run(2 * SECOND);
    // At the start, at the release, and after the launch that followed from it.
    expect(booting.slice(0, 3)).toEqual([0, 0, 1]);
  });

  test('ends with what a process threw', async () => {
    const time = createVirtualTime(tinyWorld({ tasks: [task({ releaseAt: HOUR })] }));
    time.start(async () => {
      await time.sleepUntil(SECOND);
      throw new Error('a mistake');
    });
    await expect(time.run(HOUR)).rejects.toThrow('a mistake');
  });
});
