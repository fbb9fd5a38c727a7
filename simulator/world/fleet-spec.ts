import type { FleetTags } from '../../lambda/scaler/contract.ts';
import type { Spread } from './random.ts';

/** One group of the world and the class it serves. */
export interface FleetSpec {
  /** The group's name, unique in the world. */
  readonly group: string;
  /** The class it serves, by a name of its source; one fleet per class. */
  readonly resourceClass: string;
  /** What else the group's tags say of its jobs. Default: a class of CircleCI, which needs no more than its name. */
  readonly jobs?: Pick<FleetTags, 'source' | 'demand'>;
  /**
   * Other classes whose tasks the CI system gives to its runners as well, as GitHub does by labels. Such a task runs for
   * this fleet, and waited for the other. Default: none.
   */
  readonly takesAlso?: readonly string[];
  readonly min: number;
  readonly max: number;
  /** Runners to keep ready beyond the demand, for the group's tag. */
  readonly headroom: number;
  /** For the group's tag. Default: the same at all hours. */
  readonly schedules?: FleetTags['schedules'];
  /** An agent without a task ends this long after its start, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** A task is ended when it runs longer, in milliseconds. */
  readonly maxRunTimeMs: number;
  /** Whether its machines can be interrupted. */
  readonly spot: boolean;
  /** USD per hour of one machine; null: not known. */
  readonly pricePerHour: number | null;
  /** Default `m7i.large`. */
  readonly instanceType?: string;
  /** Boot time of this fleet's image; default: the parameter `boot`. */
  readonly boot?: Spread;
  /**
   * Whether an agent takes task after task until it has been without one for the idle timeout.
   * Default false: one task, then the machine ends itself.
   */
  readonly reuse?: boolean;
  /**
   * Whether a launch hook keeps a machine Pending until its agent starts. Without one it is in service,
   * and protected, as soon as it runs. Default true.
   */
  readonly launchHook?: boolean;
  /** Whether new instances are protected from scale-in. Default true. */
  readonly protects?: boolean;
  /**
   * What a machine without a launch hook does when its boot fails: end itself, or stay without an agent.
   * Default `end`.
   */
  readonly failedBoot?: 'end' | 'stay';
}

export const DEFAULT_INSTANCE_TYPE = 'm7i.large';
