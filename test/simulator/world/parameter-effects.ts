/** What each parameter of the world does, shown in the smallest world that shows it. */
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
  readonly see: (world: World) => unknown;
  readonly without: unknown;
  readonly with: unknown;
}

const oneTask = { tasks: [task()] };
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
  hookTimeout: {
    is: 'when a boot that hangs is given up',
    given: { bootFailure: 1 },
    value: { hookTimeout: 100 },
    see: until('Terminating'),
    without: 606,
    with: 106,
  },
  bootFailure: {
    is: 'whether an instance comes into service',
    value: { bootFailure: 1 },
    see: (world) => lifecycles(at(askForOne(world), 60)),
    without: ['InService'],
    with: ['Pending:Wait'],
  },
  bootFailureWindows: {
    is: 'the wait of who came in it',
    value: { bootFailureWindows: [{ from: 0, to: 100 }] },
    options: oneTask,
    see: waitsOf(1000),
    without: [58],
    with: [664],
  },
  bootFailureMode: {
    is: 'when a failed boot is given up',
    given: { bootFailure: 1 },
    value: { bootFailureMode: 'abandon' },
    see: until('Terminating'),
    without: 606,
    with: 56,
  },
  neverRegisters: {
    is: 'whether a task is claimed',
    value: { neverRegisters: 1 },
    options: oneTask,
    see: waitsOf(1000),
    without: [58],
    with: [],
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
  readGap: {
    is: 'how much older the first of two counts is',
    value: { readGap: 2 },
    options: oneTask,
    see: (world) => [at(askForOne(world), 59).readRunning(CLASS), world.readUnclaimed(CLASS)],
    without: [1, 0],
    with: [0, 0],
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
