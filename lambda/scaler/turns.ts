/** Which classes a pass reads where their source takes only so many calls: those that waited longest. */
import type { Budget, Clock } from './clock.ts';
import type { SourceName } from './contract/sources.ts';
import type { DemandSource } from './demand/source.ts';
import type { Fleet } from './fleet/fleets.ts';

/** Kept back of a pass's time for the last answers, and for the writes that follow from them. */
export const ANSWER_MS = 2_000;

/** The rounds of containers that remember nothing: each begins where the one a minute before ended. */
const ROUND_MS = 60_000;

/** @returns those of the fleets that are read in this pass, in their order */
export type Turns = (fleets: readonly Fleet[], budget: Budget) => readonly Fleet[];

export interface TurnsOptions {
  readonly clock: Clock;
  readonly sources: Readonly<
    Partial<Record<SourceName, Pick<DemandSource, 'classesWithin' | 'restsUntil'> | undefined>>
  >;
  /** Told of each pass that leaves classes to the next. */
  readonly warning: (message: string) => void;
}

export function turns({ clock, sources, warning }: TurnsOptions): Turns {
  /** The number of each group's last turn, counted from the first of this container. */
  const lastTurns = new Map<string, number>();
  let taken = 0;

  return (fleets, budget) => {
    const now = clock.now();
    const ms = budget.endsAt - now - ANSWER_MS;
    const chosen = new Set<Fleet>();
    for (const [source, all] of bySource(fleets)) {
      // The source itself says why it rests.
      const own = all.filter((fleet) => !((sources[source]?.restsUntil?.(fleet) ?? now) > now));
      if (own.length === 0) continue;
      // One class at least, so that whatever the rate all have their turn.
      const room = Math.max(sources[source]?.classesWithin?.(ms, own) ?? own.length, 1);
      for (const fleet of longestFirst(own, { room, now }).slice(0, room)) chosen.add(fleet);
      if (room < own.length) {
        warning(
          `${own.length - room} of ${own.length} classes are left to the next passes: as many calls as ` +
            `${source} takes a second read ${room} classes in the ${Math.max(Math.round(ms / 1000), 0)} s of a pass; ` +
            `if the installation takes more calls, raise ${source}.callsPerSecond in the config`,
        );
      }
    }
    for (const { group } of chosen) {
      taken += 1;
      lastTurns.set(group, taken);
    }
    return fleets.filter((fleet) => chosen.has(fleet));
  };

  function longestFirst(
    fleets: readonly Fleet[],
    { room, now }: { readonly room: number; readonly now: number },
  ): readonly Fleet[] {
    const begin = (Math.floor(now / ROUND_MS) * room) % fleets.length;
    const last = ({ group }: Fleet) => lastTurns.get(group) ?? 0;
    const inRound = [...fleets.slice(begin), ...fleets.slice(0, begin)];
    return inRound.toSorted((one, other) => last(one) - last(other));
  }
}

function bySource(fleets: readonly Fleet[]): ReadonlyMap<SourceName, readonly Fleet[]> {
  const found = new Map<SourceName, Fleet[]>();
  for (const fleet of fleets) {
    const own = found.get(fleet.source);
    if (own === undefined) found.set(fleet.source, [fleet]);
    else own.push(fleet);
  }
  return found;
}
