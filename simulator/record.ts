/** What one run of the simulator saw, in a form that can be printed, drawn and written as JSON. */

/** The state of one resource class from `at` until the next sample: a step function of time. */
export interface Sample {
  /** Milliseconds since the epoch, in virtual time. */
  readonly at: number;
  /** Tasks that wait for a runner. */
  readonly unclaimed: number;
  /** Tasks that occupy a runner. */
  readonly running: number;
  /** The group's desired capacity. */
  readonly desired: number;
  /** Instances by what they do: from launch until the agent starts, … */
  readonly booting: number;
  /** … with an agent that has no task, … */
  readonly idle: number;
  /** … with a task, … */
  readonly busy: number;
  /** … and from the end of the task until the instance is gone. */
  readonly finishing: number;
}

/** Sums over one resource class. Seconds and instance-seconds unless said. */
export interface Totals {
  readonly tasksArrived: number;
  readonly tasksServed: number;
  readonly tasksCancelled: number;
  /** Tasks whose machine was ended under them, by whatever cause. */
  readonly tasksKilled: number;
  /** Of those, the ones whose machine the group chose because the desired capacity was lowered. */
  readonly killedByLowering: number;
  /** Tasks that ran on machines outside every fleet; in none of the other sums. */
  readonly tasksElsewhere: number;
  readonly launches: number;
  /** Instances that ended without ever having had a task. */
  readonly neverUsed: number;
  /** Booting instances that the group cancelled because the desired capacity was lowered. */
  readonly pendingCancels: number;
  /** Of those, the ones that a machine's decrement or new bounds of the group made it cancel. */
  readonly cancelsByDecrement: number;
  readonly cancelsByBounds: number;
  readonly peakInstances: number;
  /** Instance-seconds from the machine's start to its end, as billed. */
  readonly instanceSeconds: number;
  /** Instance-seconds with a task. */
  readonly busySeconds: number;
  /** Instance-seconds with an agent that has no task. */
  readonly idleSeconds: number;
  /** Estimated machine cost in USD; null where the price is not known. */
  readonly machineCost: number | null;
}

export interface ClassRecord {
  readonly resourceClass: string;
  readonly max: number;
  /** In order of time; consecutive samples differ. */
  readonly samples: readonly Sample[];
  /** Seconds from release to claim of every served task, in order of claim. */
  readonly waits: readonly number[];
  readonly totals: Totals;
}

/** Calls the scaler made, by what they were for. */
export interface CallCounts {
  readonly demandReads: number;
  readonly describes: number;
  readonly capacityWrites: number;
  readonly other: number;
}

/** What came to the function between its minutes, and what it wrote. */
export interface Traffic {
  /** Events that machines sent. */
  readonly events: number;
  /** Messages that came through its queue, its own passes not among them. */
  readonly messages: number;
  /** Passes that it sent itself, in so many batches. */
  readonly passes: number;
  readonly sends: number;
  /** Of its log, with what CloudWatch adds to each line. */
  readonly logBytes: number;
}

export interface RunRecord {
  readonly title: string;
  /** The name of the rule that scaled. */
  readonly rule: string;
  readonly seed: number;
  /** Milliseconds since the epoch, in virtual time. */
  readonly from: number;
  readonly to: number;
  /** True when the run was stopped before the last task was served. */
  readonly interrupted: boolean;
  readonly invocations: number;
  readonly passes: number;
  /** Seconds for which its invocations ran, asleep or not. */
  readonly functionSeconds: number;
  readonly failedPasses: number;
  readonly calls: CallCounts;
  readonly traffic: Traffic;
  readonly classes: readonly ClassRecord[];
}
