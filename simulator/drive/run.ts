/** Runs a scaler in a world, minute by minute in virtual time, until the last task is served. */
import { PERIOD_MS } from '../../lambda/scaler/invocation.ts';
import type { Selection } from '../../lambda/scaler/look.ts';
import type { CallCounts } from '../record.ts';
import type { World } from '../world/world.ts';
import { countedInvocation } from './counted.ts';
import type { ScalerInWorld } from './direct.ts';
import { repeat } from './repeat.ts';
import { newUsage } from './usage.ts';
import type { Advance } from './virtual-clock.ts';
import { createVirtualTime } from './virtual-time.ts';
import { WAKING_EVENTS, wakeOnEvents } from './wake-ups.ts';

export interface RunOptions {
  readonly world: World;
  /** Makes the scaler, which lets the world go on by `advance` while it waits. */
  readonly scalerIn: (advance: Advance) => ScalerInWorld | Promise<ScalerInWorld>;
  /** Whether the end of a task and of a machine wakes the scaler. Default true. */
  readonly wakeUps?: boolean;
  /** Ends the run early, in virtual time at once. */
  readonly signal?: AbortSignal;
  /** Called, and waited for, at every minute of virtual time that is not skipped. */
  readonly onMinute?: () => void | Promise<void>;
  /** The run ends at this moment at the latest, in milliseconds since the epoch. */
  readonly endAt?: number;
}

export interface RunOutcome {
  readonly interrupted: boolean;
  readonly calls: CallCounts;
  /** Invocations of the scaler, the ones that were not replayed included. */
  readonly invocations: number;
  readonly looks: number;
  /** Invocations that failed. */
  readonly failed: number;
  /** Quiet invocations of an unchanged world; see `repeat`. */
  readonly notReplayed: number;
}

/** Looks before the next event that are replayed after all, so that the scaler's memory is fresh. */
export const REMEMBERED_LOOKS = 2;

/** A quiet look at an unchanged world would decide the same, as long as no breaker waits for time to pass. */
export async function run(options: RunOptions): Promise<RunOutcome> {
  const { world, wakeUps = true, signal, endAt = Number.POSITIVE_INFINITY } = options;
  const time = createVirtualTime(world);
  const inWorld = await options.scalerIn(async (at) => time.sleepUntil(at));
  const { scaler, calls } = inWorld;
  const usage = newUsage(calls);
  let failed = 0;
  let notReplayed = 0;

  async function invoked(about?: Selection): Promise<boolean> {
    try {
      return await countedInvocation({ scaler, usage, ...(about && { about }) });
    } catch {
      failed += 1;
      return false;
    }
  }

  repeat(
    { world, time, startAt: world.now() },
    {
      usage,
      everyMs: PERIOD_MS,
      replay: REMEMBERED_LOOKS,
      endAt,
      onSkipped: (turns) => {
        notReplayed += turns;
      },
      async turn() {
        const settled = await invoked();
        await options.onMinute?.();
        return settled;
      },
    },
  );
  if (wakeUps) {
    wakeOnEvents({ world, time, events: WAKING_EVENTS, wake: invoked });
  }
  try {
    await time.run(endAt, signal);
    const { invocations, looks } = usage;
    return {
      invocations,
      looks,
      failed,
      notReplayed,
      interrupted: !world.finished,
      calls: { ...calls },
    };
  } finally {
    await inWorld.close();
  }
}
