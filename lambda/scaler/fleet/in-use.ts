/** Which fleets are read between the minutes: those that had work lately. The others cost a pass a minute. */
import { decodeLastUsed } from '../contract/tags.ts';
import type { Fleet } from './fleets.ts';

/** So long after its last task a fleet is in use: somebody who works every other week is no stranger. */
export const IN_USE_MS = 14 * 24 * 3_600_000;

type Using = Pick<Fleet, 'lastUsed' | 'desired' | 'pending' | 'inService' | 'ending'>;

/** @param at milliseconds since the epoch */
export function isInUse({ lastUsed, desired, pending, inService, ending }: Using, at: number) {
  if (desired + pending.length + inService.length + ending.length > 0) return true;
  return (decodeLastUsed(lastUsed) ?? Number.NEGATIVE_INFINITY) + IN_USE_MS >= at;
}
