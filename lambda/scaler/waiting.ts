/**
 * For how long a task has waited at least, proven by counts alone: a source says how many tasks wait, not since when.
 *
 * Each machine takes one task. So when more tasks waited at a moment than machines could have taken one since (those
 * that were idle then, and those that came since), one of them waits still. Tasks that leave the queue without a machine
 * are seen where the count falls by more than that.
 *
 * It is what one container has seen, and true in each of several: what it has not seen can only make the figure
 * smaller. It rests on these premises: the class's tasks are taken by the fleet's machines only, no machine comes, takes
 * a task and is gone from its group within `GAP_MS`, and no task that is cancelled is replaced by another between two
 * sightings.
 */

export interface WaitSighting {
  /** Milliseconds since the epoch at which the group was described, … */
  readonly at: number;
  /** … and at which the count of waiting tasks was read. */
  readonly countedAt: number;
  readonly unclaimed: number;
  readonly running: number;
  /** Ids of machines that boot and may not hold a task yet, … */
  readonly pending: readonly string[];
  /** … and of those that may, or may have held one: Pending:Proceed, InService and Terminating. */
  readonly taking: readonly string[];
}

export interface Waiting {
  readonly seenAt: number;
  readonly unclaimed: number;
  readonly pending: ReadonlySet<string>;
  readonly taking: ReadonlySet<string>;
  /** Moments at which tasks waited, of which one waits still; oldest first. */
  readonly marks: readonly Mark[];
}

interface Mark {
  /** When they were counted, in milliseconds since the epoch. */
  readonly at: number;
  readonly unclaimed: number;
  /** Machines that could have taken one of them since. */
  readonly takers: number;
  /** Tasks by which the count was seen to fall since, whatever came in between. */
  readonly fell: number;
}

/** Sightings farther apart say nothing of what came and went between them. */
export const GAP_MS = 75_000;

/** Moments that are kept of each class. */
export const MOST_MARKS = 32;

/** @param before what was known after the sighting before; undefined for the first */
export function sighted(before: Waiting | undefined, seen: WaitSighting): Waiting {
  const { at, countedAt, unclaimed, running } = seen;
  const pending = new Set(seen.pending);
  const taking = new Set(seen.taking);
  const last = before !== undefined && at - before.seenAt <= GAP_MS ? before : undefined;
  const came = last === undefined ? 0 : takersSince(last, { pending, taking });
  const fell = Math.max((last?.unclaimed ?? 0) - unclaimed, 0);
  const marks = (last?.marks ?? [])
    .map((mark) => ({ ...mark, takers: mark.takers + came, fell: mark.fell + fell }))
    .filter((mark) => mark.unclaimed > Math.max(mark.takers, mark.fell));
  // Machines whose task has ended cannot take one; they count as if they could, as the count may have their tasks.
  const idle = Math.max(taking.size - running, 0);
  if (unclaimed > idle) marks.push({ at: countedAt, unclaimed, takers: idle, fell: 0 });
  return { seenAt: at, unclaimed, pending, taking, marks: thinned(marks) };
}

/** Milliseconds for which a task has waited at least when the group was last described; 0 where none is known to. */
export function waitedMs({ seenAt, marks }: Waiting): number {
  const [oldest] = marks;
  return oldest === undefined ? 0 : Math.max(seenAt - oldest.at, 0);
}

/** A machine that booted and is gone may have had a task in between. */
function takersSince(
  last: Pick<Waiting, 'pending' | 'taking'>,
  now: Pick<Waiting, 'pending' | 'taking'>,
): number {
  const came = [...now.taking].filter((id) => !last.taking.has(id)).length;
  const passed = [...last.pending].filter((id) => !now.pending.has(id) && !now.taking.has(id));
  return came + passed.length;
}

/** The oldest stays; of the others the one goes that is closest to the one before it. */
function thinned(marks: readonly Mark[]): readonly Mark[] {
  if (marks.length <= MOST_MARKS) return marks;
  const gaps = marks.map(
    ({ at }, place) => at - (marks[place - 1]?.at ?? Number.NEGATIVE_INFINITY),
  );
  const closest = gaps.indexOf(Math.min(...gaps.slice(1, -1)), 1);
  return marks.filter((_, place) => place !== closest);
}
