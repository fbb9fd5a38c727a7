/** What a drain is asked for, what it works with, and how far it came. */
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { OperatedGroup, OperatedGroups } from './aws/groups.ts';
import type { DrainMode } from './drain-options.ts';

export interface DrainRequest {
  readonly config: Pick<ResolvedConfig, 'name' | 'fleets'>;
  /** The account and the region, in words. */
  readonly where: string;
  /** What else has to be typed to mean the same scaler, such as ` --config staging.ts`. Default: nothing. */
  readonly alsoTyped?: string;
  readonly classes: readonly string[] | 'all';
  readonly mode: DrainMode;
  /** Do not ask before machines are ended. */
  readonly yes: boolean;
}

export interface DrainPorts {
  readonly groups: OperatedGroups;
  readonly say: (line: string) => void;
  /** Asks a person, who may decline by any other answer. */
  readonly ask: (question: string) => Promise<string>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborts when the person interrupts. */
  readonly signal: AbortSignal;
}

/** How far it came. */
export interface Drained {
  /** Those that were chosen, as they were last seen. */
  groups: readonly OperatedGroup[];
  /** Machines that were told to end. */
  ended: number;
  /** Of those, the ones that may have had a job. */
  jobsLostAtMost: number;
  /** Why it did not come to its end; undefined where it did. */
  problem: Error | undefined;
}

/** Why a drain cannot go on; says what to do. */
export class DrainError extends Error {
  override readonly name = 'DrainError';
}

/** That the person interrupted; says what is left as it is and how to go on. */
export class DrainInterrupted extends Error {
  override readonly name = 'DrainInterrupted';
}
