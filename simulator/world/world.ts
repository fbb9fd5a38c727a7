/**
 * A world in virtual time: the queue of a CI system, the Auto Scaling groups that serve it, and their
 * machines. Its driver advances its time, reads what CircleCI and AWS would answer, and sets
 * capacities; everything else happens by itself. The same options give the same world to the byte.
 */
import type { ClassRecord } from '../record.ts';
import type { Counts } from './class-queue.ts';
import { createAgenda } from './event-queue.ts';
import { WorldFault } from './fault.ts';
import { type FleetRun, type Truth, createFleetRun } from './fleet-run.ts';
import type { FleetSpec } from './fleet-spec.ts';
import type { GroupEvent } from './group.ts';
import type { MachineEvent, WordOutcome } from './life.ts';
import type { ActivityState } from './activities.ts';
import type { GroupState } from './group-state.ts';
import type { Parameters } from './parameters.ts';
import { parametersWith } from './parameter-values.ts';
import { type Draw, drawMs, stream } from './random.ts';
import { type TaskBook, createTaskBook } from './task-book.ts';
import type { TaskSpec } from './task.ts';

export interface WorldOptions {
  /** A whole number; worlds with the same seed have the same luck. */
  readonly seed: number;
  /** Milliseconds since the epoch. Tasks released before it are released at it. */
  readonly startAt: number;
  readonly fleets: readonly FleetSpec[];
  readonly tasks: readonly TaskSpec[];
  /** Values that differ from the defaults. */
  readonly parameters?: Partial<Parameters>;
  /** Value of the tag `runner-scaler:name` on every group. Default `simulator`. */
  readonly scaler?: string;
  /** Greatest number of samples kept per class, 2 at least. Default 20,000. */
  readonly sampleLimit?: number;
}

/** An event of a group or one of its machines, as EventBridge delivers it. */
interface WorldEvent {
  readonly kind: WorldEventKind;
  readonly group: string;
  readonly at: number;
  /** The instance it concerns, if it concerns one. */
  readonly instanceId?: string;
}

/** A machine's last word, as EventBridge would deliver it. */
export interface WorldWord {
  readonly group: string;
  readonly resourceClass: string;
  readonly instanceId: string;
  readonly outcome: WordOutcome;
  readonly at: number;
}

export type WorldEventKind = GroupEvent | MachineEvent;

export interface World {
  readonly parameters: Parameters;
  /** When it began, in milliseconds since the epoch. */
  readonly startAt: number;
  /** Random draws for one purpose, for what drives the world. */
  luck(purpose: string): Draw;
  /** Milliseconds since the epoch, in virtual time. */
  now(): number;
  /** Advances to `at`; an earlier moment changes nothing. */
  advanceTo(at: number): void;
  /** When something happens next by itself; undefined when nothing will. */
  nextEventAt(): number | undefined;
  /** Grows with every change of the queue, a group or a machine, and when lagging counts catch up. */
  readonly version: number;
  /**
   * True when every task has ended, except those that never can (nobody can claim them and nothing
   * cancels them), and no instance is left beyond what the groups keep: their minimum and headroom, at whatever hours.
   */
  readonly finished: boolean;
  /** Tasks served so far, over all classes. */
  readonly served: number;
  /**
   * Running tasks of a class, as CircleCI answers now: as of the count lag ago.
   *
   * @throws WorldFault for an unknown class, and where the parameter `countFault` strikes
   */
  readRunning(resourceClass: string): number;
  /** Unclaimed tasks of a class, as of the count lag and the lag of the unclaimed ones ago; otherwise as `readRunning`. */
  readUnclaimed(resourceClass: string): number;
  /** Both counts in one answer, as each of them is read alone. */
  readCounts(resourceClass: string): Counts;
  /** Ids of the instances whose agent has registered, as the list of runners of a class has them. */
  readRunners(resourceClass: string): ReadonlySet<string>;
  /** Every group, as Auto Scaling describes it now. */
  groups(): readonly GroupState[];
  /** @throws WorldFault as AWS refuses it, and where `writeFault` or `writeThrottle` strike */
  setDesiredCapacity(group: string, desired: number): void;
  /** An operator's change. A maximum below the desired capacity lowers it, a minimum above raises it. */
  setBounds(group: string, min: number, max: number): void;
  suspendProcesses(group: string, processes: readonly string[]): void;
  resumeProcesses(group: string, processes: readonly string[]): void;
  setTag(group: string, key: string, value: string): void;
  removeTag(group: string, key: string): void;
  /** @throws WorldFault without force while the group has instances or launches under way */
  deleteGroup(group: string, force: boolean): void;
  terminateInstance(id: string, decrement: boolean): void;
  completeLifecycleAction(id: string, result: 'CONTINUE' | 'ABANDON'): void;
  /** The group's record of its launches and ends, newest first. */
  activities(group: string): readonly ActivityState[];
  /** Calls the listener for every last word that is not lost; returns a function that stops it. */
  onWord(listener: (word: WorldWord) => void): () => void;
  /** Calls the listener for every event; returns a function that stops it. */
  onEvent(listener: (event: WorldEvent) => void): () => void;
  /** Tasks of classes that no fleet serves, by class; assumed to be served elsewhere at once. */
  unserved(): ReadonlyMap<string, number>;
  /**
   * A class as it is at this moment, without the lags and faults of what is read, and with the waiting
   * tasks that a runner of its fleet can claim: for oracles, no scaler could know it.
   *
   * @throws WorldFault for an unknown class
   */
  truth(resourceClass: string): Truth;
  record(): ClassRecord[];
}

/** @throws RangeError for unusable parameters, fleets or tasks */
export function createWorld(options: WorldOptions): World {
  const { seed, startAt, tasks } = options;
  const parameters = parametersWith(options.parameters);
  const agenda = createAgenda(startAt);
  const listeners = new Set<(event: WorldEvent) => void>();
  const hearers = new Set<(word: WorldWord) => void>();
  const runs: FleetRun[] = [];
  const numbers = numberClasses(options.fleets);
  const { classOf, unserved } = classify(tasks, numbers);
  const takes = options.fleets.map(({ takesAlso = [] }, number) => [
    // The unkind order: a runner is there for its own class, and takes what is another's first.
    ...takesAlso.flatMap((name) => numbers.get(name) ?? []),
    number,
  ]);
  const takers = options.fleets.map((_, number) =>
    takes.flatMap((taken, taker) => (taken.includes(number) ? [taker] : [])),
  );
  const releaseLuck = stream(seed, 'release-lag');
  const foreignLuck = stream(seed, 'foreign-claim');
  let version = 0;

  const runningLagMs = 1000 * parameters.countLag;
  const unclaimedLagMs = runningLagMs + 1000 * parameters.unclaimedLag;
  const book: TaskBook = createTaskBook({
    tasks,
    classOf,
    classes: options.fleets.length,
    planConcurrency: parameters.planConcurrency,
    planHidesTasks: parameters.planHidesTasks,
    lostMs: 1000 * parameters.lostTask,
    releaseLagMs: (task) => drawMs(parameters.releaseLag, releaseLuck, task),
    foreignClaimMs: (task) => drawMs(parameters.foreignClaim, foreignLuck, task),
    lagsMs: [...new Set([runningLagMs, unclaimedLagMs])],
    agenda,
    caughtUp: () => {
      version += 1;
    },
    changed: (resourceClass) => {
      version += 1;
      runs[resourceClass]?.note();
    },
    claimable: (resourceClass) => {
      for (const taker of takers[resourceClass] ?? []) runs[taker]?.wake();
    },
  });
  for (const [number, fleet] of options.fleets.entries()) {
    runs.push(
      createFleetRun({
        seed,
        startAt,
        tasks,
        parameters,
        agenda,
        book,
        fleet,
        number,
        takes: takes[number] ?? [],
        scaler: options.scaler ?? 'simulator',
        sampleLimit: options.sampleLimit,
        changed: () => {
          version += 1;
        },
        emit: (kind, instance) => {
          const event = { kind, group: fleet.group, at: agenda.now() };
          for (const listener of listeners) {
            listener(instance === undefined ? event : { ...event, instanceId: instance.id });
          }
        },
        say: (instanceId, outcome) => {
          const { group, resourceClass } = fleet;
          for (const hear of hearers) {
            hear({ group, resourceClass, instanceId, outcome, at: agenda.now() });
          }
        },
      }),
    );
  }
  book.open();

  const standing = () => runs.filter(({ group }) => group.removal !== 'done');
  const runOf = (group: string) => {
    const run = standing().find(({ fleet }) => fleet.group === group);
    // AWS answers an unknown group with exactly this text.
    if (run === undefined) {
      throw new WorldFault('ValidationError', 'AutoScalingGroup name not found - null');
    }
    if (run.group.removal === 'begun') {
      throw new WorldFault('ValidationError', 'AutoScalingGroup is pending delete');
    }
    return run;
  };
  const instanceOf = (id: string) => {
    for (const run of runs) {
      const instance = run.group.instances.get(id);
      if (instance !== undefined) return { group: run.group, instance };
    }
    throw new WorldFault(
      'ValidationError',
      `Instance Id not found - No managed instance found for instance ID ${id}`,
    );
  };
  const serving = (resourceClass: string) => {
    const number = numbers.get(resourceClass);
    const run = runs[number ?? -1];
    if (number === undefined || run === undefined) {
      throw new WorldFault('NotFound', 'resource class not found');
    }
    return { number, run };
  };
  const readCount = (resourceClass: string) => {
    const { number, run } = serving(resourceClass);
    if (run.countFails()) throw new WorldFault('ServiceUnavailable', 'service unavailable');
    const now = agenda.now();
    const { running } = book.countsAt(number, now - runningLagMs);
    const { unclaimed } = book.countsAt(number, now - unclaimedLagMs);
    return { unclaimed, running };
  };

  return {
    parameters,
    startAt,
    luck: (purpose) => stream(seed, purpose),
    now: () => agenda.now(),
    advanceTo: (at) => agenda.advanceTo(at),
    nextEventAt: () => agenda.nextAt(),
    get version() {
      return version;
    },
    get served() {
      return runs.reduce((sum, _run, number) => sum + book.tally(number).served, 0);
    },
    get finished() {
      return (
        book.done() &&
        runs.every(({ group }, number) => {
          const kept = keptOf(options.fleets[number], group);
          return group.instances.size <= kept && group.desired <= kept;
        })
      );
    },
    readRunning: (resourceClass) => readCount(resourceClass).running,
    readUnclaimed: (resourceClass) => readCount(resourceClass).unclaimed,
    readCounts: readCount,
    readRunners: (resourceClass) => serving(resourceClass).run.runners(),
    groups: () => standing().map((run) => run.state()),
    setDesiredCapacity(group, desired) {
      const run = runOf(group);
      run.refuseByLuck();
      run.group.setDesired(desired);
    },
    setBounds: (group, min, max) => runOf(group).group.setBounds(min, max),
    suspendProcesses: (group, processes) => runOf(group).group.suspend(processes),
    resumeProcesses: (group, processes) => runOf(group).group.resume(processes),
    setTag: (group, key, value) => runOf(group).setTag(key, value),
    removeTag: (group, key) => runOf(group).removeTag(key),
    deleteGroup: (group, force) => runOf(group).group.remove(force),
    terminateInstance(id, decrement) {
      const { group, instance } = instanceOf(id);
      group.terminate(instance, decrement);
    },
    completeLifecycleAction(id, result) {
      const { group, instance } = instanceOf(id);
      group.completeHook(instance, result);
    },
    activities: (group) => runOf(group).group.activities.newest(),
    onWord(listener) {
      hearers.add(listener);
      return () => hearers.delete(listener);
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    unserved: () => unserved,
    truth: (resourceClass) => serving(resourceClass).run.truth(),
    record: () => runs.map((run) => run.record()),
  };
}

/** So many machines at most may stay when there is no task any more. */
function keptOf(fleet: FleetSpec | undefined, { min, max }: Pick<GroupState, 'min' | 'max'>) {
  const { headroom = 0, schedules = [] } = fleet ?? {};
  const wanted = schedules.flatMap((schedule) => [schedule.min ?? 0, schedule.headroom ?? 0]);
  return Math.max(min, Math.min(Math.max(headroom, ...wanted), max));
}

/** The number of each class: the place of its fleet. */
function numberClasses(fleets: readonly FleetSpec[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  const groups = new Set<string>();
  for (const [number, fleet] of fleets.entries()) {
    if (numbers.has(fleet.resourceClass) || groups.has(fleet.group)) {
      throw new RangeError(
        `fleet ${number} serves ${JSON.stringify(fleet.resourceClass)} with group ` +
          `${JSON.stringify(fleet.group)}; allowed: each class and each group once`,
      );
    }
    const sound = Number.isInteger(fleet.min) && Number.isInteger(fleet.max) && fleet.min >= 0;
    if (!sound || fleet.max < fleet.min) {
      throw new RangeError(
        `group ${JSON.stringify(fleet.group)} has min ${fleet.min} and max ${fleet.max}; ` +
          `allowed: whole numbers, 0 <= min <= max`,
      );
    }
    numbers.set(fleet.resourceClass, number);
    groups.add(fleet.group);
  }
  return numbers;
}

function classify(tasks: readonly TaskSpec[], numbers: ReadonlyMap<string, number>) {
  const classOf = new Int32Array(tasks.length);
  const unserved = new Map<string, number>();
  for (const [index, { resourceClass }] of tasks.entries()) {
    classOf[index] = numbers.get(resourceClass) ?? -1;
    if (classOf[index] === -1) {
      unserved.set(resourceClass, (unserved.get(resourceClass) ?? 0) + 1);
    }
  }
  return { classOf, unserved };
}
