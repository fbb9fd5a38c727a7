/** Where the config names a fleet, as a message begins. */
import type { ResolvedFleet } from './resolved-config.ts';

/** The lists of fleets, by source. */
export const FLEET_LISTS: Readonly<Record<ResolvedFleet['source'], string>> = {
  circleci: 'resourceClasses',
  github: 'github.fleets',
  gitlab: 'gitlab.fleets',
};

/** The key of an entry that names the fleet, by source. */
export const NAME_KEYS: Readonly<Record<ResolvedFleet['source'], string>> = {
  circleci: 'resourceClass',
  github: 'name',
  gitlab: 'name',
};

/** For example `gitlab.fleets[1]`. The fleets of each source are in the order of their list. */
export function placeOf(fleet: ResolvedFleet, fleets: readonly ResolvedFleet[]): string {
  const index = fleets.filter(({ source }) => source === fleet.source).indexOf(fleet);
  return `${FLEET_LISTS[fleet.source]}[${index}]`;
}
