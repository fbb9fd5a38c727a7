/** Which fleets are read between the minutes: those that had work lately. The others cost a pass a minute. */
import type { Fleet } from './fleets.ts';

/** So long after its last task a fleet is in use: somebody who works every other week is no stranger. */
export const IN_USE_MS = 14 * 24 * 3_600_000;

type Using = Pick<Fleet, 'lastUsed' | 'desired' | 'pending' | 'inService' | 'ending'>;

/** @param at milliseconds since the epoch */
export function isInUse({ lastUsed, desired, pending, inService, ending }: Using, at: number) {
  if (desired + pending.length + inService.length + ending.length > 0) return true;
  const last = /^\d{4}-\d\d-\d\d$/.test(lastUsed ?? '') ? Date.parse(lastUsed ?? '') : Number.NaN;
  // The day, which ends after the last task did.
  return last + IN_USE_MS >= at;
}

/** The tag's value: the day, by UTC, so that it is written once a day. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
