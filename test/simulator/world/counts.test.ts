import { describe, expect, test } from '@jest/globals';
import { CLASS, GROUP, SECOND, at, task, tinyWorld } from './tiny-world.ts';

describe('the two counts of a class', () => {
  test('are read at the moment of each read, and together in one answer', () => {
    const world = tinyWorld({ tasks: [task()] });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 57.9);
    const running = world.readRunning(CLASS);
    expect(world.readCounts(CLASS)).toEqual({ unclaimed: 1, running: 0 });
    at(world, 58.1);
    // Claimed between the two: running first misses it, unclaimed first would count it twice.
    expect([running, world.readUnclaimed(CLASS)]).toEqual([0, 0]);
    expect(world.readCounts(CLASS)).toEqual({ unclaimed: 0, running: 1 });
  });

  test('lag alike, whichever way they are read', () => {
    const world = tinyWorld({ tasks: [task()], parameters: { countLag: 10 } });
    world.setDesiredCapacity(GROUP, 1);
    at(world, 60);
    expect([world.readRunning(CLASS), world.readUnclaimed(CLASS)]).toEqual([0, 1]);
    expect(world.readCounts(CLASS)).toEqual({ unclaimed: 1, running: 0 });
    expect(world.truth(CLASS)).toMatchObject({ unclaimed: 0, running: 1 });
  });

  test('change the version of the world again when they have caught up', () => {
    const world = tinyWorld({
      tasks: [task({ releaseAt: SECOND, unclaimable: true })],
      parameters: { countLag: 10 },
    });
    const { version } = at(world, 5);
    expect(world.nextEventAt()).toBe(11 * SECOND);
    expect(at(world, 11).version).toBeGreaterThan(version);
  });

  test('change the version twice where the waiting tasks are counted later still', () => {
    const world = tinyWorld({
      tasks: [task({ releaseAt: SECOND, unclaimable: true })],
      parameters: { countLag: 10, unclaimedLag: 20 },
    });
    at(world, 5);
    expect(world.nextEventAt()).toBe(11 * SECOND);
    const { version } = at(world, 12);
    expect(world.readUnclaimed(CLASS)).toBe(0);
    expect(world.nextEventAt()).toBe(31 * SECOND);
    expect(at(world, 31).version).toBeGreaterThan(version);
    expect(world.readUnclaimed(CLASS)).toBe(1);
  });

  test('are as old as the lag, to the millisecond', () => {
    const tasks = [3, 4, 5].map((second) => task({ releaseAt: second * SECOND }));
    const world = tinyWorld({ tasks, parameters: { countLag: 2 } });
    const seen = [4.999, 5, 5.999, 6, 7].map((second) => at(world, second).readUnclaimed(CLASS));
    expect(seen).toEqual([0, 1, 1, 2, 3]);
  });

  test('stay readable after very many changes', () => {
    const tasks = Array.from({ length: 20_000 }, (_, index) =>
      task({ releaseAt: index * 10, cancelAfterMs: 5 }),
    );
    const world = tinyWorld({ tasks, parameters: { countLag: 0.012 } });
    // At the lag before 150.001 s, task number 14,998 waits: it was released at 149.98 s.
    expect(at(world, 149.995).readUnclaimed(CLASS)).toBe(1);
    expect(at(world, 149.999).readUnclaimed(CLASS)).toBe(0);
  });

  test('of an unknown class are refused as CircleCI refuses them', () => {
    expect(() => tinyWorld().readRunning('acme/none')).toThrow('resource class not found');
  });
});
