/**
 * What one container remembers of a fleet from pass to pass: for how long things have been as they are. It
 * is an aid, never a need, and no evidence of what an instance did: another container may have made passes, and
 * machines may have come and gone, between two sightings.
 */

/** What a pass saw of one fleet. */
export interface Sighting {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly unclaimed: number;
  readonly running: number;
  readonly desired: number;
  /** Ids of the instances that boot, and of those in service. */
  readonly pending: readonly string[];
  readonly inService: readonly string[];
}

export interface Memory {
  readonly seen: Sighting;
  /** Milliseconds for which tasks have been seen to wait while none was seen to be claimed. */
  readonly waitedMs: number;
  /**
   * Milliseconds for which the group has been seen, at close sightings, to owe the same instances: with
   * the same desired capacity and nothing coming or going. Sightings far apart say nothing of what was
   * launched between them.
   */
  readonly owedMs: number;
}

/** Two sightings of a group that are farther apart are not close: three of the shortest passes. */
export const CLOSE_MS = 15_000;

/** What is older is forgotten: too much may have happened since. */
export const MEMORY_MS = 180_000;

export function remember(before: Memory | undefined, seen: Sighting): Memory {
  const last = before && seen.at - before.seen.at <= MEMORY_MS ? before : undefined;
  const passedMs = last === undefined ? 0 : seen.at - last.seen.at;
  return {
    seen,
    waitedMs: last !== undefined && isWaiting(last.seen, seen) ? last.waitedMs + passedMs : 0,
    owedMs: last !== undefined && isOwing(last.seen, seen) ? last.owedMs + passedMs : 0,
  };
}

/** Tasks waited at both sightings, and no number shows that one was claimed in between. */
function isWaiting(then: Sighting, now: Sighting): boolean {
  return then.unclaimed > 0 && now.unclaimed >= then.unclaimed && now.running <= then.running;
}

/** Instances are owed, and nothing happened to the group since, as far as two sightings can tell. */
function isOwing(then: Sighting, now: Sighting): boolean {
  const known = new Set([...then.pending, ...then.inService]);
  const present = [...now.pending, ...now.inService];
  return (
    now.at - then.at <= CLOSE_MS &&
    now.desired === then.desired &&
    now.desired > present.length &&
    known.size === present.length &&
    present.every((id) => known.has(id))
  );
}
