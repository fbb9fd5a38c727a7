/** What a pass is given, what it remembers, and what it tells. */
import type { Clock } from './clock.ts';
import type { SourceName } from './contract.ts';
import type { Demand, DemandFailure, DemandSource } from './demand/source.ts';
import type { Fleet, FleetFailure, Fleets } from './fleet/fleets.ts';
import type { Evidence } from './hold-back/evidence.ts';
import type { State } from './hold-back/state.ts';
import type { Memory } from './memory.ts';
import type { Decision } from './policy.ts';
import type { Turns } from './turns.ts';

/** A snapshot older than this is not acted on; a pass is given no longer than this. */
export const FRESHNESS_MS = 15_000;

export interface PassPorts {
  readonly fleets: Fleets;
  readonly sources: Readonly<Record<SourceName, DemandSource>>;
  readonly report: Report;
  readonly clock: Clock;
  /** What is remembered of each group; kept by the caller from pass to pass, changed by the pass. */
  readonly memories: Memories;
  /** Chooses the classes that are read where a source takes only so many calls. Default: all. */
  readonly turns?: Turns;
}

export type Memories = Map<string, Remembered>;

export interface Remembered {
  readonly resourceClass: string;
  readonly memory: Memory;
  /** The hold-back as the group's tag had it when it was last seen or written. */
  readonly state: State | undefined;
  /** When the group's record of activities was last read, in milliseconds since the epoch. Default: never. */
  readonly readAt: number;
  /** What it told then. */
  readonly evidence: Evidence | undefined;
}

export type PassKind = 'schedule' | 'between';

/** Where a pass tells what it saw and did. */
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
  /** Undefined when the demand is unknown, as are all that follow from it. */
  readonly decision: Decision | undefined;
  /** Runners whose task has ended and whose instance is still in service; undefined when unknown. */
  readonly finishing: number | undefined;
  /** Undefined while nothing is held back or watched. */
  readonly holdBack: State | undefined;
  /** AWS's sentence on the last launch that came to nothing, unless one has succeeded since. */
  readonly trouble: string | undefined;
  /** Undefined when all went well. */
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly kind: DemandFailure | FleetFailure | 'stale' | 'unexpected';
  readonly message: string;
}
