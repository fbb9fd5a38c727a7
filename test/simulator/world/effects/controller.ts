/** The effects of the parameters of what comes between a controller and the world. */
import { createContainers } from '../../../../simulator/drive/containers.ts';
import { directScaler } from '../../../../simulator/drive/direct.ts';
import { run } from '../../../../simulator/drive/run.ts';
import { createVirtualTime } from '../../../../simulator/drive/virtual-time.ts';
import type { CONTROLLER_PARAMETERS } from '../../../../simulator/world/controller-parameters.ts';
import type { World } from '../../../../simulator/world/world.ts';
import { SECOND, exactly, task } from '../tiny-world.ts';
import { type Effect, oneTask } from './effect.ts';

/** Nothing happens, but the world goes on. */
const lateTask = { tasks: [task({ releaseAt: 900 * SECOND })] };
/** The moments of some of the scaler's calls within so many seconds. */
const momentsOf = (calls: readonly Call[], seconds: number) => async (world: World) => {
  const moments: number[] = [];
  const note = (call: Call) => {
    if (calls.includes(call)) moments.push(world.now() / SECOND);
  };
  const noted: World = Object.create(world);
  noted.groups = () => (note('describe'), world.groups());
  noted.readRunning = (name) => (note('running'), world.readRunning(name));
  noted.readUnclaimed = (name) => (note('unclaimed'), world.readUnclaimed(name));
  noted.setDesiredCapacity = (group, to) => (note('write'), world.setDesiredCapacity(group, to));
  await run({
    world,
    scalerIn: (pace, usage) =>
      directScaler({ world: noted, pace, usage, report: SILENT, busyIntervalSeconds: 0 }),
    endAt: seconds * SECOND,
  });
  return moments;
};
/** How often each of the containers was used in five minutes. */
const containersOf = async (world: World) => {
  const uses: number[] = [];
  await run({
    world,
    scalerIn: () => ({
      newScaler() {
        const number = uses.push(0) - 1;
        return async () => {
          uses[number] = (uses[number] ?? 0) + 1;
          return { looks: 2, timed: true };
        };
      },
      close: async () => undefined,
    }),
    endAt: 299 * SECOND,
  });
  return uses.toSorted((one, other) => one - other);
};
const SILENT = { outcome: () => undefined, warning: () => undefined };
type Call = 'describe' | 'running' | 'unclaimed' | 'write';

export const CONTROLLER_EFFECTS: Readonly<Record<keyof typeof CONTROLLER_PARAMETERS, Effect>> = {
  callTime: {
    is: 'when each call of a pass is made',
    value: { callTime: exactly(0.2) },
    see: momentsOf(['describe', 'running', 'unclaimed', 'write'], 59),
    options: oneTask,
    // The group is described again before a write; others of the look may join that call for 0.02 s.
    without: [0, 0, 0, 0.02, 0.02],
    with: [0.2, 0.4, 0.6, 0.82, 1.02],
  },
  schedulePhase: {
    is: 'when the minutes of the schedule begin',
    value: { schedulePhase: exactly(17) },
    see: momentsOf(['describe'], 120),
    options: lateTask,
    without: [0, 60, 120],
    with: [17, 77],
  },
  eventLag: {
    is: 'how soon the end of a task leads to a look',
    value: { eventLag: exactly(5) },
    options: oneTask,
    see: async (world) => (await momentsOf(['describe'], 179)(world)).filter((at) => at > 150),
    // The task ends at 158.02 s; the machine says so a second later and begins to shut down at 163.02 s.
    without: [160.52, 164.52],
    with: [164.02, 168.02],
  },
  containers: {
    is: 'how many there are',
    value: { containers: 3 },
    see: async (world) => (await containersOf(world)).length,
    options: lateTask,
    without: 1,
    with: 3,
  },
  containerIdle: {
    is: 'how long one that was needed at once with another is kept',
    given: { routing: 'round-robin', containerIdle: 3600 },
    value: { containerIdle: 60 },
    see: async (world) => {
      const time = createVirtualTime(world);
      const used: number[] = [];
      let made = 0;
      const containers = createContainers(world, () => (made += 1));
      const invoke = async (at: number, seconds: number) => {
        await time.sleepUntil(at * SECOND);
        await containers.run(async (container) => {
          used.push(container);
          await time.sleepUntil((at + seconds) * SECOND);
        });
      };
      for (const at of [0, 1, 200, 300]) time.start(async () => invoke(at, 5));
      await time.run(400 * SECOND);
      return used;
    },
    options: lateTask,
    without: [1, 2, 1, 2],
    with: [1, 2, 1, 1],
  },
  routing: {
    is: 'which of them the minutes go to',
    given: { containers: 3, routing: 'most-recent' },
    value: { routing: 'round-robin' },
    see: containersOf,
    options: lateTask,
    without: [0, 0, 5],
    with: [1, 2, 2],
  },
};
