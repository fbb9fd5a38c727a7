/** What it means for a fleet that an operator holds its launches back, by the tag `runner-scaler:hold`. */
import { decodeHold, HOLD_ALLOWED, TAG } from '../contract/tags.ts';
import type { Fleet } from './fleets.ts';

export interface Held {
  /** Milliseconds since the epoch at which the hold ends by itself; undefined: it does not. */
  readonly until: number | undefined;
  /** One sentence for the log. */
  readonly sentence: string;
  /** True where a drain holds it: the command has suspended Launch, and will resume it. */
  readonly drains: boolean;
  /** True where the tag cannot be understood. It holds all the same: a hold only ever launches less. */
  readonly unclear: boolean;
}

/**
 * @param at milliseconds since the epoch
 * @returns undefined where nobody holds the fleet back at that moment
 */
export function heldByOperator({ hold }: Pick<Fleet, 'hold'>, at: number): Held | undefined {
  const decoded = decodeHold(hold);
  if (decoded === undefined) return undefined;
  const held = 'held by an operator: nothing is launched';
  if (decoded.kind === 'drain') {
    const sentence = `${held} until npm run drain -- --undo`;
    return { until: undefined, sentence, drains: true, unclear: false };
  }
  if (decoded.kind === 'paused') {
    const sentence = `${held} until npx runner-scaler resume`;
    return { until: undefined, sentence, drains: false, unclear: false };
  }
  if (decoded.kind === 'until') {
    if (at >= decoded.at) return undefined;
    const sentence = `${held} before ${new Date(decoded.at).toISOString()}`;
    return { until: decoded.at, sentence, drains: false, unclear: false };
  }
  const found = `the tag ${TAG.hold} is ${JSON.stringify(decoded.text)}`;
  const sentence = `${held} while ${found}; allowed: ${HOLD_ALLOWED}; remove the tag to go on`;
  return { until: undefined, sentence, drains: false, unclear: true };
}

/**
 * A held fleet as the rule is to see it: as if its maximum were what is present. So nothing is launched,
 * nothing that is there is ended, and what was asked for and does not exist yet is taken back.
 *
 * Where Launch is suspended too, as a drain does, nothing can come of what is owed, and there is nothing
 * to take back: the capacity stays as it is. To lower it would let the group end what becomes Pending
 * between the describe call and the write.
 */
export function asHeld(fleet: Fleet): Fleet {
  const present = fleet.pending.length + fleet.inService.length;
  if (fleet.suspended.includes('Launch')) {
    return { ...fleet, min: present, max: present, desired: present };
  }
  // The group itself keeps its minimum, and refuses a capacity below it.
  return { ...fleet, max: Math.max(fleet.min, Math.min(fleet.max, present)) };
}
