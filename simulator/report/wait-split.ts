/** What tasks waited for: a machine that was on its way, or the maximum of the group. */
import type { ClassRecord } from '../record.ts';

/**
 * The share of all waiting that the group's maximum caused, between 0 and 1; null when nothing waited.
 * While desired capacity is at the maximum, a waiting task for which no machine boots or is idle waits for
 * another task to end. Everything else is the time until a machine is asked for and ready.
 *
 * @param to end of the run, in milliseconds since the epoch
 */
export function shareOfMaximum({ samples, max }: ClassRecord, to: number): number | null {
  let all = 0;
  let byMaximum = 0;
  for (const [index, sample] of samples.entries()) {
    const { at, unclaimed, desired, booting, idle } = sample;
    const length = Math.max((samples[index + 1]?.at ?? to) - at, 0);
    all += unclaimed * length;
    if (desired >= max) byMaximum += Math.max(unclaimed - booting - idle, 0) * length;
  }
  return all > 0 ? byMaximum / all : null;
}
