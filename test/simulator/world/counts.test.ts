import { describe, expect, test } from '@jest/globals';
import { CLASS, GROUP, SECOND, at, fleet, task, tinyWorld } from './tiny-world.ts';

describe('the two counts of a class', () => {
  /** One task, claimed at second 58; the reads are half a second apart. */
  const claimedAt58 = () => {
    const world = tinyWorld({ tasks: [task()], parameters: { readGap: 0.5 } });
    world.setDesiredCapacity(GROUP, 1);
    return at(world, 58.2);
  };

  test('count a task twice when it is claimed between them and unclaimed is read first', () => {
    const world = claimedAt58();
    expect([world.readUnclaimed(CLASS), world.readRunning(CLASS)]).toEqual([1, 1]);
  });

  test('miss it when running is read first', () => {
    const world = claimedAt58();
    expect([world.readRunning(CLASS), world.readUnclaimed(CLASS)]).toEqual([0, 0]);
  });

  test('show it once when the first is read again', () => {
    const world = claimedAt58();
    world.readRunning(CLASS);
    expect([world.readUnclaimed(CLASS), world.readRunning(CLASS)]).toEqual([0, 1]);
  });

  test('begin anew at another moment', () => {
    const world = claimedAt58();
    world.readRunning(CLASS);
    expect(at(world, 58.4).readRunning(CLASS)).toBe(0);
  });

  test('do not depend on reads of another class in between', () => {
    const read = (between: boolean) => {
      const world = tinyWorld({
        tasks: [task()],
        parameters: { readGap: 0.5 },
        fleets: [fleet(), fleet({ group: 'arm', resourceClass: 'acme/arm' })],
      });
      world.setDesiredCapacity(GROUP, 1);
      at(world, 58.2);
      const running = world.readRunning(CLASS);
      if (between) world.readRunning('acme/arm');
      return [running, world.readUnclaimed(CLASS)];
    };
    expect(read(true)).toEqual(read(false));
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
