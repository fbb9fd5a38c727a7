/** What a pass is given, what it remembers, and what it reports. */
import type { Clock } from './clock.ts';
import type { DemandChange, LastWord } from './contract/events.ts';
import type { SourceName } from './contract/sources.ts';
import type { Demand, DemandFailure, DemandSource, RateLimit } from './demand/source.ts';
import type { Fleet, FleetFailure, Fleets } from './fleet/fleets.ts';
import type { Evidence } from './hold-back/evidence.ts';
import type { State } from './hold-back/state.ts';
import type { Memory } from './memory.ts';
import type { Decision } from './policy.ts';
import type { Turns } from './turns.ts';
import type { Waiting } from './waiting.ts';

/** A snapshot older than this is not acted on; a pass is given no longer than this. */
export const FRESHNESS_MS = 15_000;

/** Undefined for a source that is not configured; a group of it is refused. */
export type Sources = Readonly<Partial<Record<SourceName, DemandSource | undefined>>>;

export interface PassPorts {
  readonly fleets: Fleets;
  readonly sources: Sources;
  readonly report: Report;
  readonly clock: Clock;
  /** What is remembered of each group; kept by the caller from pass to pass, changed by the pass. */
  readonly memories: Memories;
  /** Chooses the classes that are read where a source takes only so many calls. Default: all. */
  readonly turns?: Turns;
}

export type Memories = Map<string, Remembered>;

export interface Remembered {
  /** The queue that the group served. */
  readonly source: SourceName;
  readonly resourceClass: string;
  readonly demand: string | undefined;
  readonly memory: Memory;
  /** Since when tasks have been seen to wait. */
  readonly waiting: Waiting;
  /** The hold-back as the group's tag had it when it was last seen or written. */
  readonly state: State | undefined;
  /** When the group's record of activities was last read, in milliseconds since the epoch. Default: never. */
  readonly readAt: number;
  /** What it showed then. */
  readonly evidence: Evidence | undefined;
}

export type PassKind = 'schedule' | 'between';

/** Where a pass reports what it saw and did. */
export interface Report {
  /** One class was served, by the schedule's pass or by one between two of its. */
  outcome(outcome: Outcome, by: PassKind): void;
  /** Something a person should know that concerns no single class. */
  warning(message: string): void;
}

/** What became of one class in one pass. */
export interface Outcome {
  readonly fleet: Fleet;
  /** Milliseconds since the epoch at which the fleet was described. */
  readonly at: number;
  /** Undefined when it could not be read. */
  readonly demand: Demand | undefined;
  /** Milliseconds for which a task has waited at least; undefined when the demand is unknown. */
  readonly waitedMs: number | undefined;
  /** Undefined when the demand is unknown, as are all that follow from it. */
  readonly decision: Decision | undefined;
  /** Runners whose task has ended and whose instance is still in service; undefined when unknown. */
  readonly finishing: number | undefined;
  /** Undefined while nothing is held back or watched. */
  readonly holdBack: State | undefined;
  /** AWS's sentence on the last launch that came to nothing, unless one has succeeded since. */
  readonly trouble: string | undefined;
  /** The limit on requests to the source, where the least was left in this pass. Default: it is not known. */
  readonly rateLimit?: RateLimit | undefined;
  /** Undefined when all went well. */
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly kind: DemandFailure | FleetFailure | 'stale' | 'unexpected';
  readonly message: string;
}

/** Chooses the fleets a pass is about. */
export type Selection = (fleet: Fleet) => boolean;

export interface PassResult {
  /**
   * True where time alone may change the next decision: launches are held back, instances are owed, an operator's
   * hold ends, or a fleet has schedules.
   */
  readonly timed: boolean;
  /** Fleets that the pass was about, those that were left to the next pass among them. */
  readonly fleets: number;
  /** Classes that were left to the next pass, because a source takes only so many calls a second. */
  readonly left: number;
  /** Whether a fleet is in use: see `isInUse`. */
  readonly inUse: boolean;
  /** Whether a source said that it is asked too often. */
  readonly throttled: boolean;
  /** Every problem, in words; empty when the pass was clean. */
  readonly problems: readonly string[];
}

/** What a pass between the minutes is about. */
export interface Heard {
  /** The fleets in use are served if one of all fleets is chosen by this. Default: none is. */
  readonly about?: Selection | undefined;
  /** They are served because it is time to. Default: no. */
  readonly pass?: boolean;
  /** What machines said as their last; if there is nothing else, only their classes are served. */
  readonly lastWords: readonly LastWord[];
  /** Where jobs have changed; if there is nothing else, only the classes that serve there are. Default: nowhere. */
  readonly changes?: readonly DemandChange[];
}

export interface PassOptions {
  /**
   * The pass is about this. Default: it is the schedule's, about all there is, and also reports what is wrong
   * with groups that are no fleets.
   */
  readonly heard?: Heard | undefined;
  /** Milliseconds the pass may take; never more than `FRESHNESS_MS`. */
  readonly budgetMs: number;
}
