import type { CallCounts } from '../record.ts';

/** Counts the calls of one run, by what they were for. */
export type CallCounter = { -readonly [Kind in keyof CallCounts]: CallCounts[Kind] };

export function callCounter(): CallCounter {
  return { demandReads: 0, describes: 0, capacityWrites: 0, other: 0 };
}
