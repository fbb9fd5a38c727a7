/** Runs a scaler in a world, minute by minute in virtual time, until the last task is served. */
import type { CallCounts, Traffic } from '../record.ts';
import type { World } from '../world/world.ts';
import type { Pace } from './called.ts';
import type { ScalerInWorld } from './direct.ts';
import { WAKING_EVENTS, deploy } from './scaler-function.ts';
import { type Usage, newUsage } from './usage.ts';
import { createVirtualTime } from './virtual-time.ts';

export interface RunOptions {
  readonly world: World;
  /** Makes the scaler, which passes its time by `pace` and is counted in `usage`. */
  readonly scalerIn: (pace: Pace, usage: Usage) => ScalerInWorld | Promise<ScalerInWorld>;
  /** Whether the end of a task and of a machine wakes the scaler. Default true. */
  readonly wakeUps?: boolean;
  /** Ends the run early, in virtual time at once. */
  readonly signal?: AbortSignal;
  /** Told of wake-ups that came too late. Default: nobody. */
  readonly onLate?: (message: string) => void;
  /** Called, and waited for, at every minute of virtual time that is not skipped. */
  readonly onMinute?: () => void | Promise<void>;
  /** The run ends at this moment at the latest, in milliseconds since the epoch. */
  readonly endAt?: number;
}

export interface RunOutcome {
  readonly interrupted: boolean;
  readonly calls: CallCounts;
  readonly traffic: Traffic;
  /** Invocations of the scaler, the ones that were not replayed included. */
  readonly invocations: number;
  readonly passes: number;
  /** Milliseconds for which they ran. */
  readonly ranMs: number;
  /** Invocations that failed. */
  readonly failed: number;
  /** Quiet invocations of an unchanged world; see `repeat`. */
  readonly notReplayed: number;
}

/** A quiet look at an unchanged world would decide the same, as long as nothing waits for time to pass. */
export async function run(options: RunOptions): Promise<RunOutcome> {
  const { world, wakeUps = true, signal, endAt = Number.POSITIVE_INFINITY, onMinute } = options;
  const time = createVirtualTime(world);
  const usage = newUsage();
  const inWorld = await options.scalerIn(time, usage);
  let failed = 0;
  let notReplayed = 0;
  deploy({
    world,
    time,
    usage,
    newScaler: inWorld.newScaler,
    passIntervalSeconds: inWorld.passIntervalSeconds,
    events: wakeUps ? WAKING_EVENTS : [],
    endAt,
    ...(options.onLate && { onLate: options.onLate }),
    onFailure: () => {
      failed += 1;
    },
    onSkipped: (turns) => {
      notReplayed += turns;
    },
    onMinute: onMinute && (async () => time.during(async () => onMinute())),
  });
  try {
    await time.run(endAt, signal);
    const { invocations, passes, ranMs, calls } = usage;
    const { events, messages, passesSent, sends, logBytes } = usage;
    return {
      invocations,
      passes,
      ranMs,
      failed,
      notReplayed,
      interrupted: !world.finished,
      calls: { ...calls },
      traffic: { events, messages, passesSent, sends, logBytes },
    };
  } finally {
    await inWorld.close();
  }
}
