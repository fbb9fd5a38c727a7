import { describe, expect, test } from '@jest/globals';
import { GROUP, at, fleet, lifecycles, tinyWorld } from './tiny-world.ts';

const coin = () => tinyWorld({ parameters: { writeFault: 0.5 } });

/** Whether a write goes through. */
function writes(world: ReturnType<typeof tinyWorld>): boolean {
  try {
    world.setDesiredCapacity(GROUP, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a call that fails by chance', () => {
  test('may go through when it is repeated in the same moment', () => {
    const world = coin();
    const attempts = Array.from({ length: 40 }, () => writes(world));
    expect(new Set(attempts)).toEqual(new Set([true, false]));
  });

  test('fails at the same moments for every caller, however often it called before', () => {
    const moments = Array.from({ length: 40 }, (_, index) => 10 * index);
    const patient = coin();
    const eager = coin();
    const first = moments.map((second) => writes(at(patient, second)));
    const second = moments.map((moment) => {
      const result = writes(at(eager, moment));
      writes(eager);
      return result;
    });
    expect(second).toEqual(first);
    expect(new Set(first)).toEqual(new Set([true, false]));
  });
});

describe('a window', () => {
  const present = (window: { from: number; to: number; group?: string }, second: number) => {
    const world = tinyWorld({
      startAt: 1_000_000,
      fleets: [fleet()],
      parameters: { noCapacityWindows: [window] },
    });
    world.setDesiredCapacity(GROUP, 1);
    return lifecycles(at(world, 1000 + second)).length;
  };

  test("counts from the world's start, its end excluded", () => {
    expect(present({ from: 0, to: 1.001 }, 2)).toBe(0);
    expect(present({ from: 0, to: 1 }, 2)).toBe(1);
    expect(present({ from: 1.001, to: 9 }, 2)).toBe(1);
    expect(present({ from: 1, to: 9 }, 2)).toBe(0);
  });

  test('that names a group spares the others', () => {
    expect(present({ from: 0, to: 100, group: 'other' }, 2)).toBe(1);
    expect(present({ from: 0, to: 100, group: GROUP }, 2)).toBe(0);
  });
});
