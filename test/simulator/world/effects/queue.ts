/** The effects of the parameters of the CI system. */
import type { QUEUE_PARAMETERS } from '../../../../simulator/world/queue-parameters.ts';
import { CLASS, GROUP, SECOND, at, exactly, task, when } from '../tiny-world.ts';
import { type Effect, oneTask, askForOne, refused, onSpot, killedOnSpot } from './effect.ts';

export const QUEUE_EFFECTS: Readonly<Record<keyof typeof QUEUE_PARAMETERS, Effect>> = {
  lostTask: {
    is: 'how long a task counts as running after its machine went',
    given: { agentHang: 1 },
    value: { lostTask: 10 },
    options: oneTask,
    see: (world) => when(at(askForOne(world), 60), () => world.readRunning(CLASS) === 0),
    without: 4806,
    with: 4516,
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
  foreignClaim: {
    is: 'when a task that runs elsewhere begins to run',
    value: { foreignClaim: exactly(30) },
    options: { tasks: [task({ foreign: true })] },
    see: (world) => at(world, 20).readCounts(CLASS),
    without: { unclaimed: 0, running: 1 },
    with: { unclaimed: 1, running: 0 },
  },
  releaseLag: {
    is: 'when a task that waited for another is in the queue',
    value: { releaseLag: exactly(3) },
    options: { tasks: [task(), task({ after: [0] })] },
    see: (world) => when(at(askForOne(world), 100), () => world.readUnclaimed(CLASS) === 1),
    without: 158,
    with: 161,
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
  unclaimedLag: {
    is: 'how much older the unclaimed count is than the running one',
    given: { countLag: 10 },
    value: { unclaimedLag: 5 },
    options: { tasks: [task(), task({ releaseAt: 46 * SECOND })] },
    see: (world) => {
      world.setDesiredCapacity(GROUP, 1);
      return at(world, 70).readCounts(CLASS);
    },
    // The first one was claimed at 58 s, 12 s ago.
    without: { unclaimed: 1, running: 1 },
    with: { unclaimed: 2, running: 1 },
  },
  countFault: {
    is: 'what a read is refused with',
    value: { countFault: 1 },
    see: refused((world) => world.readRunning(CLASS)),
    without: 'nothing',
    with: 'ServiceUnavailable',
  },
};
