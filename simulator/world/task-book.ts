import type { ClassQueue, Counts } from './class-queue.ts';
import { countsAt, createClassQueue, remember, takeFirst } from './class-queue.ts';
import type { Agenda } from './event-queue.ts';
import { taskGraph } from './graph.ts';
import type { TaskSpec } from './task.ts';

/** Sums over the tasks of one class. */
interface Tally {
  arrived: number;
  served: number;
  cancelled: number;
  killed: number;
  /** Tasks that ran on machines outside every fleet; in none of the other sums. */
  elsewhere: number;
}

/** Every task of the world, from its release to its end. Classes and tasks go by their numbers. */
export interface TaskBook {
  /** Plans the first release. */
  open(): void;
  /**
   * Gives the first claimable task of a class to a runner, unless the plan allows no further one.
   *
   * @param fleet number of the class that the runner is of, for which the task then runs
   */
  claim(resourceClass: number, fleet: number): number | undefined;
  /** Whether a request for a task of this class would get one. */
  canClaim(resourceClass: number): boolean;
  /** Ends a running task. */
  settle(task: number, outcome: 'served' | 'killed'): void;
  /** The runner of a task vanished: CircleCI counts it as running for a while, then it is killed. */
  abandon(task: number): void;
  /** A runner hands its task back: it waits again, last in line. */
  requeue(task: number): void;
  counts(resourceClass: number): Counts & Pick<ClassQueue, 'claimable'>;
  countsAt(resourceClass: number, at: number): Counts;
  tally(resourceClass: number): Readonly<Tally>;
  /** Seconds each served task waited, in order of claim. */
  waits(resourceClass: number): number[];
  /** True when every task has ended, except those that never can. */
  done(): boolean;
}

export interface TaskBookOptions {
  readonly tasks: readonly TaskSpec[];
  /** The number of each task's class; -1 for a class that no fleet serves. */
  readonly classOf: Int32Array;
  readonly classes: number;
  readonly planConcurrency: number;
  /** Whether CircleCI's unclaimed count leaves out the tasks that the plan holds back. */
  readonly planHidesTasks: boolean;
  /** How long a task whose runner vanished counts as running, in milliseconds. */
  readonly lostMs: number;
  /** By how much the counts that are asked for are old, in milliseconds, each once. */
  readonly lagsMs: readonly number[];
  /** From the end of its last predecessor to the task's release, in milliseconds. */
  readonly releaseLagMs: (task: number) => number;
  /** From the release of a foreign task to its claim, in milliseconds. */
  readonly foreignClaimMs: (task: number) => number;
  readonly agenda: Agenda;
  /** The counts of a class changed. */
  readonly changed: (resourceClass: number) => void;
  /** What CircleCI answers changed, because counts that lag behind have caught up. */
  readonly caughtUp: () => void;
  /** A task of this class can be claimed that could not before. */
  readonly claimable: (resourceClass: number) => void;
}

/** Where a task stands. Numbers, because a million of them stand in one byte each. */
const STATE = {
  future: 0,
  waiting: 1,
  running: 2,
  served: 3,
  cancelled: 4,
  killed: 5,
  elsewhere: 6,
};

export function createTaskBook(options: TaskBookOptions): TaskBook {
  const { tasks, classOf, agenda, changed, claimable } = options;
  const graph = taskGraph(tasks);
  const state = new Uint8Array(tasks.length);
  /** When the task began to wait, and how long it waited in all, in milliseconds. */
  const since = new Float64Array(tasks.length);
  const waited = new Float64Array(tasks.length);
  const claimPlace = new Int32Array(tasks.length);
  /** The class on whose runner a task runs. */
  const runsFor = Int32Array.from(classOf);
  const lagsMs = options.lagsMs.filter((lag) => lag > 0);
  const memoryMs = Math.max(0, ...lagsMs);
  const queues = Array.from({ length: options.classes }, () => createClassQueue(memoryMs));
  const tallies = queues.map((): Tally => ({
    arrived: 0,
    served: 0,
    cancelled: 0,
    killed: 0,
    elsewhere: 0,
  }));
  let running = 0;
  let ended = 0;
  let nextRoot = 0;

  const queueOf = (task: number) => known(queues, classOf[task] ?? -1);
  const runnerQueueOf = (task: number) => known(queues, runsFor[task] ?? -1);
  const isWaiting = (task: number) => state[task] === STATE.waiting;
  /** A runner of the class's fleet can claim it. */
  const isOurs = (task: number) => {
    const { unclaimable, foreign } = known(tasks, task);
    return unclaimable !== true && foreign !== true;
  };

  function planRoots(): void {
    const next = graph.roots[nextRoot];
    if (next !== undefined) agenda.plan(known(tasks, next).releaseAt, releaseRoots);
  }

  function releaseRoots(): void {
    for (;;) {
      const task = graph.roots[nextRoot];
      if (task === undefined || known(tasks, task).releaseAt > agenda.now()) break;
      nextRoot += 1;
      release(task);
    }
    planRoots();
  }

  function release(task: number): void {
    const spec = known(tasks, task);
    const resourceClass = classOf[task] ?? -1;
    if (resourceClass < 0) {
      // No fleet of ours serves it. It is taken to be served elsewhere at once, so its successors come.
      state[task] = STATE.elsewhere;
      if (spec.unclaimable !== true) agenda.plan(agenda.now() + spec.durationMs, () => end(task));
      return;
    }
    if (spec.foreign === true) {
      agenda.plan(agenda.now() + options.foreignClaimMs(task), () => runElsewhere(task));
    } else known(tallies, resourceClass).arrived += 1;
    if (spec.cancelAfterMs !== undefined) {
      agenda.plan(agenda.now() + spec.cancelAfterMs, () => cancel(task));
    }
    queueUp(task);
  }

  function queueUp(task: number): void {
    const queue = queueOf(task);
    state[task] = STATE.waiting;
    since[task] = agenda.now();
    queue.unclaimed += 1;
    if (isOurs(task)) {
      queue.claimable += 1;
      queue.line.push(task);
    }
    report(task);
    wake(task);
  }

  function cancel(task: number): void {
    if (!isWaiting(task)) return;
    const queue = queueOf(task);
    state[task] = STATE.cancelled;
    queue.unclaimed -= 1;
    if (isOurs(task)) queue.claimable -= 1;
    if (known(tasks, task).foreign !== true) known(tallies, classOf[task] ?? -1).cancelled += 1;
    report(task);
    end(task);
  }

  /** A machine outside every fleet takes the task. */
  function runElsewhere(task: number): void {
    if (!isWaiting(task)) return;
    const queue = queueOf(task);
    state[task] = STATE.running;
    queue.unclaimed -= 1;
    queue.running += 1;
    running += 1;
    report(task);
    agenda.plan(agenda.now() + known(tasks, task).durationMs, () => {
      leaveRunner(task);
      state[task] = STATE.elsewhere;
      known(tallies, classOf[task] ?? -1).elsewhere += 1;
      report(task);
      end(task);
      wakeAll();
    });
  }

  /** Releases the successors for which this was the last predecessor. */
  function end(task: number): void {
    ended += 1;
    const last = graph.first[task + 1] ?? 0;
    for (let place = graph.first[task] ?? 0; place < last; place += 1) {
      const successor = known(graph.successors, place);
      const left = known(graph.open, successor) - 1;
      graph.open[successor] = left;
      if (left > 0) continue;
      const { releaseAt } = known(tasks, successor);
      const at = Math.max(releaseAt, agenda.now() + options.releaseLagMs(successor));
      if (at > agenda.now()) agenda.plan(at, () => release(successor));
      else release(successor);
    }
  }

  /** A running task stops running. */
  function leaveRunner(task: number): void {
    runnerQueueOf(task).running -= 1;
    running -= 1;
  }

  function settle(task: number, outcome: 'served' | 'killed'): void {
    leaveRunner(task);
    state[task] = STATE[outcome];
    known(tallies, classOf[task] ?? -1)[outcome] += 1;
    report(task);
    end(task);
    wakeAll();
  }

  /** A place in the plan became free: it may be what a task of any class waited for. */
  function wakeAll(): void {
    if (!Number.isFinite(options.planConcurrency)) return;
    for (const resourceClass of queues.keys()) {
      if (canClaim(resourceClass)) claimable(resourceClass);
    }
  }

  function canClaim(resourceClass: number): boolean {
    return running < options.planConcurrency && known(queues, resourceClass).claimable > 0;
  }

  function wake(task: number): void {
    const resourceClass = classOf[task] ?? -1;
    if (canClaim(resourceClass)) claimable(resourceClass);
  }

  function report(task: number): void {
    if (options.planHidesTasks) {
      for (const queue of queues) {
        queue.hidden = Math.max(
          0,
          queue.claimable - Math.max(0, options.planConcurrency - running),
        );
        remember(queue, agenda.now());
      }
    } else {
      remember(queueOf(task), agenda.now());
      if (runsFor[task] !== classOf[task]) remember(runnerQueueOf(task), agenda.now());
    }
    for (const lag of lagsMs) agenda.plan(agenda.now() + lag, options.caughtUp);
    changed(classOf[task] ?? -1);
    if (runsFor[task] !== classOf[task]) changed(runsFor[task] ?? -1);
  }

  return {
    open: planRoots,
    canClaim,
    settle,
    claim(resourceClass, fleet) {
      if (!canClaim(resourceClass)) return undefined;
      const queue = known(queues, resourceClass);
      const task = takeFirst(queue, isWaiting);
      if (task === undefined) return undefined;
      state[task] = STATE.running;
      waited[task] = known(waited, task) + agenda.now() - known(since, task);
      claimPlace[task] = queue.claims.push(task) - 1;
      queue.unclaimed -= 1;
      queue.claimable -= 1;
      runsFor[task] = fleet;
      runnerQueueOf(task).running += 1;
      running += 1;
      report(task);
      return task;
    },
    abandon(task) {
      agenda.plan(agenda.now() + options.lostMs, () => settle(task, 'killed'));
    },
    requeue(task) {
      leaveRunner(task);
      queueOf(task).claims[known(claimPlace, task)] = -1;
      queueUp(task);
      wakeAll();
    },
    counts: (resourceClass) => known(queues, resourceClass),
    countsAt: (resourceClass, at) => countsAt(known(queues, resourceClass), at),
    tally: (resourceClass) => known(tallies, resourceClass),
    waits: (resourceClass) =>
      known(queues, resourceClass)
        .claims.filter((task) => state[task] === STATE.served)
        .map((task) => known(waited, task) / 1000),
    done: () => ended + graph.hopeless === tasks.length,
  };
}

function known<T>(items: { readonly [index: number]: T }, index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no number ${index}`);
  return item;
}
