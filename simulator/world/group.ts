/**
 * One Auto Scaling group, with the rules AWS documents and the lags it does not.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
 */
import { type ActivityLog, createActivityLog, type LaunchEnd } from './activities.ts';
import type { Agenda } from './event-queue.ts';
import type { FleetSpec } from './fleet-spec.ts';
import type { Instance, Lowering } from './instance.ts';
import { isPresent, isUp, newInstance } from './instance.ts';
import type { Parameters } from './parameters.ts';
import type { Draw, Spread } from './random.ts';
import { drawMs } from './random.ts';
import { chosenToScaleIn } from './scale-in.ts';
import {
  refuseBounds,
  refuseCapacity,
  refuseDecrement,
  refuseHook,
  refuseRemoval,
} from './refusals.ts';
import { isWithin } from './window.ts';

export type GroupEvent =
  /** A machine of the group began to shut down (EC2's state change). */
  | 'instance-shutting-down'
  /** An instance left the group (Auto Scaling's terminate event). */
  | 'instance-terminated'
  /** No capacity, or a launch hook that was given up (Auto Scaling's launch-unsuccessful event). */
  | 'launch-failed';

export type Removal = 'none' | 'begun' | 'done';

export interface Group {
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  /** Instances that count as capacity: Pending or InService, in any of their wait states. */
  readonly present: number;
  /** Processes that are suspended, and since when in milliseconds since the epoch. */
  readonly suspended: ReadonlyMap<string, number>;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly launches: number;
  readonly activities: Pick<ActivityLog, 'newest'>;
  /** Booting instances that it ended because its desired capacity fell below what was present. */
  readonly cancels: Readonly<Record<Lowering, number>>;
  /** Launches that were asked for and are not Pending yet. */
  readonly requested: number;
  setDesired(desired: number): void;
  /** @throws WorldFault for a minimum above the maximum */
  setBounds(min: number, max: number): void;
  suspend(processes: readonly string[]): void;
  resume(processes: readonly string[]): void;
  /** @throws WorldFault when a decrement would go below the minimum */
  terminate(instance: Instance, decrement: boolean): void;
  /**
   * The group is deleted, by force with what runs in it.
   *
   * @throws WorldFault without force while it has instances, or launches under way
   */
  remove(force: boolean): void;
  /** Whether it is deleted: `begun` until the last instance has left. */
  readonly removal: Removal;
  /** The same call once more, for an instance that is already Terminating. */
  repeatTerminate(): void;
  /** The machine runs: its launch hook begins, or it is in service where there is none. */
  running(instance: Instance): void;
  /** @throws WorldFault when no hook waits */
  completeHook(instance: Instance, result: 'CONTINUE' | 'ABANDON'): void;
  /** The instance may be ended when the group scales in. */
  unprotect(instance: Instance): void;
  /** The machine stops by itself, or is taken away. */
  powerOff(instance: Instance): void;
}

export interface GroupOptions {
  readonly fleet: FleetSpec;
  readonly parameters: Parameters;
  readonly agenda: Agenda;
  /** The group's stream of draws for a purpose. */
  readonly draws: (purpose: string) => Draw;
  readonly idOf: (launch: number) => string;
  /** When the world began, in milliseconds since the epoch: windows count from it. */
  readonly startAt: number;
  readonly launched: (instance: Instance) => void;
  /** The instance's lifecycle changed, or its machine stopped. */
  readonly changed: (instance: Instance) => void;
  readonly left: (instance: Instance) => void;
  /** The group itself changed. */
  readonly resized: () => void;
  readonly emit: (event: GroupEvent, instance?: Instance) => void;
}

/** The processes it takes to notice a dead instance and end it. */
const BURIAL = ['HealthCheck', 'ReplaceUnhealthy', 'Terminate'];

const ZONES = ['us-east-1a', 'us-east-1b'];

export function createGroup(options: GroupOptions): Group {
  const { fleet, parameters, agenda } = options;
  const after = (spread: Spread, purpose: string) => {
    const draw = options.draws(purpose);
    return (index: number) => agenda.now() + drawMs(spread, draw, index);
  };
  const afterLaunchLag = after(parameters.launchLag, 'launch-lag');
  const afterProceed = after(parameters.proceed, 'proceed');
  const afterTerminate = after(parameters.terminate, 'terminate');
  const afterShutdown = after(parameters.shutdown, 'shutdown');
  const afterNotice = after(parameters.noticeLag, 'notice-lag');

  const suspended = new Map<string, number>();
  const activities = createActivityLog(() => agenda.now());
  const instances = new Map<string, Instance>();
  /** Instances whose machine stopped by itself long enough ago to be noticed. */
  const corpses = new Set<Instance>();
  let { min, max } = fleet;
  let desired = min;
  let present = 0;
  let requested = 0;
  let requests = 0;
  let launches = 0;
  const cancels = { write: 0, decrement: 0, bounds: 0 };
  /** What last made the desired capacity less than what is present. */
  let lowering: Lowering = 'write';
  let failedAt = Number.NEGATIVE_INFINITY;
  let removing = false;

  function enter(instance: Instance, lifecycle: Instance['lifecycle']): void {
    if (lifecycle === 'Terminating') present -= 1;
    instance.lifecycle = lifecycle;
    if (lifecycle === 'InService') activities.launchEnded(instance.id);
    options.changed(instance);
  }

  /** Brings the group towards its desired capacity. */
  function reconcile(): void {
    if (!BURIAL.some((process) => suspended.has(process))) bury();
    if (!suspended.has('Launch')) {
      for (let missing = desired - present - requested; missing > 0; missing -= 1) {
        requested += 1;
        agenda.plan(afterLaunchLag(requests), launch);
        requests += 1;
      }
    }
    if (!suspended.has('Terminate')) scaleIn(present - desired);
  }

  function launch(): void {
    const dropped = parameters.launchesUnderWay === 'are-dropped' && suspended.has('Launch');
    if (dropped || present >= desired) {
      requested -= 1;
      return;
    }
    const at = (agenda.now() - options.startAt) / 1000;
    if (isWithin(parameters.noCapacityWindows, { at, group: fleet.group })) {
      launchFailed();
      activities.launchRefused();
      agenda.plan(agenda.now() + 1000 * parameters.launchRetry, launch);
      return;
    }
    requested -= 1;
    const zone = ZONES[launches % ZONES.length] ?? '';
    const instance = newInstance({
      id: options.idOf(launches),
      index: launches,
      zone,
      protected: fleet.protects ?? true,
    });
    launches += 1;
    present += 1;
    instances.set(instance.id, instance);
    activities.launchBegan(instance.id);
    options.launched(instance);
  }

  /** Several launches that fail at one moment are one activity, and one event. */
  function launchFailed(): void {
    if (failedAt === agenda.now()) return;
    failedAt = agenda.now();
    options.emit('launch-failed');
  }

  function isBooting({ lifecycle }: Instance): boolean {
    return lifecycle !== 'InService' && lifecycle !== 'Terminating';
  }

  function scaleIn(excess: number): void {
    for (const instance of chosenToScaleIn(instances.values(), excess, parameters)) {
      if (instance.lifecycle !== 'InService') cancels[lowering] += 1;
      instance.scaledIn = true;
      end(instance, 'scaled-in');
    }
  }

  /** The group ends an instance: it stops counting at once, the machine stops a little later. */
  function end(instance: Instance, reason: LaunchEnd, decrements = false): void {
    if (isBooting(instance)) activities.launchEnded(instance.id, reason);
    activities.endBegan(instance.id, decrements);
    enter(instance, 'Terminating');
    if (isUp(instance)) agenda.plan(afterTerminate(instance.index), () => stop(instance));
    else leaveLater(instance);
  }

  function stop(instance: Instance): void {
    if (!isUp(instance)) return;
    instance.stoppedAt = agenda.now();
    options.changed(instance);
    options.emit('instance-shutting-down', instance);
    if (!isPresent(instance)) leaveLater(instance);
  }

  function leaveLater(instance: Instance): void {
    agenda.plan(afterShutdown(instance.index), () => {
      instances.delete(instance.id);
      options.left(instance);
      options.emit('instance-terminated', instance);
    });
  }

  /** Takes dead instances that were noticed out of the group. */
  function bury(): void {
    for (const instance of corpses) {
      corpses.delete(instance);
      instance.healthy = false;
      if (isPresent(instance)) end(instance, 'died');
    }
  }

  function resize(next: number, cause: Lowering): void {
    if (next === desired) return;
    if (next < desired) lowering = cause;
    desired = next;
    options.resized();
    reconcile();
  }

  function completeHook(
    instance: Instance,
    result: 'CONTINUE' | 'ABANDON',
    reason: LaunchEnd = 'abandoned',
  ): void {
    refuseHook(instance);
    if (result === 'ABANDON') {
      launchFailed();
      end(instance, reason);
      reconcile();
      return;
    }
    enter(instance, 'Pending:Proceed');
    agenda.plan(afterProceed(instance.index), () => {
      if (instance.lifecycle === 'Pending:Proceed') enter(instance, 'InService');
    });
  }

  reconcile();

  return {
    get desired() {
      return desired;
    },
    get min() {
      return min;
    },
    get max() {
      return max;
    },
    get present() {
      return present;
    },
    get launches() {
      return launches;
    },
    activities,
    cancels,
    get requested() {
      return requested;
    },
    suspended,
    instances,
    completeHook,
    get removal() {
      return removing ? (instances.size === 0 ? 'done' : 'begun') : 'none';
    },
    remove(force) {
      if (!force) refuseRemoval({ instances: instances.size, requested });
      removing = true;
      [min, max, desired] = [0, 0, 0];
      for (const instance of instances.values())
        if (isPresent(instance)) end(instance, 'scaled-in');
      options.resized();
    },
    setDesired(next) {
      refuseCapacity(next, { min, max });
      resize(next, 'write');
    },
    setBounds(nextMin, nextMax) {
      refuseBounds({ min: nextMin, max: nextMax });
      if (nextMin === min && nextMax === max) return;
      min = nextMin;
      max = nextMax;
      options.resized();
      resize(Math.min(Math.max(desired, min), max), 'bounds');
    },
    suspend(processes) {
      for (const process of processes) suspended.set(process, agenda.now());
      options.resized();
    },
    resume(processes) {
      for (const process of processes) suspended.delete(process);
      options.resized();
      reconcile();
    },
    terminate(instance, decrement) {
      if (!isPresent(instance)) return;
      if (decrement) {
        refuseDecrement(desired, { min });
        desired -= 1;
        options.resized();
      }
      end(instance, 'died', decrement);
      reconcile();
    },
    repeatTerminate() {
      if (parameters.repeatDecrements && desired > min) resize(desired - 1, 'decrement');
    },
    running(instance) {
      if (instance.lifecycle !== 'Pending' || !isUp(instance)) return;
      instance.runningAt = agenda.now();
      if (fleet.launchHook === false) {
        enter(instance, 'InService');
        return;
      }
      enter(instance, 'Pending:Wait');
      agenda.plan(agenda.now() + 1000 * parameters.hookTimeout, () => {
        if (instance.lifecycle === 'Pending:Wait') completeHook(instance, 'ABANDON', 'timed-out');
      });
    },
    unprotect(instance) {
      // Auto Scaling refuses it for any other state.
      if (instance.lifecycle !== 'InService') return;
      instance.protected = false;
      options.changed(instance);
      // What is present beyond the desired capacity was only kept because it was protected.
      reconcile();
    },
    powerOff(instance) {
      stop(instance);
      agenda.plan(afterNotice(instance.index), () => {
        corpses.add(instance);
        reconcile();
      });
    },
  };
}
