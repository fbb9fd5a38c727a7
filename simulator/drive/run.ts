/** Runs a scaler in a world, minute by minute in virtual time, until the last task is served. */
import { PERIOD_MS } from '../../lambda/scaler/invocation.ts';
import type { Selection } from '../../lambda/scaler/look.ts';
import type { CallCounts } from '../record.ts';
import type { World } from '../world/world.ts';
import type { CallCounter } from './calls.ts';
import type { ScalerInWorld } from './direct.ts';
import type { Advance } from './virtual-clock.ts';
import { wakingTime } from './wake-ups.ts';

export interface RunOptions {
  readonly world: World;
  /** Makes the scaler, which lets the world go on by `advance` while it waits. */
  readonly scalerIn: (advance: Advance) => ScalerInWorld | Promise<ScalerInWorld>;
  /** Whether a machine that shuts down wakes the scaler. Default true. */
  readonly wakeUps?: boolean;
  /** Ends the run early, at the next minute of virtual time. */
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
  /** Quiet invocations of an unchanged world; see `run`. */
  readonly notReplayed: number;
}

/** The function's time limit, as its deployment sets it. */
const FUNCTION_TIMEOUT_MS = 60_000;

/** Looks before the next event that are replayed after all, so that the scaler's memory is fresh. */
export const REMEMBERED_LOOKS = 2;

/**
 * A quiet look that changed nothing, at a world in which nothing happened since, would see the same
 * and decide the same, as long as no breaker waits for time to pass. Such looks are counted with
 * their calls but not replayed, so that the nights and weekends of a long trace take no time.
 */
export async function run(options: RunOptions): Promise<RunOutcome> {
  const { world, wakeUps = true, signal, endAt = Number.POSITIVE_INFINITY } = options;
  const { advance } = wakingTime(world, async (group) => {
    if (wakeUps) await invoked((fleet) => fleet.group === group);
  });
  const scalerInWorld = await options.scalerIn(advance);
  const { scaler, calls } = scalerInWorld;
  const outcome = { invocations: 0, looks: 0, failed: 0, notReplayed: 0 };
  let quiet = 0;
  let quietVersion = -1;

  /** @returns true when another invocation at the same world would do nothing */
  async function invoked(about?: Selection): Promise<boolean> {
    // Every look describes the groups once, the looks of an invocation that fails among them.
    const { describes } = calls;
    outcome.invocations += 1;
    try {
      const { looks, timed } = await scaler(FUNCTION_TIMEOUT_MS, about);
      return looks === 1 && !timed;
    } catch {
      outcome.failed += 1;
      return false;
    } finally {
      outcome.looks += calls.describes - describes;
    }
  }

  try {
    for (let at = world.now(); !world.finished && at < endAt; at += PERIOD_MS) {
      if (signal?.aborted) break;
      await advance(at);
      const before = { ...calls };
      const { version } = world;
      const settled = (await invoked()) && world.version === version;
      quiet = settled ? (quietVersion === version ? quiet + 1 : 1) : 0;
      quietVersion = version;
      await options.onMinute?.();

      // Two looks in a row, so that counts which lag behind have caught up.
      if (quiet < 2) continue;
      const nextAt = Math.min(world.nextEventAt() ?? at, endAt);
      const skipped = Math.max(Math.ceil((nextAt - at) / PERIOD_MS) - 1 - REMEMBERED_LOOKS, 0);
      repeatCalls(calls, before, skipped);
      outcome.invocations += skipped;
      outcome.looks += skipped;
      outcome.notReplayed += skipped;
      at += skipped * PERIOD_MS;
    }
    return { ...outcome, interrupted: !world.finished, calls: { ...calls } };
  } finally {
    await scalerInWorld.close();
  }
}

function repeatCalls(calls: CallCounter, before: Readonly<CallCounter>, times: number): void {
  for (const kind of ['demandReads', 'describes', 'capacityWrites', 'other'] as const) {
    calls[kind] += (calls[kind] - before[kind]) * times;
  }
}
