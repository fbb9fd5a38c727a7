/** A clock that stands still until the test moves it. Waits end at once and move it along. */
import type { Clock } from '../lambda/scaler/clock.ts';

export interface ManualClock extends Clock {
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: number[];
  /** Moves the clock and lets every timeout that is then due abort. */
  advance(ms: number): void;
}

export function manualClock(startAt = Date.parse('2026-03-02T09:00:00Z')): ManualClock {
  let now = startAt;
  let timeouts: { readonly at: number; readonly controller: AbortController }[] = [];
  const waits: number[] = [];
  const clock: ManualClock = {
    waits,
    now: () => now,
    advance(ms) {
      now += ms;
      const due = timeouts.filter(({ at }) => at <= now);
      timeouts = timeouts.filter(({ at }) => at > now);
      for (const { controller } of due) {
        controller.abort(new DOMException('the time is up', 'TimeoutError'));
      }
    },
    timeout(ms) {
      const controller = new AbortController();
      timeouts.push({ at: now + ms, controller });
      return controller.signal;
    },
    async wait(ms, signal) {
      waits.push(ms);
      clock.advance(ms);
      signal?.throwIfAborted();
    },
  };
  return clock;
}
