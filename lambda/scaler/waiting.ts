/**
 * For how long a task has waited at least, proven by counts alone: a source says how many tasks wait, not since when.
 *
 * Each machine takes one task. So when more tasks waited at a moment than machines could have taken one since (those
 * that were idle then, and those that came since), one of them waits still. Tasks that leave the queue without a machine
 * are seen where the count falls by more than that.
 *
 * It is what one container has seen, and true in each of several: what it has not seen can only make the figure
 * smaller. It rests on these premises: the class's tasks are taken by the fleet's machines, or by others that are seen to
 * run one; no machine that another container asked for comes, takes a task and is gone from its group within `GAP_MS`;
 * and a task that is cancelled is not replaced by another between two counts: the two would be taken for one. Counts that
 * the source shows later than a machine takes to leave its group make it too great by as much as they are late.
 */

/** The machines of a group at one moment. */
export interface MachineSighting {
  /** Milliseconds since the epoch at which the group was described. */
  readonly at: number;
  /** Ids of machines that boot and may not hold a task yet, … */
  readonly pending: readonly string[];
  /** … and of those that may, or may have held one: Pending:Proceed, InService and Terminating. */
  readonly taking: readonly string[];
  /** Machines that the group was asked for and does not have yet. */
  readonly owed: number;
}

export interface WaitSighting extends MachineSighting {
  /** Milliseconds since the epoch at which the count of waiting tasks was read. */
  readonly countedAt: number;
  readonly unclaimed: number;
  readonly running: number;
}

export interface Waiting {
  readonly seenAt: number;
  readonly pending: ReadonlySet<string>;
  readonly taking: ReadonlySet<string>;
  readonly owed: number;
  readonly countedAt: number;
  readonly unclaimed: number;
  /** Tasks that run and are on none of the machines, as far as the counts can be compared. */
  readonly foreign: number;
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

/** Sightings of the machines farther apart say nothing of which came and went between them. */
export const GAP_MS = 75_000;

/**
 * Nor do counts that are farther apart say that what waits now is what waited then. GitHub's are up to 450 s apart where
 * requests are few.
 */
export const COUNTS_GAP_MS = 600_000;

/** Moments that are kept of each class. */
export const MOST_MARKS = 32;

/** @param before what was known after the sighting before; undefined for the first */
export function sighted(before: Waiting | undefined, seen: WaitSighting): Waiting {
  const { at, countedAt, unclaimed, running, owed } = seen;
  const pending = new Set(seen.pending);
  const taking = new Set(seen.taking);
  const foreign = Math.max(running - taking.size, 0);
  const known = before && machinesSeen(before, seen);
  const last = known && isWithin(COUNTS_GAP_MS, countedAt - known.countedAt) ? known : undefined;
  const takers = Math.max(foreign - (last?.foreign ?? 0), 0);
  const fell = Math.max((last?.unclaimed ?? 0) - unclaimed, 0);
  const marks = stillWaiting(last?.marks ?? [], { takers, fell });
  // Machines whose task has ended cannot take one; they count as if they could, as the count may have their tasks.
  const idle = Math.max(taking.size - running, 0);
  if (unclaimed > idle) marks.push({ at: countedAt, unclaimed, takers: idle, fell: 0 });
  return {
    seenAt: at,
    pending,
    taking,
    owed,
    countedAt,
    unclaimed,
    foreign,
    marks: thinned(marks),
  };
}

/** What is known after a pass that described the group and did not count the class's tasks. */
export function machinesSeen(before: Waiting, seen: MachineSighting): Waiting {
  const now = {
    seenAt: seen.at,
    pending: new Set(seen.pending),
    taking: new Set(seen.taking),
    owed: seen.owed,
  };
  const isKnown = isWithin(GAP_MS, seen.at - before.seenAt);
  const takers = isKnown ? takersSince(before, now) : Number.POSITIVE_INFINITY;
  return { ...before, ...now, marks: stillWaiting(before.marks, { takers, fell: 0 }) };
}

/** Milliseconds for which a task has waited at least when the group was last described; 0 where none is known to. */
export function waitedMs({ seenAt, marks }: Waiting): number {
  const [oldest] = marks;
  return oldest === undefined ? 0 : Math.max(seenAt - oldest.at, 0);
}

/** Also not where the clock was set back by more. */
function isWithin(gapMs: number, ms: number): boolean {
  return Math.abs(ms) <= gapMs;
}

function stillWaiting(
  marks: readonly Mark[],
  since: { readonly takers: number; readonly fell: number },
): Mark[] {
  return marks
    .map((mark) => ({ ...mark, takers: mark.takers + since.takers, fell: mark.fell + since.fell }))
    .filter((mark) => mark.unclaimed > Math.max(mark.takers, mark.fell));
}

type Machines = Pick<Waiting, 'pending' | 'taking' | 'owed'>;

/** A machine that booted and is gone may have had a task in between, as may one that was asked for and never seen. */
function takersSince(last: Machines, now: Machines): number {
  const came = [...now.taking].filter((id) => !last.taking.has(id)).length;
  const passed = [...last.pending].filter((id) => !now.pending.has(id) && !now.taking.has(id));
  const appeared = [...now.pending, ...now.taking].filter(
    (id) => !last.pending.has(id) && !last.taking.has(id),
  );
  const unseen = Math.max(last.owed - now.owed - appeared.length, 0);
  return came + passed.length + unseen;
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
