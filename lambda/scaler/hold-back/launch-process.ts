/**
 * A group replaces by itself what was abandoned, so while boots fail its process `Launch` is suspended: the
 * only way to hold back a group that boots in vain. For other causes machines leave with their place in the
 * desired capacity, and nothing needs to be suspended.
 */
import type { Fleet } from '../fleet/fleets.ts';
import type { Held, State } from './state.ts';

type Suspension = Pick<Fleet, 'suspended' | 'suspendedBecause'>;

export type LaunchSwitch = 'suspend' | 'resume' | 'leave';

export interface Switching {
  /** The hold-back as the group's tag has it, … */
  readonly was: State | undefined;
  /** … as this container last knew it, … */
  readonly remembered: State | undefined;
  /** … and as it shall be. */
  readonly state: State | undefined;
  /** A machine is tried now. */
  readonly isTried: boolean;
}

/** Clocks may differ by so much, and the suspension follows the tag. */
const TOLERANCE_MS = 60_000;

export function launchSwitch(
  fleet: Pick<Fleet, 'suspended' | 'suspendedBecause' | 'desired' | 'pending' | 'inService'>,
  { was, remembered, state, isTried }: Switching,
): LaunchSwitch {
  const isSuspended = fleet.suspended.includes('Launch');
  if (suspends(state)) {
    if (isSuspended) return isTried && isOwn(fleet, was) ? 'resume' : 'leave';
    // What was tried is let come first.
    const owes = fleet.desired > fleet.pending.length + fleet.inService.length;
    return isTried || (suspends(was) && owes) ? 'leave' : 'suspend';
  }
  return isSuspended && (isOwn(fleet, was) || isOwn(fleet, remembered)) ? 'resume' : 'leave';
}

/** Whether launches are suspended for this hold-back. */
export function suspends(state: State | undefined): state is Held {
  return state?.kind === 'held' && state.cause === 'boots-fail';
}

/** What was under way when launches were suspended has come by then: the longest lags that were measured. */
const UNDER_WAY_MS = 60_000;

/**
 * Launches are suspended for a hold-back, and for so long that nothing is under way any more.
 *
 * @param now milliseconds since the epoch
 */
export function isStill(
  { suspended, suspendedBecause }: Suspension,
  state: State | undefined,
  now: number,
): boolean {
  if (!suspends(state) || !suspended.includes('Launch')) return false;
  const at = suspendedAt(suspendedBecause?.get('Launch')) ?? state.since;
  return now - at >= UNDER_WAY_MS;
}

/** Suspended since it was held back, and not by an operator before. */
function isOwn(
  { suspendedBecause }: Pick<Suspension, 'suspendedBecause'>,
  state: State | undefined,
): boolean {
  if (!suspends(state)) return false;
  const at = suspendedAt(suspendedBecause?.get('Launch'));
  return at === undefined || at >= state.since - TOLERANCE_MS;
}

/** AWS writes `User suspended at 2026-03-02T08:00:00Z`. */
function suspendedAt(reason: string | undefined): number | undefined {
  const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/.exec(reason ?? '')?.[0];
  return time === undefined ? undefined : Date.parse(time);
}
