import type { Fleet } from '../fleet/fleets.ts';
import type { LastWord } from '../contract/events.ts';
import type { Memories } from '../pass.ts';
import { NONE } from './state.ts';

/**
 * Most last words change nothing and cost no call. One that is bad matters where nothing is watched yet, and
 * one of a served task where something is; what this container does not know of the class, the pass finds out.
 */
export function isWorthAPass({ outcome, resourceClass }: LastWord, memories: Memories): boolean {
  if (outcome === 'interrupted' || outcome === 'expired') return false;
  const known = [...memories.values()].find((each) => each.resourceClass === resourceClass);
  if (known === undefined) return true;
  return outcome === 'served' ? known.state !== undefined : known.state === undefined;
}

/** Where the word may change something, as the group's tag shows: what else it costs is one describe call. */
export function concerned({ outcome, resourceClass }: LastWord): (fleet: Fleet) => boolean {
  return (fleet) => {
    const isClear = (fleet.holdBack ?? NONE) === NONE;
    return fleet.resourceClass === resourceClass && (outcome === 'served' ? !isClear : isClear);
  };
}
