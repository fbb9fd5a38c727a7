/** The effects of the parameters of what comes between a controller and the world. */
import { GATHER_MS } from '../../../../lambda/scaler/fleet/gathered.ts';
import { createContainers } from '../../../../simulator/drive/containers.ts';
import { directScaler } from '../../../../simulator/drive/direct.ts';
import { createMessageQueue } from '../../../../simulator/drive/message-queue.ts';
import { run } from '../../../../simulator/drive/run.ts';
import { createVirtualTime } from '../../../../simulator/drive/virtual-time.ts';
import type { CONTROLLER_PARAMETERS } from '../../../../simulator/world/controller-parameters.ts';
import type { World } from '../../../../simulator/world/world.ts';
import { SECOND, exactly, task } from '../tiny-world.ts';
import { type Effect, oneTask } from './effect.ts';

/** Seconds for which a write waits for others. */
const GATHER = GATHER_MS / 1000;
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
      directScaler({ world: noted, pace, usage, report: SILENT, passIntervalSeconds: 60 }),
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
      passIntervalSeconds: 60,
      newScaler() {
        const number = uses.push(0) - 1;
        return async () => {
          uses[number] = (uses[number] ?? 0) + 1;
          return { timed: true, fleets: 1, left: 0 };
        };
      },
      close: async () => undefined,
    }),
    endAt: 299 * SECOND,
  });
  return uses.toSorted((one, other) => one - other);
};
/** The messages of each batch, of so many that were sent at once. */
const batchesOf = async (world: World, count: number) => {
  const time = createVirtualTime(world);
  const batches: (readonly number[])[] = [];
  const queue = createMessageQueue<number>({
    world,
    time,
    invoke: async (batch) => void batches.push(batch.map(({ body }) => body)),
  });
  time.start(async () => {
    for (let message = 0; message < count; message += 1) queue.send(message);
  });
  await time.run(100 * SECOND);
  return batches;
};
const SILENT = { outcome: () => undefined, warning: () => undefined };
type Call = 'describe' | 'running' | 'unclaimed' | 'write';

export const CONTROLLER_EFFECTS: Readonly<Record<keyof typeof CONTROLLER_PARAMETERS, Effect>> = {
  callTime: {
    is: 'when each call of a pass is made',
    value: { callTime: exactly(0.2) },
    see: momentsOf(['describe', 'running', 'unclaimed', 'write'], 59),
    options: oneTask,
    // Before its write the group is described once more, with others that have a write to make.
    without: [0, 0, 0, GATHER, GATHER],
    with: [200, 400, 600, 800 + GATHER_MS, 1000 + GATHER_MS].map((ms) => ms / SECOND),
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
    is: 'how soon the end of a task leads to a pass',
    value: { eventLag: exactly(5) },
    options: oneTask,
    see: async (world) => (await momentsOf(['describe'], 179)(world)).filter((at) => at > 150),
    // The task ends at 158 s and what the write waited; the machine says so a second later and begins to
    // shut down at 163 s. A batch is gathered for a second.
    without: [159 + GATHER + 1.5 + 1, 163 + GATHER + 1.5 + 1],
    with: [159 + GATHER + 5 + 1, 163 + GATHER + 5 + 1],
  },
  pollers: {
    is: 'how many batches the messages of one moment come in',
    value: { pollers: 1 },
    see: async (world) => (await batchesOf(world, 100)).length,
    options: lateTask,
    without: 5,
    with: 1,
  },
  duplicates: {
    is: 'how many messages come of those that are sent',
    value: { duplicates: 1 },
    see: async (world) => (await batchesOf(world, 100)).flat().length,
    options: lateTask,
    without: 100,
    with: 200,
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
