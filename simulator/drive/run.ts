/** Runs a scaler in a world, minute by minute in virtual time, until the last task is served. */
import { PERIOD_MS } from '../../lambda/scaler/invocation.ts';
import type { World } from '../world/world.ts';
import type { CallCounter } from './calls.ts';
import type { ScalerInWorld } from './direct.ts';

export interface RunOptions {
  readonly world: World;
  readonly scalerInWorld: ScalerInWorld;
  /** Ends the run early, at the next minute of virtual time. */
  readonly signal?: AbortSignal;
  /** Called at every minute of virtual time that is not skipped. */
  readonly onMinute?: () => void;
  /** The run ends at this moment at the latest, in milliseconds since the epoch. */
  readonly endAt?: number;
}

export interface RunOutcome {
  readonly interrupted: boolean;
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
const REMEMBERED_LOOKS = 2;

/**
 * A quiet look that changed nothing, at a world in which nothing happened since, would see the same
 * and decide the same, as long as no breaker waits for time to pass. Such looks are counted with their calls but not replayed, so that the nights
 * and weekends of a long trace take no time.
 */
export async function run(options: RunOptions): Promise<RunOutcome> {
  const { world, scalerInWorld, signal, endAt = Number.POSITIVE_INFINITY } = options;
  let invocations = 0;
  let looks = 0;
  let failed = 0;
  let notReplayed = 0;
  let quiet = 0;
  let quietVersion = -1;

  for (let at = world.now(); !world.finished && at < endAt; at += PERIOD_MS) {
    if (signal?.aborted) break;
    world.advanceTo(at);
    const before = { ...scalerInWorld.calls };
    const version = world.version;
    try {
      const result = await scalerInWorld.scaler(FUNCTION_TIMEOUT_MS);
      looks += result.looks;
      const still = result.looks === 1 && !result.timed && world.version === version;
      quiet = still && quietVersion === version ? quiet + 1 : still ? 1 : 0;
      quietVersion = world.version;
    } catch {
      failed += 1;
      looks += 1;
      quiet = 0;
    }
    invocations += 1;
    options.onMinute?.();

    // Two looks in a row, so that counts which lag behind have caught up.
    if (quiet < 2) continue;
    const nextAt = Math.min(world.nextEventAt() ?? at, endAt);
    const skipped = Math.max(Math.ceil((nextAt - at) / PERIOD_MS) - 1 - REMEMBERED_LOOKS, 0);
    repeatCalls(scalerInWorld.calls, before, skipped);
    invocations += skipped;
    looks += skipped;
    notReplayed += skipped;
    at += skipped * PERIOD_MS;
  }
  return { interrupted: !world.finished, invocations, looks, failed, notReplayed };
}

function repeatCalls(calls: CallCounter, before: Readonly<CallCounter>, times: number): void {
  for (const kind of ['demandReads', 'describes', 'capacityWrites', 'other'] as const) {
    calls[kind] += (calls[kind] - before[kind]) * times;
  }
}
