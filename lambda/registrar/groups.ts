/** The number of a fleet's runner group, which GitHub knows by number and people by name. */
import type { Budget, Clock } from '../scaler/clock.ts';
import type { Place } from './place.ts';
import { Refusal } from './refusal.ts';
import { groupNamed } from './runners.ts';

export interface Groups {
  /** @throws Refusal where there is no group of that name */
  idOf(place: Place, name: string | undefined, budget: Budget): Promise<number>;
  /** It may have been deleted and made again under another number. */
  forget(place: Place, name: string | undefined): void;
}

/** Every organisation has it, and a repository has no other. */
const DEFAULT_GROUP = 1;

const KEPT_MS = 3_600_000;

export function groups(clock: Pick<Clock, 'now'>): Groups {
  const known = new Map<string, { readonly at: number; readonly id: number }>();
  const keyOf = ({ at }: Place, name: string) => `${at} ${name}`;

  return {
    async idOf(place, name, budget) {
      if (name === undefined) return DEFAULT_GROUP;
      if (place.isRepository) {
        throw Refusal.final(
          422,
          `${place.at} is a repository, which has no runner group ${name}; leave out runnerGroup, or register the runners at the organization`,
        );
      }
      const key = keyOf(place, name);
      const kept = known.get(key);
      const at = clock.now();
      if (kept !== undefined && at - kept.at < KEPT_MS) return kept.id;
      const id = await groupNamed(place, name, budget);
      if (id === undefined) {
        throw Refusal.final(
          422,
          `${place.at} has no runner group ${name}; make it in GitHub, or correct runnerGroup in the config`,
        );
      }
      known.set(key, { at, id });
      return id;
    },
    forget(place, name) {
      if (name !== undefined) known.delete(keyOf(place, name));
    },
  };
}
