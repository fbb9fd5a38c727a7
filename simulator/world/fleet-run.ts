import type { ClassRecord } from '../record.ts';
import type { Agenda } from './event-queue.ts';
import { WorldFault } from './fault.ts';
import type { FleetSpec } from './fleet-spec.ts';
import { type GroupState, groupState, groupTags } from './group-state.ts';
import { type Group, type GroupEvent, createGroup } from './group.ts';
import type { Activity, Instance } from './instance.ts';
import { type Life, type MachineEvent, type WordOutcome, createLife } from './life.ts';
import type { Parameters } from './parameters.ts';
import { type Draw, stream } from './random.ts';
import { type State, createRecorder } from './recorder.ts';
import type { TaskBook } from './task-book.ts';
import type { TaskSpec } from './task.ts';

/** The state with the waiting tasks that a runner of the fleet can claim, and what the group has and may have. */
export type Truth = State & {
  readonly claimable: number;
  readonly present: number;
  readonly max: number;
};

/** One fleet of the world at work: its group, its machines, its luck and its record. */
export interface FleetRun {
  readonly fleet: FleetSpec;
  readonly group: Group;
  /** The counts of its class changed. */
  note(): void;
  /** A task of its class can be claimed. */
  wake(): void;
  state(): GroupState;
  setTag(key: string, value: string): void;
  removeTag(key: string): void;
  /** Its counts as they are, which nobody outside could know. */
  truth(): Truth;
  /** Ids of the instances whose agent has started and has not ended. */
  runners(): ReadonlySet<string>;
  record(): ClassRecord;
  /** Draws whether a read of its counts fails. */
  countFails(): boolean;
  /** @throws WorldFault when a write to its group fails by chance */
  refuseByLuck(): void;
}

export interface FleetRunOptions {
  readonly seed: number;
  readonly startAt: number;
  readonly tasks: readonly TaskSpec[];
  readonly parameters: Parameters;
  readonly agenda: Agenda;
  readonly book: TaskBook;
  readonly fleet: FleetSpec;
  /** The number of the fleet, and of its class in the book. */
  readonly number: number;
  /** The numbers of the classes whose tasks its runners get: its own one, and before it those of others. */
  readonly takes: readonly number[];
  readonly scaler: string;
  readonly sampleLimit: number | undefined;
  readonly changed: () => void;
  readonly emit: (kind: GroupEvent | MachineEvent, instance?: Instance) => void;
  readonly say: (instanceId: string, outcome: WordOutcome) => void;
}

const DAY_MS = 24 * 3_600_000;

export function createFleetRun(options: FleetRunOptions): FleetRun {
  const { fleet, number, parameters, agenda, book, startAt } = options;
  const draws = (purpose: string) => stream(options.seed, `${fleet.group}/${purpose}`);
  const counts: Record<Activity | 'unclaimed' | 'running' | 'desired', number> = {
    unclaimed: 0,
    running: 0,
    desired: 0,
    booting: 0,
    idle: 0,
    busy: 0,
    finishing: 0,
    gone: 0,
  };
  const recorder = createRecorder(startAt, options.sampleLimit);
  const up = new Set<Instance>();
  const countLuck = byMoment(agenda, draws('count-fault'));
  const writeLuck = byMoment(agenda, draws('write-fault'));
  const idLuck = draws('id');
  const throttleLuck = byMoment(agenda, draws('write-throttle'));
  let tags = groupTags(fleet, {
    scaler: options.scaler,
    lastUsedAt: startAt - parameters.lastUse * DAY_MS,
  });
  let state: GroupState | undefined;
  let billedMs = 0;
  let neverUsed = 0;
  let killedByLowering = 0;

  function note(): void {
    const { unclaimed, running } = book.counts(number);
    counts.unclaimed = unclaimed;
    counts.running = running;
    counts.desired = group.desired;
    recorder.note(agenda.now(), counts);
  }

  function changed(): void {
    state = undefined;
    options.changed();
  }

  const life: Life = createLife({
    fleet,
    parameters,
    agenda,
    draws,
    startAt,
    book,
    tasks: options.tasks,
    resourceClass: number,
    takes: options.takes,
    group: () => group,
    turned(instance, from) {
      counts[from] -= 1;
      counts[instance.activity] += 1;
      changed();
      note();
    },
    emit: options.emit,
    say: ({ id }, outcome) => options.say(id, outcome),
  });
  const group: Group = createGroup({
    fleet,
    parameters,
    agenda,
    draws,
    startAt,
    idOf: (launch) => instanceId(idLuck, number, launch),
    launched(instance) {
      counts.booting += 1;
      up.add(instance);
      changed();
      note();
      life.launched(instance);
    },
    changed(instance) {
      changed();
      if (instance.stoppedAt !== undefined && up.delete(instance)) {
        billedMs += billed(instance);
        if (instance.task !== undefined && instance.scaledIn) killedByLowering += 1;
      }
      life.changed(instance);
    },
    left(instance) {
      if (!instance.hadTask) neverUsed += 1;
      changed();
    },
    resized() {
      changed();
      note();
    },
    emit: options.emit,
  });
  note();
  for (const { from, to, group: only = fleet.group } of parameters.maxZeroWindows) {
    if (only !== fleet.group) continue;
    agenda.plan(startAt + 1000 * from, () => group.setBounds(0, 0));
    agenda.plan(startAt + 1000 * to, () => group.setBounds(fleet.min, fleet.max));
  }

  function billed(instance: Instance): number {
    if (instance.runningAt === undefined) return 0;
    const ran = (instance.stoppedAt ?? agenda.now()) - instance.runningAt;
    return Math.max(ran, 1000 * parameters.minimumBilled);
  }

  return {
    fleet,
    group,
    note,
    wake: () => life.wake(),
    setTag(key, value) {
      tags = { ...tags, [key]: value };
      changed();
    },
    removeTag(key) {
      tags = Object.fromEntries(Object.entries(tags).filter(([name]) => name !== key));
      changed();
    },
    state() {
      state ??= groupState(group, fleet, tags);
      return state;
    },
    truth() {
      const { unclaimed, running, claimable } = book.counts(number);
      const { desired, present, max } = group;
      return { ...counts, unclaimed, running, claimable, desired, present, max };
    },
    runners() {
      const ids = new Set<string>();
      for (const { id, activity } of group.instances.values()) {
        if (activity === 'idle' || activity === 'busy') ids.add(id);
      }
      return ids;
    },
    record() {
      const now = agenda.now();
      let instanceMs = billedMs;
      for (const instance of up) instanceMs += billed(instance);
      const tally = book.tally(number);
      const { write, decrement, bounds } = group.cancels;
      return {
        resourceClass: fleet.resourceClass,
        max: group.max,
        samples: recorder.samples,
        waits: book.waits(number),
        totals: {
          tasksArrived: tally.arrived,
          tasksServed: tally.served,
          tasksCancelled: tally.cancelled,
          tasksKilled: tally.killed,
          tasksElsewhere: tally.elsewhere,
          launches: group.launches,
          neverUsed,
          killedByLowering,
          pendingCancels: write + decrement + bounds,
          cancelsByDecrement: decrement,
          cancelsByBounds: bounds,
          peakInstances: recorder.peak,
          instanceSeconds: instanceMs / 1000,
          busySeconds: recorder.busyMs(now) / 1000,
          idleSeconds: recorder.idleMs(now) / 1000,
          machineCost:
            fleet.pricePerHour === null ? null : (instanceMs / 3_600_000) * fleet.pricePerHour,
        },
      };
    },
    countFails: () => parameters.countFault > 0 && countLuck() < parameters.countFault,
    refuseByLuck() {
      if (parameters.writeThrottle > 0 && throttleLuck() < parameters.writeThrottle) {
        throw new WorldFault('Throttling', 'Rate exceeded');
      }
      if (parameters.writeFault > 0 && writeLuck() < parameters.writeFault) {
        throw new WorldFault(
          'ResourceContention',
          'You already have a pending update to an Amazon EC2 Auto Scaling resource',
        );
      }
    },
  };
}

/**
 * Luck that depends on the second and on how many calls came in it, so that callers which call at
 * different times meet the same incidents.
 */
function byMoment(agenda: Agenda, draw: Draw): () => number {
  let second = Number.NEGATIVE_INFINITY;
  let calls = 0;
  return () => {
    const now = Math.floor(agenda.now() / 1000);
    calls = now === second ? calls + 1 : 0;
    second = now;
    return draw(now * 1024 + calls);
  };
}

/** An instance id as EC2's: 17 hexadecimal digits, unique by the fleet's number and the launch's. */
function instanceId(draw: Draw, fleet: number, launch: number): string {
  const hash = Math.floor(draw(launch) * 0x100000000);
  return `i-${hex(hash, 8)}${hex(fleet, 3)}${hex(launch, 6)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
