/** What of a fleet's machines matters for how long a task has waited; see `waiting.ts`. */
import type { MachineSighting } from '../waiting.ts';
import type { Fleet } from './fleets.ts';

export function machinesOf(fleet: Fleet, at: number): MachineSighting {
  const { pending, proceeding, inService, ending } = fleet;
  return {
    at,
    pending: pending.filter((id) => !proceeding.includes(id)),
    taking: [...proceeding, ...inService, ...ending],
    owed: owedBy(fleet),
  };
}

/** Machines that it was asked for and does not have. */
export function owedBy({ desired, pending, inService }: Fleet): number {
  return Math.max(desired - pending.length - inService.length, 0);
}
