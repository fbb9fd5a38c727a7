/** What a workload hands to the world: the tasks that will be asked for, and when. */

/** One unit that occupies one runner; a job with `parallelism: n` is n of them. */
export interface TaskSpec {
  /** Unique among the tasks of one world. */
  readonly id: string;
  /** What the task asks for, `namespace/name`. */
  readonly resourceClass: string;
  /** Groups the tasks of one pipeline or build. */
  readonly pipeline: string;
  /** Earliest moment it may queue, in milliseconds since the epoch. */
  readonly releaseAt: number;
  /** How long it occupies its runner, in milliseconds. */
  readonly durationMs: number;
  /**
   * Indices, in the same array, of the tasks that must end first. Empty: released at `releaseAt`.
   * A predecessor that was cancelled or killed ends too; its successors are released.
   */
  readonly after: readonly number[];
  /** Cancelled when it is still unclaimed this long after its release, in milliseconds. */
  readonly cancelAfterMs?: number;
  /** No runner can ever claim it, for example for a wrong token. It counts as unclaimed. */
  readonly unclaimable?: boolean;
  /** It runs on a machine outside every fleet: it is counted, and none of our machines gets it. */
  readonly foreign?: boolean;
}
