/** Time as the probe uses it, so that a test owns it. */
import { setTimeout } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects when the signal aborts first. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after so long. */
  timeout(ms: number): AbortSignal;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  wait: async (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
  timeout: (ms) => AbortSignal.timeout(ms),
};
