/** Finds fleets that would be taken for each other. */
import { NAME_KEYS, placeOf } from './fleet-place.ts';
import { show } from './reader.ts';
import type { ResolvedFleet } from './resolved-config.ts';

/**
 * Group, secret, events and metrics of a fleet say what its class is called and not which source it has, so a name may be
 * used once in all of a config.
 */
export function sameNames(fleets: readonly ResolvedFleet[]): readonly string[] {
  return fleets.flatMap((fleet, index) => {
    const { resourceClass } = fleet;
    if (resourceClass === '') return [];
    const earlier = fleets.slice(0, index).find(({ group }) => group === fleet.group);
    return earlier === undefined
      ? []
      : [`${placeOf(fleet, fleets)} (${resourceClass}): ${conflict(fleet, earlier, fleets)}`];
  });
}

function conflict(
  fleet: ResolvedFleet,
  earlier: ResolvedFleet,
  fleets: readonly ResolvedFleet[],
): string {
  const key = NAME_KEYS[fleet.source];
  const place = placeOf(earlier, fleets);
  const said = `${key} is ${show(fleet.resourceClass)}`;
  if (earlier.resourceClass !== fleet.resourceClass) {
    return (
      `${said}, whose group would be called ${fleet.group}, as that of ${place} ` +
      `(${earlier.resourceClass}); allowed: names that differ in more than . / : and +; choose another ${key}`
    );
  }
  return earlier.source === fleet.source
    ? `${said}, as in ${place}; allowed: one entry per class`
    : `${said}, as in ${place}; allowed: one fleet of a name over all sources, because groups, secrets, ` +
        `events and metrics are named without the source; choose another ${key}`;
}
