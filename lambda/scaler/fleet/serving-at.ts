import type { DemandChange } from '../contract/events.ts';
import { decodeGitHubDemand } from '../contract/github.ts';
import type { Fleet } from './fleets.ts';

/** The fleets that jobs of the place may be for: those whose runners are registered there, or at its owner. */
export function servingAt({
  source,
  where,
}: DemandChange): (fleet: Pick<Fleet, 'source' | 'demand'>) => boolean {
  const repository = where.toLowerCase();
  const [owner = ''] = repository.split('/');
  return (fleet) => {
    if (fleet.source !== source) return false;
    const at = decodeGitHubDemand(fleet.demand ?? '')?.at.toLowerCase();
    return at === repository || at === owner;
  };
}
