/** Time as the scaler uses it. Injected everywhere, so that tests and the simulator own it. */
import { setMaxListeners } from 'node:events';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that aborts first. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts with a `TimeoutError` after `ms` milliseconds. */
  timeout(ms: number): AbortSignal;
}

/** How long a piece of work may take: the moment it must end, and the signal that then ends it. */
export interface Budget {
  /** Milliseconds since the epoch, by the clock that made the budget. */
  readonly endsAt: number;
  readonly signal: AbortSignal;
}

export function budgetOf(clock: Clock, ms: number): Budget {
  return { endsAt: clock.now() + ms, signal: clock.timeout(ms) };
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  timeout: (ms) => {
    const signal = AbortSignal.timeout(ms);
    // Every call of a pass listens to the same signal; Node would take more than ten for a leak.
    setMaxListeners(0, signal);
    return signal;
  },
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', end);
        resolve();
      }, ms);
      if (signal?.aborted) end();
      else signal?.addEventListener('abort', end, { once: true });
    }),
};
