/** One machine of a group: what Auto Scaling says of it, and what it does. */

/** Auto Scaling's lifecycle states, as far as the world knows them. */
export type Lifecycle =
  'Pending' | 'Pending:Wait' | 'Pending:Proceed' | 'InService' | 'Terminating';

/** What made the desired capacity less than what is present: a write, a machine's decrement, new bounds. */
export type Lowering = 'write' | 'decrement' | 'bounds';

/** What a machine does. `gone`: it no longer runs, and its group no longer counts it. */
export type Activity = 'booting' | 'idle' | 'busy' | 'finishing' | 'gone';

export interface Instance {
  readonly id: string;
  /** Its number among the launches of its group: what it is drawn by. */
  readonly index: number;
  readonly zone: string;
  lifecycle: Lifecycle;
  healthy: boolean;
  /** Whether the group spares it when it scales in; only looked at while it is in service. */
  protected: boolean;
  /** Whether the group chose it to scale in. */
  scaledIn: boolean;
  /** When the machine began to run and when it stopped, in milliseconds since the epoch. */
  runningAt: number | undefined;
  stoppedAt: number | undefined;
  activity: Activity;
  /** The task it has; undefined without one. */
  task: number | undefined;
  hadTask: boolean;
  /** How often its agent began to wait for a task, to tell one wait from the next. */
  waitsBegun: number;
  /** When its agent first asks for a task; it asks again after every pause. */
  firstPollAt: number;
  pollPlanned: boolean;
}

export function newInstance(
  identity: Pick<Instance, 'id' | 'index' | 'zone' | 'protected'>,
): Instance {
  return {
    id: identity.id,
    index: identity.index,
    zone: identity.zone,
    lifecycle: 'Pending',
    healthy: true,
    protected: identity.protected,
    scaledIn: false,
    runningAt: undefined,
    stoppedAt: undefined,
    activity: 'booting',
    task: undefined,
    hadTask: false,
    waitsBegun: 0,
    firstPollAt: Number.POSITIVE_INFINITY,
    pollPlanned: false,
  };
}

/** Whether a group counts the instance as capacity, dead or alive. */
export function isPresent(instance: Instance): boolean {
  return instance.lifecycle !== 'Terminating';
}

/** Whether the machine has not stopped. */
export function isUp(instance: Instance): boolean {
  return instance.stoppedAt === undefined;
}
