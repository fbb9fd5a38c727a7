/** The port through which the scaler sees its fleets and changes their capacity. */
import type { FleetTags } from '../contract/tags.ts';

/** One Auto Scaling group that serves one resource class, as read at one moment. */
export interface Fleet extends FleetTags {
  /** The group's name. */
  readonly group: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Ids of the instances that boot: Pending in any of its wait states. */
  readonly pending: readonly string[];
  /** Ids of those of them that are Pending:Proceed: their agent runs, and they are not protected yet. */
  readonly proceeding: readonly string[];
  /** Ids of the instances that serve: InService. */
  readonly inService: readonly string[];
  /**
   * Ids of those in service whose runner has said that its task has ended: it gave up its protection
   * from scale-in.
   */
  readonly done: readonly string[];
  /** Ids of the instances that end: Terminating in any of its wait states. They count no more. */
  readonly ending: readonly string[];
  /** Scaling processes that are suspended, by Auto Scaling's names. */
  readonly suspended: readonly string[];
  /** What Auto Scaling says on each of them, such as who suspended it and when. Default: nothing. */
  readonly suspendedBecause?: ReadonlyMap<string, string>;
  /** The value of the tag by which an operator holds launches back; see `hold.ts`. Default: no such tag. */
  readonly hold?: string | undefined;
  /** The hold-back as the group keeps it in its tag; undefined when it never had one. */
  readonly holdBack: string | undefined;
  /** The day on which it last had a task, as the group keeps it in its tag; see `isInUse`. */
  readonly lastUsed: string | undefined;
  /** Version of its launch template, as the group names it; undefined when it does not. */
  readonly template: string | undefined;
}

/** A group that has the scaler's tag but cannot be served, with the reason. */
export interface RejectedGroup {
  readonly group: string;
  readonly problem: string;
}

export interface Discovery {
  /** What the groups were found by, in words. */
  readonly lookedFor: string;
  readonly fleets: readonly Fleet[];
  readonly rejected: readonly RejectedGroup[];
}

export interface Fleets {
  /** Finds every group that has the scaler's tag, with its present state. */
  discover(signal: AbortSignal): Promise<Discovery>;
  /**
   * The present state of groups that were discovered, by their names.
   *
   * @returns those that still are fleets, in any order
   */
  describe(groups: readonly string[], signal: AbortSignal): Promise<readonly Fleet[]>;
  /** @throws FleetError when the group could not be changed */
  setDesiredCapacity(group: string, desired: number, signal: AbortSignal): Promise<void>;
  /** Suspends scaling processes of a group, by Auto Scaling's names; see `KEPT_SUSPENDED`. */
  suspend(group: string, processes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Lets the group carry out scaling processes again. */
  resume(group: string, processes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Keeps with the group what every container shall know of it. */
  keep(group: string, kept: Kept, signal: AbortSignal): Promise<void>;
  /**
   * A page of the group's record of launches and ends, newest first.
   *
   * @param from where an earlier page said that the next one begins. Default: the newest.
   */
  activities(group: string, from: string | undefined, signal: AbortSignal): Promise<Activities>;
}

/** Values of tags; what is left out stays as it is. */
export type Kept = Partial<{ readonly holdBack: string; readonly lastUsed: string }>;

export interface Activities {
  readonly activities: readonly Activity[];
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined;
}

/** One launch or end of a machine, as the group has it on record. */
export interface Activity {
  readonly kind: 'launch' | 'end';
  /** AWS's word: `Successful`, `Failed`, `Cancelled`, or one for what is still under way. */
  readonly status: string;
  /** The machine; undefined where there was none, as AWS could not start it. */
  readonly instanceId: string | undefined;
  /** AWS's sentence on the status; empty where it gives none. */
  readonly sentence: string;
  /** Milliseconds since the epoch; undefined while it is under way. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

/** Why a group could not be read or changed. Also a log field, so the set is closed. */
export type FleetFailure =
  /** The group no longer exists. */
  | 'gone'
  /** Another change of the group is under way. */
  | 'contention'
  /** The account's request rate is used up. */
  | 'throttled'
  /** The value was refused, for example beyond the group's bounds. */
  | 'refused'
  /** The function's role does not allow the call. */
  | 'denied'
  /** No answer in time. */
  | 'timeout'
  /** Anything else the service or the network did. */
  | 'unavailable';

/** Thrown when a call to Auto Scaling failed, after the SDK's own retries. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly kind: FleetFailure;

  constructor(kind: FleetFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
