/** Reads the groups' records of their activities, seldom and little. */
import type { Activity, Fleets } from '../fleet/fleets.ts';
import { type Evidence, endedSince, evidenceOf } from './evidence.ts';
import type { State } from './state.ts';
import { allowedInVain } from './transition.ts';

/** Between two readings of one group's record in one container. */
export const READ_EVERY_MS = 60_000;

/** Tasks have waited for so long without a sign of progress before a record is read for it. */
export const WAITED_MS = 60_000;

/** Calls of one pass for records. What does not fit is read by the next pass. */
export const MOST_CALLS = 10;

/** Of a hundred activities each: a launch that came to nothing is two, its start and its end. */
const MOST_PAGES = 4;

/** @returns undefined when the pass has used up its calls */
export type Reader = (asked: Asked) => Promise<Evidence | undefined>;

export interface Asked {
  readonly group: string;
  readonly state: State | undefined;
  readonly want: number;
}

/** One pass's reader. */
export function activityReader(fleets: Pick<Fleets, 'activities'>, signal: AbortSignal): Reader {
  let calls = 0;
  return async ({ group, state, want }) => {
    const read: Activity[] = [];
    let from: string | undefined;
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      if (calls >= MOST_CALLS) break;
      calls += 1;
      const { activities, next } = await fleets.activities(group, from, signal);
      read.push(...activities);
      from = next;
      if (next === undefined || isEnough(read, { state, want })) return evidenceOf(read);
    }
    return from === undefined ? undefined : evidenceOf(read);
  };
}

/** Nothing older would change what follows from it. */
function isEnough(
  read: readonly Activity[],
  { state, want }: Pick<Asked, 'state' | 'want'>,
): boolean {
  // What has been tried since is on the first page.
  if (state?.kind === 'held') return true;
  const evidence = evidenceOf(read);
  if (evidence.futileLaunches > allowedInVain(want)) return true;
  if (evidence.succeededAt === undefined) return false;
  if (state?.kind !== 'watch') return true;
  const oldest = read.at(-1)?.startedAt ?? 0;
  return oldest < state.since || endedSince(evidence, state.since) > allowedInVain(state.want);
}
