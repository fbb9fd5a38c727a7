/** What each parameter of the world does, shown in the smallest world that shows it. */
import { createContainers } from '../../../simulator/drive/containers.ts';
import { directScaler } from '../../../simulator/drive/direct.ts';
import { run } from '../../../simulator/drive/run.ts';
import { createVirtualTime } from '../../../simulator/drive/virtual-time.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { World } from '../../../simulator/world/world.ts';
import {
  CLASS,
  GROUP,
  SECOND,
  at,
  desired,
  exactly,
  lifecycles,
  task,
  type tinyWorld,
  totals,
  when,
} from './tiny-world.ts';

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

const oneTask = { tasks: [task()] };
/** Nothing happens, but the world goes on. */
const lateTask = { tasks: [task({ releaseAt: 900 * SECOND })] };
/** One that ends at 158 s, and one that goes on. */
const twoTasks = { tasks: [task(), task({ durationMs: 900 * SECOND })] };
const capacityAfterTheFirst = (world: World) => {
  world.setDesiredCapacity(GROUP, 2);
  return desired(at(world, 200));
};
/** Asks for one machine at second 0. */
const askForOne = (world: World) => {
  world.setDesiredCapacity(GROUP, 1);
  return world;
};
const until = (lifecycle: string) => (world: World) =>
  when(askForOne(world), () => lifecycles(world).includes(lifecycle));
const waitsOf = (seconds: number) => (world: World) => totals(at(askForOne(world), seconds)).waits;
const refused = (call: (world: World) => unknown) => (world: World) => {
  try {
    call(world);
    return 'nothing';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};
const isUnprotected = (world: World) =>
  world.groups().some(({ instances }) => instances.some((instance) => !instance.protected));
/** Twenty spot machines, each with a task of 10 minutes. */
const onSpot = {
  fleet: { spot: true, max: 20 },
  tasks: Array.from({ length: 20 }, () => task({ durationMs: 600 * SECOND })),
};
const killedOnSpot = (world: World) => {
  world.setDesiredCapacity(GROUP, 20);
  at(world, 10_000);
  const { tasksKilled, tasksServed } = totals(world);
  return { someKilled: tasksKilled > 0, all: tasksKilled + tasksServed };
};

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
  return uses.toSorted();
};
const SILENT = { outcome: () => undefined, warning: () => undefined };
type Call = 'describe' | 'running' | 'unclaimed' | 'write';

/** What each parameter does. A parameter without an entry does not compile. */
export const EFFECTS: { readonly [Name in keyof Parameters]: Effect } = {
  launchLag: {
    is: 'when an instance appears',
    value: { launchLag: exactly(40) },
    see: until('Pending'),
    without: 1,
    with: 40,
  },
  pendingToRunning: {
    is: 'when the hook begins',
    value: { pendingToRunning: exactly(15) },
    see: until('Pending:Wait'),
    without: 6,
    with: 16,
  },
  boot: {
    is: 'when the instance is in service',
    value: { boot: exactly(150) },
    see: until('InService'),
    without: 56,
    with: 156,
  },
  proceed: {
    is: 'how long after its hook the instance is in service',
    value: { proceed: exactly(10) },
    see: until('InService'),
    without: 56,
    with: 66,
  },
  firstClaim: {
    is: 'the wait',
    value: { firstClaim: exactly(9) },
    options: oneTask,
    see: waitsOf(400),
    without: [58],
    with: [65],
  },
  pollPause: {
    is: 'how long an agent without a task lets a new one wait',
    value: { pollPause: 1 },
    options: { tasks: [task({ releaseAt: 60.5 * SECOND })] },
    see: waitsOf(400),
    without: [2.5],
    with: [0.5],
  },
  report: {
    is: "when the agent's word of the end of its task has come",
    value: { report: exactly(5) },
    options: oneTask,
    see: (world) => when(at(askForOne(world), 60), () => world.readRunning(CLASS) === 0),
    without: 158,
    with: 163,
  },
  exit: {
    is: 'when the place is given back',
    value: { exit: exactly(30) },
    options: oneTask,
    see: (world) => when(at(askForOne(world), 60), () => desired(world) === 0),
    without: 162,
    with: 188,
  },
  tell: {
    is: 'when the machine gives its protection up',
    value: { tell: exactly(3) },
    options: oneTask,
    see: (world) => when(at(askForOne(world), 60), () => isUnprotected(world)),
    without: 159,
    with: 161,
  },
  tellFailure: {
    is: 'whether the machine gives its protection up',
    value: { tellFailure: 1 },
    options: oneTask,
    see: (world) => isUnprotected(at(askForOne(world), 160)),
    without: true,
    with: false,
  },
  releaseLag: {
    is: 'when a task that waited for another is in the queue',
    value: { releaseLag: exactly(3) },
    options: { tasks: [task(), task({ after: [0] })] },
    see: (world) => when(at(askForOne(world), 100), () => world.readUnclaimed(CLASS) === 1),
    without: 158,
    with: 161,
  },
  terminate: {
    is: 'the seconds billed',
    value: { terminate: exactly(20) },
    options: oneTask,
    see: (world) => totals(at(askForOne(world), 400)).instanceSeconds,
    without: 157,
    with: 176,
  },
  shutdown: {
    is: 'when the instance has left',
    value: { shutdown: exactly(90) },
    options: oneTask,
    see: (world) => when(at(askForOne(world), 60), () => lifecycles(world).length === 0),
    without: 193,
    with: 253,
  },
  noticeLag: {
    is: 'how long a dead machine counts',
    given: { finish: 'stop' },
    value: { noticeLag: exactly(300) },
    options: oneTask,
    see: until('Terminating'),
    without: 232,
    with: 462,
  },
  pendingCancel: {
    is: 'how many booting instances a lowered capacity ends',
    value: { pendingCancel: 'none' },
    see: (world) => {
      at(askForOne(world), 10).setDesiredCapacity(GROUP, 0);
      return totals(world).pendingCancels;
    },
    without: 1,
    with: 0,
  },
  finish: {
    is: 'the capacity after a task',
    value: { finish: 'stop' },
    options: oneTask,
    see: (world) => desired(at(askForOne(world), 170)),
    without: 0,
    with: 1,
  },
  exitCallFailure: {
    is: 'the capacity after a task',
    value: { exitCallFailure: 1 },
    options: oneTask,
    see: (world) => desired(at(askForOne(world), 170)),
    without: 0,
    with: 1,
  },
  lostAnswer: {
    is: 'whether the terminate call is made twice',
    given: { terminate: exactly(30) },
    value: { lostAnswer: 1 },
    options: twoTasks,
    see: capacityAfterTheFirst,
    without: 1,
    with: 0,
  },
  repeatAfter: {
    is: 'when the call is repeated',
    given: { lostAnswer: 1, terminate: exactly(30), repeatAfter: exactly(5) },
    value: { repeatAfter: exactly(20) },
    options: twoTasks,
    see: (world) => {
      world.setDesiredCapacity(GROUP, 2);
      return when(world, () => world.now() > 0 && desired(world) === 0);
    },
    without: 167,
    with: 182,
  },
  repeatDecrements: {
    is: 'whether the second one counts',
    given: { lostAnswer: 1, terminate: exactly(30) },
    value: { repeatDecrements: false },
    options: twoTasks,
    see: capacityAfterTheFirst,
    without: 0,
    with: 1,
  },
  hookTimeout: {
    is: 'when a boot that hangs is given up',
    given: { bootHang: 1 },
    value: { hookTimeout: 100 },
    see: until('Terminating'),
    without: 606,
    with: 106,
  },
  bootFailure: {
    is: 'whether a boot gives its launch up, and the group launches another',
    value: { bootFailure: 1 },
    see: (world) => lifecycles(at(askForOne(world), 60)),
    without: ['InService'],
    with: ['Terminating', 'Pending'],
  },
  bootFailureWindows: {
    is: 'the wait of who came in it',
    value: { bootFailureWindows: [{ from: 0, to: 60 }] },
    options: oneTask,
    see: waitsOf(1000),
    without: [58],
    with: [56 + 58],
  },
  bootHang: {
    is: 'whether a boot ever ends',
    value: { bootHang: 1 },
    see: (world) => lifecycles(at(askForOne(world), 60)),
    without: ['InService'],
    with: ['Pending:Wait'],
  },
  bootHangWindows: {
    is: 'the wait of who came in it',
    value: { bootHangWindows: [{ from: 0, to: 100 }] },
    options: oneTask,
    see: waitsOf(1000),
    without: [58],
    with: [664],
  },
  neverRegisters: {
    is: 'whether a task is claimed',
    value: { neverRegisters: 1 },
    options: oneTask,
    see: waitsOf(1000),
    without: [58],
    with: [],
  },
  agentDeath: {
    is: 'whether a machine leaves before any task, and its place with it',
    given: { agentDeathAfter: exactly(0) },
    value: { agentDeath: 1 },
    options: oneTask,
    see: (world) => [desired(at(askForOne(world), 70)), totals(world).launches],
    without: [1, 1],
    with: [0, 1],
  },
  agentDeathAfter: {
    is: 'when the agent dies',
    given: { agentDeath: 1, agentDeathAfter: exactly(0) },
    value: { agentDeathAfter: exactly(30) },
    see: (world) => when(askForOne(world), () => lifecycles(world).includes('Terminating')),
    without: 60,
    with: 90,
  },
  agentCrash: {
    is: 'whether a task is killed',
    value: { agentCrash: 1 },
    options: oneTask,
    see: (world) => totals(at(askForOne(world), 600)).tasksKilled,
    without: 0,
    with: 1,
  },
  agentHang: {
    is: 'whether a task ever ends',
    value: { agentHang: 1 },
    options: oneTask,
    see: (world) => at(askForOne(world), 3000).readRunning(CLASS),
    without: 0,
    with: 1,
  },
  lifetimeMargin: {
    is: 'when a machine that hangs is ended',
    given: { agentHang: 1 },
    value: { lifetimeMargin: 300 },
    options: oneTask,
    see: (world) => when(at(askForOne(world), 60), () => desired(world) === 0),
    without: 4510,
    with: 3910,
  },
  lostTask: {
    is: 'how long a task counts as running after its machine went',
    given: { agentHang: 1 },
    value: { lostTask: 10 },
    options: oneTask,
    see: (world) => when(at(askForOne(world), 60), () => world.readRunning(CLASS) === 0),
    without: 4806,
    with: 4516,
  },
  spotInterruptions: {
    is: 'whether machines are taken away',
    given: { spotInterruptions: 0 },
    value: { spotInterruptions: 10 },
    options: onSpot,
    see: killedOnSpot,
    without: { someKilled: false, all: 20 },
    with: { someKilled: true, all: 20 },
  },
  retryOnInterruption: {
    is: 'whether an interrupted task is lost',
    given: { spotInterruptions: 10 },
    value: { retryOnInterruption: true },
    options: onSpot,
    see: killedOnSpot,
    without: { someKilled: true, all: 20 },
    with: { someKilled: false, all: 20 },
  },
  planConcurrency: {
    is: 'how many tasks run at once',
    value: { planConcurrency: 1 },
    options: { tasks: [task(), task()] },
    see: (world) => {
      world.setDesiredCapacity(GROUP, 2);
      return at(world, 100).readRunning(CLASS);
    },
    without: 2,
    with: 1,
  },
  planHidesTasks: {
    is: 'whether tasks beyond the plan count as unclaimed',
    given: { planConcurrency: 1 },
    value: { planHidesTasks: true },
    options: { tasks: [task(), task(), task({ unclaimable: true })] },
    see: (world) => [
      world.readUnclaimed(CLASS),
      at(world, 1).readUnclaimed(CLASS),
      at(askForOne(world), 60).readUnclaimed(CLASS),
    ],
    // Before the first task is released, while it waits, and while it runs.
    without: [0, 3, 2],
    with: [0, 2, 1],
  },
  countLag: {
    is: 'how old the counts are',
    value: { countLag: 10 },
    options: oneTask,
    see: (world) => at(world, 5).readUnclaimed(CLASS),
    without: 1,
    with: 0,
  },
  foreignClaim: {
    is: 'when a task that runs elsewhere begins to run',
    value: { foreignClaim: exactly(30) },
    options: { tasks: [task({ foreign: true })] },
    see: (world) => at(world, 20).readCounts(CLASS),
    without: { unclaimed: 0, running: 1 },
    with: { unclaimed: 1, running: 0 },
  },
  callTime: {
    is: 'when each call of a pass is made',
    value: { callTime: exactly(0.2) },
    see: momentsOf(['describe', 'running', 'unclaimed', 'write'], 59),
    options: oneTask,
    without: [0, 0, 0, 0],
    with: [0.2, 0.4, 0.6, 0.8],
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
    // The task ends at 158 s; the machine says so at 159 s and begins to shut down at 163 s.
    without: [159 + 1.5, 163 + 1.5],
    with: [159 + 5, 163 + 5],
  },
  containers: {
    is: 'how many there are',
    value: { containers: 3 },
    see: async (world) => (await containersOf(world)).length,
    options: lateTask,
    without: 1,
    with: 3,
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
  countFault: {
    is: 'what a read is refused with',
    value: { countFault: 1 },
    see: refused((world) => world.readRunning(CLASS)),
    without: 'nothing',
    with: 'ServiceUnavailable',
  },
  writeFault: {
    is: 'what a write is refused with',
    value: { writeFault: 1 },
    see: refused(askForOne),
    without: 'nothing',
    with: 'ResourceContention',
  },
  writeThrottle: {
    is: 'what a write is refused with',
    value: { writeThrottle: 1 },
    see: refused(askForOne),
    without: 'nothing',
    with: 'Throttling',
  },
  noCapacityWindows: {
    is: 'the wait of who came in it',
    value: { noCapacityWindows: [{ from: 0, to: 100 }] },
    options: oneTask,
    see: waitsOf(400),
    without: [58],
    with: [178],
  },
  maxZeroWindows: {
    is: 'what an operator leaves of the capacity, and of what boots',
    value: { maxZeroWindows: [{ from: 20, to: 100 }] },
    see: (world) => {
      const then = lifecycles(at(askForOne(world), 30));
      return [then, desired(world), at(world, 100).groups()[0]?.max, totals(world).cancelsByBounds];
    },
    without: [['Pending:Wait'], 1, 10, 0],
    with: [['Terminating'], 0, 10, 1],
  },
  launchRetry: {
    is: 'how soon a failed launch is tried again',
    given: { noCapacityWindows: [{ from: 0, to: 100 }] },
    value: { launchRetry: 15 },
    options: oneTask,
    see: waitsOf(400),
    without: [178],
    with: [163],
  },
  minimumBilled: {
    is: 'the seconds billed for a short life',
    value: { minimumBilled: 0 },
    see: (world) => {
      const [instance] = at(askForOne(world), 8).groups()[0]?.instances ?? [];
      world.terminateInstance(instance?.id ?? '', true);
      return totals(at(world, 60)).instanceSeconds;
    },
    without: 60,
    with: 3,
  },
};
