/** The effects of the parameters of group. */
import type { GROUP_PARAMETERS } from '../../../../simulator/world/group-parameters.ts';
import { GROUP, at, desired, exactly, lifecycles, totals, when } from '../tiny-world.ts';
import {
  type Effect,
  oneTask,
  twoTasks,
  capacityAfterTheFirst,
  askForOne,
  until,
  waitsOf,
  refused,
} from './effect.ts';

export const GROUP_EFFECTS: Readonly<Record<keyof typeof GROUP_PARAMETERS, Effect>> = {
  launchLag: {
    is: 'when an instance appears',
    value: { launchLag: exactly(40) },
    see: until('Pending'),
    without: 1,
    with: 40,
  },
  proceed: {
    is: 'how long after its hook the instance is in service',
    value: { proceed: exactly(10) },
    see: until('InService'),
    without: 56,
    with: 66,
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
  scaleInPicks: {
    is: 'whether a machine that is done or one that boots is ended',
    value: { scaleInPicks: 'booting' },
    options: oneTask,
    see: (world) => {
      at(askForOne(world), 150);
      world.setDesiredCapacity(GROUP, 2);
      // The first one has said at 159 s that its task has ended.
      at(world, 160);
      world.setDesiredCapacity(GROUP, 1);
      return lifecycles(world);
    },
    without: ['Terminating', 'Pending:Wait'],
    with: ['InService', 'Terminating'],
  },
  launchesUnderWay: {
    is: 'whether a machine comes that was asked for before Launch was suspended',
    value: { launchesUnderWay: 'are-dropped' },
    see: (world) => {
      askForOne(world).suspendProcesses(GROUP, ['Launch']);
      return lifecycles(at(world, 10)).length;
    },
    without: 1,
    with: 0,
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
  lastUse: {
    is: 'the day that the tag of its group names',
    value: { lastUse: 30 },
    see: (world) => world.groups()[0]?.tags['runner-scaler:last-used'],
    without: '1969-12-31',
    with: '1969-12-02',
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
