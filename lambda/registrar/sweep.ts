/**
 * Removes the runners that are left in GitHub of machines that are gone: a spot machine that was taken away while it
 * booted, or one that was ended before it could take leave. GitHub itself removes them after a day.
 */
import { type Budget, budgetOf, type Clock } from '../scaler/clock.ts';
import { errorFacts } from '../scaler/contract/error-facts.ts';
import { type FleetsNow, type Groups, MOST_INSTANCES } from './fleets.ts';
import { type LeftRunner, leftRunners, seenTwice } from './left-runners.ts';
import type { Place } from './place.ts';
import { allRunners, remove } from './runners.ts';

export interface SweepPorts {
  readonly groups: Groups;
  readonly placeOf: (at: string) => Place;
  readonly clock: Clock;
  /** Takes one line of the log. It never holds a secret. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

/** From the first look to the second, so that an answer of AWS or GitHub that is old harms no machine. */
export const BETWEEN_LOOKS_MS = 60_000;

/** Runners that one sweep removes. The next one removes more. */
export const MOST_REMOVED = MOST_INSTANCES;

/**
 * A look, and the removal, may take so long each; with the wait, four minutes at most. GitHub's pause after too many
 * requests is as long, so nothing waits for one: the next sweep does.
 */
const STEP_MS = 60_000;

export type Sweep = () => Promise<void>;

export function sweeping({ groups, placeOf, clock, log }: SweepPorts): Sweep {
  /** At every place: one that does not answer keeps its runners, and the others are swept. */
  const look = async (budget: Budget): Promise<readonly LeftRunner[]> => {
    const before = await groups.now(budget);
    const read = await Promise.all(
      placesOf(before).map(async ([at, prefixes]) => {
        try {
          return [{ at, prefixes, runners: await allRunners(placeOf(at), budget) }];
        } catch (error) {
          warn({ at, error });
          return [];
        }
      }),
    );
    if (read.every((each) => each.length === 0)) return [];
    const after = await groups.now(budget);
    const instances = new Set([...before.instances, ...after.instances]);
    return read.flat().flatMap((each) => leftRunners({ ...each, instances }));
  };

  const removeAll = async (left: readonly LeftRunner[], budget: Budget): Promise<Removed> => {
    const removed: string[] = [];
    const busy: string[] = [];
    const failing = new Set<string>();
    for (const { at, id, name } of left) {
      if (failing.has(at)) continue;
      try {
        const outcome = await remove(placeOf(at), id, budget);
        (outcome === 'removed' ? removed : busy).push(name);
      } catch (error) {
        failing.add(at);
        warn({ at, error });
      }
    }
    return { removed, busy };
  };

  const warn = ({ at, error }: { readonly at?: string; readonly error: unknown }) =>
    log({
      level: 'WARN',
      message: 'not swept',
      ...(at !== undefined && { at }),
      reason: errorFacts(error).message,
    });

  const sweep = async (): Promise<Removed & { readonly left: number }> => {
    const earlier = await look(budgetOf(clock, STEP_MS));
    if (earlier.length === 0) return { left: 0, removed: [], busy: [] };
    await clock.wait(BETWEEN_LOOKS_MS);
    const left = seenTwice(earlier, await look(budgetOf(clock, STEP_MS)));
    const budget = budgetOf(clock, STEP_MS);
    const some = left.slice(0, MOST_REMOVED);
    const present = await groups.among(
      some.map(({ instanceId }) => instanceId),
      budget,
    );
    const gone = some.filter(({ instanceId }) => !present.has(instanceId));
    return { left: left.length, ...(await removeAll(gone, budget)) };
  };

  return async () => {
    const beganAt = clock.now();
    try {
      const found = await sweep();
      log({ level: 'INFO', message: 'swept', ...found, ms: clock.now() - beganAt });
    } catch (error) {
      // The next one begins from nothing; no one repeats this.
      warn({ error });
    }
  };
}

interface Removed {
  /** Names of runners that are gone from GitHub now. */
  readonly removed: readonly string[];
  /** Of those that GitHub keeps, because they have a job. */
  readonly busy: readonly string[];
}

/** Several fleets may be registered at one place, in any case of its letters. */
function placesOf({ prefixes }: FleetsNow): readonly (readonly [string, readonly string[]])[] {
  const places = new Map<string, { readonly at: string; readonly prefixes: Set<string> }>();
  for (const { at, prefix } of prefixes) {
    const key = at.toLowerCase();
    const place = places.get(key) ?? { at, prefixes: new Set() };
    place.prefixes.add(prefix);
    places.set(key, place);
  }
  return [...places.values()].map((place) => [place.at, [...place.prefixes]]);
}
