import type { Fleet } from './fleets.ts';

/** A machine, and the class that it may speak for; undefined where the event is not the machine's own. */
export interface Machine {
  readonly instanceId: string;
  readonly resourceClass: string | undefined;
}

/** The fleet of the machine, if it is one's own: a runner speaks for its class only. */
export function holding({ instanceId, resourceClass }: Machine): (fleet: Fleet) => boolean {
  return (fleet) =>
    (resourceClass === undefined || resourceClass === fleet.resourceClass) &&
    [fleet.pending, fleet.inService, fleet.ending].some((ids) => ids.includes(instanceId));
}
