/**
 * Keeps the calls to a source within the number that it takes a second, over all containers.
 *
 * The libraries for this (p-throttle, p-queue, bottleneck) own their timers and know no order but that of
 * arrival; here a clock is given, and a class that is half read goes before one that is not begun.
 */
import type { Budget, Clock } from '../clock.ts';
import { CONTAINERS_AT_A_TIME } from '../contract/event-queue.ts';

/** Thrown when the time of a call's budget was up before its turn came. */
export class NoTurnError extends Error {
  override readonly name = 'NoTurnError';
}

export interface CallRate {
  /**
   * Resolves when the call may be made.
   *
   * @param order a `begun` class goes before those that are `new`
   * @throws NoTurnError when the budget ended before
   */
  turn(budget: Budget, order: 'begun' | 'new'): Promise<void>;
  /** Calls that are made within so many milliseconds at most. */
  callsWithin(ms: number): number;
}

interface Waiting {
  readonly budget: Budget;
  readonly go: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * One call at a time, evenly spaced, so that any second has no more than the share of it: also that in which
 * one container stops and another begins, which does not know of the first one's calls.
 *
 * @param callsPerSecond over all containers; at least one for each
 */
export function callRate(clock: Clock, callsPerSecond: number): CallRate {
  const spacingMs = Math.ceil(1000 / Math.floor(callsPerSecond / CONTAINERS_AT_A_TIME));
  const waiting: Record<'begun' | 'new', Waiting[]> = { begun: [], new: [] };
  let nextAt = Number.NEGATIVE_INFINITY;
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.begun.length + waiting.new.length > 0) {
      const ms = nextAt - clock.now();
      if (ms > 0) await clock.wait(ms);
      const next = waiting.begun.shift() ?? waiting.new.shift();
      if (next === undefined) break;
      if (next.budget.signal.aborted || clock.now() >= next.budget.endsAt) {
        next.refuse(
          new NoTurnError(
            `its turn did not come in time: ${callsPerSecond} calls a second are allowed over ` +
              `${CONTAINERS_AT_A_TIME} containers, one each ${spacingMs} ms in this one; if the installation takes more, raise callsPerSecond in the config`,
          ),
        );
        continue;
      }
      nextAt = clock.now() + spacingMs;
      next.go();
    }
    running = false;
  }

  return {
    callsWithin: (ms) => Math.max(Math.floor(ms / spacingMs), 0),
    turn: async (budget, order) =>
      new Promise((resolve, reject) => {
        waiting[order].push({ budget, go: resolve, refuse: reject });
        if (!running) void run();
      }),
  };
}
