/**
 * What the scaler remembers of a fleet from look to look: which instances came and went, and what
 * follows from it. It is an aid, never a need: without it (a cold start) the rule works with what is
 * seen, and only knows less of machines that are finishing.
 */

/** What a look saw of one fleet. */
export interface Seen {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly unclaimed: number;
  readonly running: number;
  readonly desired: number;
  /** Ids of the instances that boot, and of those in service. */
  readonly pending: readonly string[];
  readonly inService: readonly string[];
  /** Of those in service, the ones whose runner has said that its task has ended. */
  readonly done: readonly string[];
}

interface Ended {
  readonly at: number;
  readonly tasks: number;
}

export interface Memory {
  readonly seen: Seen;
  /** When the demand last rose, in milliseconds since the epoch. */
  readonly roseAt: number;
  /** When each instance in service was first seen so. */
  readonly since: ReadonlyMap<string, number>;
  /** When a task was last claimed or ended, or a machine came, as far as the numbers tell. */
  readonly stirredAt: number;
  /**
   * Tasks that ended within the last `FINISHING_MS`, as far as the numbers tell, without those of
   * machines that said so and have left.
   */
  readonly ends: readonly Ended[];
  /** Runners whose task has ended and whose instance is still in service. */
  readonly finishing: number;
  /** Runners that could have claimed a task and have none. */
  readonly idle: number;
  /** Instances that came into service since the look before. */
  readonly came: number;
  /** Boots that ended without coming into service: since the look before, and in a row. */
  readonly bootsFailed: number;
  readonly bootsFailedInRow: number;
  /** Idle runners that left while tasks waited: since the look before, and since a task was claimed. */
  readonly idleExits: number;
  readonly idleExitsInRow: number;
  /** Most tasks that ran at once since tasks began to wait. */
  readonly level: number;
  /** Whether a new instance has appeared since the look before. */
  readonly grew: boolean;
  /**
   * Milliseconds for which the group has been seen, at close sightings, to owe the same instances: with
   * the same desired capacity and nothing coming or going. Sightings far apart say nothing of what was
   * launched between them, here or by another container.
   */
  readonly owedMs: number;
  /** Milliseconds for which the group has owed instances without a new one. */
  readonly starvedMs: number;
}

/**
 * An agent has asked for a task by then: it starts within 3 s and asks every 5 s, and the counts may
 * lag a little. Later, one without a task is idle or finishing.
 */
export const SETTLE_MS = 10_000;

/** An agent that cleans up after its task, and its instance, are gone by then. */
export const FINISHING_MS = 90_000;

/** When nothing was claimed and nothing ended for so long while tasks wait, idle runners are idle. */
export const STILL_MS = 30_000;

/** Two sightings of a group that are farther apart are not close: three of the shortest looks. */
export const CLOSE_MS = 15_000;

/** What is older is forgotten: too much may have happened since. */
export const MEMORY_MS = 180_000;

export function remember(before: Memory | undefined, seen: Seen): Memory {
  const last = before && seen.at - before.seen.at <= MEMORY_MS ? before : undefined;
  const since = new Map(seen.inService.map((id) => [id, last?.since.get(id) ?? seen.at]));
  const changed = changesOf(last, seen);
  const { fell, came, left, claimed, grew, bootsFailed } = changed;
  const { ends, finishing, idle } = runnersWithoutTask(last, { ...changed, seen, since });

  const waited = last !== undefined && last.seen.unclaimed > 0 && seen.unclaimed > 0;
  // Of the machines that left, those whose task had ended left for that.
  // As long as anything happens, a machine without a task may as well have ended one unseen.
  const still = last !== undefined && seen.at - last.stirredAt >= STILL_MS;
  const idleExits = waited && still ? Math.min(Math.max(left - last.finishing, 0), last.idle) : 0;
  const stirred = claimed || came > 0 || fell > 0;
  const owes = last !== undefined && last.seen.desired > presentIn(last.seen);

  return {
    seen,
    stirredAt: stirred ? seen.at : (last?.stirredAt ?? seen.at),
    roseAt: changed.rose ? seen.at : (last?.roseAt ?? 0),
    since,
    ends,
    finishing,
    idle,
    came,
    bootsFailed,
    bootsFailedInRow: came > 0 || claimed ? 0 : (last?.bootsFailedInRow ?? 0) + bootsFailed,
    idleExits,
    idleExitsInRow: claimed ? 0 : (last?.idleExitsInRow ?? 0) + idleExits,
    level: seen.unclaimed === 0 ? seen.running : Math.max(last?.level ?? 0, seen.running),
    grew,
    owedMs: owes && isStill(last.seen, seen) ? last.owedMs + seen.at - last.seen.at : 0,
    starvedMs:
      owes && !grew && seen.desired > presentIn(seen) ? last.starvedMs + seen.at - last.seen.at : 0,
  };
}

/** Nothing happened to the group since, as far as two sightings can tell. */
function isStill(then: Seen, now: Seen): boolean {
  const known = new Set([...then.pending, ...then.inService]);
  return (
    now.at - then.at <= CLOSE_MS &&
    now.desired === then.desired &&
    presentIn(now) === presentIn(then) &&
    [...now.pending, ...now.inService].every((id) => known.has(id))
  );
}

function presentIn({ pending, inService }: Seen): number {
  return pending.length + inService.length;
}

/** What happened between two looks, as far as their numbers tell. */
function changesOf(last: Memory | undefined, seen: Seen) {
  const demand = seen.unclaimed + seen.running;
  if (last === undefined) {
    const nothing = { fell: 0, came: 0, left: 0, doneLeft: 0, bootsFailed: 0 };
    return { ...nothing, claimed: false, grew: false, rose: demand > 0 };
  }
  const { seen: then, since } = last;
  const demandThen = then.unclaimed + then.running;
  const known = new Set([...seen.pending, ...seen.inService]);
  const gone = (ids: readonly string[]) => ids.filter((id) => !known.has(id)).length;
  const came = seen.inService.filter((id) => !since.has(id)).length;
  // Where the desired capacity fell, booting machines may have been cancelled with it.
  const cancelled = Math.max(then.desired - seen.desired, 0);
  return {
    rose: demand > demandThen,
    // Where one task ends and another is claimed, the running tasks stay as many; their sum with the
    // waiting ones falls.
    fell: Math.max(then.running - seen.running, demandThen - demand, 0),
    came,
    left: gone(then.inService),
    doneLeft: gone(then.done),
    bootsFailed: Math.max(gone(then.pending) - cancelled, 0),
    claimed: seen.unclaimed < then.unclaimed || seen.running > then.running,
    grew: came > 0 || seen.pending.some((id) => !then.pending.includes(id)),
  };
}

interface Now {
  readonly seen: Seen;
  readonly since: Memory['since'];
  /** Tasks that ended since the look before. */
  readonly fell: number;
  /** Machines that had said so at the look before, and have left. */
  readonly doneLeft: number;
}

/** Which of the runners without a task have ended one, and which could claim one. */
function runnersWithoutTask(last: Memory | undefined, { seen, since, fell, doneLeft }: Now) {
  const settled = seen.inService.filter((id) => seen.at - (since.get(id) ?? seen.at) >= SETTLE_MS);
  const withoutTask = Math.max(settled.length - seen.running, 0);

  const recent = last?.ends.filter(({ at }) => seen.at - at <= FINISHING_MS) ?? [];
  const ends = without(doneLeft, [...recent, { at: seen.at, tasks: fell }]);
  const ended = ends.reduce((sum, { tasks }) => sum + tasks, 0);
  const lastEnd = ends.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  const wereThere = settled.filter((id) => (since.get(id) ?? seen.at) <= lastEnd).length;
  // Runners that said so are certain, unless the count still has their tasks. One need not say it: for
  // the others the numbers tell what they can.
  const said = Math.min(seen.done.length, Math.max(seen.inService.length - seen.running, 0));
  const finishing = Math.max(said, Math.min(withoutTask, ended, wereThere));
  return { ends, finishing, idle: Math.max(withoutTask - finishing, 0) };
}

/**
 * Takes the oldest ends away. Not for each machine that left: where machines say nothing, some ends stay
 * unseen, and the ends of others would be taken for theirs.
 */
function without(tasks: number, ends: readonly Ended[]): readonly Ended[] {
  let rest = tasks;
  return ends.flatMap((end) => {
    const taken = Math.min(end.tasks, rest);
    rest -= taken;
    return end.tasks > taken ? [{ ...end, tasks: end.tasks - taken }] : [];
  });
}
