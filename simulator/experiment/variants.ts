/** The shipped rule with one thing changed, from outside: nothing of it can be switched in the function. */
import { DEFAULT_PASS_INTERVAL_SECONDS } from '../../lambda/scaler/contract.ts';
import type { Outcome } from '../../lambda/scaler/composition.ts';
import type { Cause } from '../../lambda/scaler/policy.ts';
import { ours } from './rules/ours.ts';
import type { Rule } from './rules/rule.ts';
import { WAKING_EVENTS } from '../drive/scaler-function.ts';
import type { World } from '../world/world.ts';

export interface Change {
  /** Default: true, as shipped. */
  readonly holdBacks?: boolean;
  /** Seconds from one pass to the next. Default: as shipped. */
  readonly everySeconds?: number;
}

/** @param report hears of every pass */
export function shippedRule(change: Change, report: (outcome: Outcome) => void): Rule {
  const { holdBacks = true, everySeconds = DEFAULT_PASS_INTERVAL_SECONDS } = change;
  return ours({
    everySeconds,
    events: WAKING_EVENTS,
    report: { outcome: report, warning: () => undefined },
    ...(!holdBacks && { between: withoutEvidence }),
  });
}

/**
 * The same world, whose groups have nothing on record and whose machines say nothing in the end, so that
 * nothing is ever held back.
 */
export function withoutEvidence(world: World): World {
  const silent: World = Object.create(world);
  silent.activities = () => [];
  silent.onWord = () => () => true;
  return silent;
}

/** A time for which launches of a group were held back. */
export interface Holding {
  readonly group: string;
  readonly cause: Cause;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What was seen in that pass, in words. */
  readonly seen: string;
  /** For how long; until the last pass if it was never released. */
  readonly heldMs: number;
}

export interface HoldingWatch {
  readonly note: (outcome: Outcome) => void;
  /** Every one so far, in order. */
  readonly holdings: () => readonly Holding[];
}

/** Follows the hold-backs of all groups through the outcomes of the passes. */
export function holdingWatch(): HoldingWatch {
  const holdings: Holding[] = [];
  const current = new Map<string, number>();
  return {
    holdings: () => holdings,
    note({ fleet, at, demand, finishing, holdBack }) {
      // A pass that could not read the class says nothing about it.
      if (demand === undefined) return;
      const { group } = fleet;
      const place = current.get(group);
      const last = place === undefined ? undefined : holdings[place];
      if (place !== undefined && last !== undefined) {
        holdings[place] = { ...last, heldMs: at - last.at };
      }
      if (holdBack?.kind !== 'held') current.delete(group);
      else if (last?.cause !== holdBack.cause) {
        const seen =
          `${demand.unclaimed} unclaimed, ${demand.running} running, desired ${fleet.desired}, ` +
          `${fleet.pending.length} pending, ${fleet.inService.length} in service, ` +
          `${finishing ?? 0} finishing`;
        const { cause } = holdBack;
        current.set(group, holdings.push({ group, cause, at, seen, heldMs: 0 }) - 1);
      }
    },
  };
}

export const CAUSES: readonly Cause[] = ['boots-fail', 'agents-fail', 'tasks-unclaimed'];
