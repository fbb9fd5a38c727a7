/** The effect of one parameter, and what several of them are shown with. */
import type { Parameters } from '../../../../simulator/world/parameters.ts';
import type { World } from '../../../../simulator/world/world.ts';
import {
  GROUP,
  SECOND,
  at,
  desired,
  lifecycles,
  task,
  totals,
  when,
  type tinyWorld,
} from '../tiny-world.ts';

type WorldDifferences = NonNullable<globalThis.Parameters<typeof tinyWorld>[0]>;

export interface Effect {
  readonly is: string;
  /** Parameters in both worlds, and the one value that differs in the second. */
  readonly given?: Partial<Parameters>;
  readonly value: Partial<Parameters>;
  readonly options?: WorldDifferences;
  /** May take its time; the value it comes to is what is held against the expected one. */
  readonly see: (world: World) => unknown;
  readonly without: unknown;
  readonly with: unknown;
}

export const oneTask = { tasks: [task()] };
/** One that ends at 158 s, and one that goes on. */
export const twoTasks = { tasks: [task(), task({ durationMs: 900 * SECOND })] };
export const capacityAfterTheFirst = (world: World) => {
  world.setDesiredCapacity(GROUP, 2);
  return desired(at(world, 200));
};
/** Asks for one machine at second 0. */
export const askForOne = (world: World) => {
  world.setDesiredCapacity(GROUP, 1);
  return world;
};
export const until = (lifecycle: string) => (world: World) =>
  when(askForOne(world), () => lifecycles(world).includes(lifecycle));
export const waitsOf = (seconds: number) => (world: World) =>
  totals(at(askForOne(world), seconds)).waits;
export const refused = (call: (world: World) => unknown) => (world: World) => {
  try {
    call(world);
    return 'nothing';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};
/** Twenty spot machines, each with a task of 10 minutes. */
export const onSpot = {
  fleet: { spot: true, max: 20 },
  tasks: Array.from({ length: 20 }, () => task({ durationMs: 600 * SECOND })),
};
export const killedOnSpot = (world: World) => {
  world.setDesiredCapacity(GROUP, 20);
  at(world, 10_000);
  const { tasksKilled, tasksServed } = totals(world);
  return { someKilled: tasksKilled > 0, all: tasksKilled + tasksServed };
};
