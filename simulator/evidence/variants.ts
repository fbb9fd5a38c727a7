/** The shipped rule with one thing changed, from outside: nothing of it can be switched in the function. */
import {
  type Breaker,
  FIRST_PAUSE_MS,
  decodeBreaker,
  encodeBreaker,
} from '../../lambda/scaler/breaker.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import type { Outcome, Remembered } from '../../lambda/scaler/look.ts';
import type { Futility } from '../../lambda/scaler/policy.ts';
import { ours } from '../compare/rules/ours.ts';
import type { Rule } from '../compare/rule.ts';
import { WAKING_EVENTS } from '../drive/scaler-function.ts';
import type { World } from '../world/world.ts';

export interface Change {
  /** The most that one look may make of the desired capacity it finds. Default: whatever it decides. */
  readonly growth?: (desired: number) => number;
  /** Default: true, as shipped. */
  readonly breakers?: boolean;
  /** The longest pause between two probes of an open breaker. Default: as shipped, by its reason. */
  readonly longestPauseSeconds?: number;
  /** Seconds between two looks while new work comes. Default: 5, as shipped. */
  readonly busySeconds?: number;
}

/** @param report hears of every look */
export function shippedRule(change: Change, report: (outcome: Outcome) => void): Rule {
  const { growth, breakers = true, busySeconds = 5, longestPauseSeconds } = change;
  const between = (world: World) => {
    const grown = growth === undefined ? world : growingBy(world, growth);
    return longestPauseSeconds === undefined ? grown : pausingFor(grown, longestPauseSeconds);
  };
  return ours({
    busySeconds,
    events: WAKING_EVENTS,
    report: { outcome: report, warning: () => undefined },
    between,
    ...(!breakers && { remembering: () => new Blameless() }),
  });
}

/** The same world, whose groups are raised by only so much at a time. */
export function growingBy(world: World, growth: (desired: number) => number): World {
  const limited: World = Object.create(world);
  limited.setDesiredCapacity = (name, desired) => {
    const now = world.groups().find(({ group }) => group === name)?.desired ?? 0;
    world.setDesiredCapacity(name, Math.min(desired, Math.max(growth(now), now)));
  };
  return limited;
}

/**
 * The same world, in which somebody sets the next probe of an open breaker in its tag, as a person may:
 * the pauses double as ever, up to this many seconds, whatever the breaker's reason.
 */
export function pausingFor(world: World, seconds: number): World {
  const changed: World = Object.create(world);
  const failures = new Map<string, number>();
  changed.setTag = (group, key, value) => {
    const breaker = key === TAG.breaker ? decodeBreaker(value) : undefined;
    const begins = breaker !== undefined && breaker.failures !== failures.get(group);
    if (key === TAG.breaker) failures.set(group, breaker?.failures ?? 0);
    world.setTag(group, key, begins ? encodeBreaker(paused(breaker)) : value);
  };
  const paused = (breaker: Breaker): Breaker => {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (breaker.failures - 1), 1000 * seconds);
    return { ...breaker, probeAt: world.now() + pause };
  };
  return changed;
}

/**
 * A memory in which no evidence adds up, so that no breaker opens. All else is remembered: machines
 * that finish are counted out as ever.
 */
export class Blameless extends Map<string, Remembered> {
  override set(group: string, { memory, ...rest }: Remembered): this {
    const never = Number.NEGATIVE_INFINITY;
    return super.set(group, {
      ...rest,
      memory: { ...memory, bootsFailedInRow: never, idleExitsInRow: never, starvedMs: never },
    });
  }
}

export interface Opening {
  readonly group: string;
  readonly reason: Futility;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What was seen in that look, in words. */
  readonly seen: string;
  /** For how long it was open; until the last look if it never closed. */
  readonly openMs: number;
}

export interface BreakerWatch {
  readonly note: (outcome: Outcome) => void;
  /** Every opening so far, in order. */
  readonly openings: () => readonly Opening[];
}

/** Follows the breakers of all groups through the outcomes of the looks. */
export function breakerWatch(): BreakerWatch {
  const openings: Opening[] = [];
  const open = new Map<string, number>();
  return {
    openings: () => openings,
    note({ fleet, at, demand, memory, breaker }) {
      // What could not be read tells nothing of the breaker.
      if (demand === undefined) return;
      const { group } = fleet;
      const place = open.get(group);
      const last = place === undefined ? undefined : openings[place];
      if (place !== undefined && last !== undefined) {
        openings[place] = { ...last, openMs: at - last.at };
      }
      const reason = REASONS.find((each) => breaker?.startsWith(`${each} `));
      if (reason === undefined) open.delete(group);
      else if (last?.reason !== reason) {
        const seen =
          `${demand.unclaimed} unclaimed, ${demand.running} running, desired ${fleet.desired}, ` +
          `${fleet.pending.length} pending, ${fleet.inService.length} in service, ` +
          `${memory?.finishing ?? 0} finishing`;
        open.set(group, openings.push({ group, reason, at, seen, openMs: 0 }) - 1);
      }
    },
  };
}

export const REASONS: readonly Futility[] = ['boots-fail', 'tasks-unclaimed', 'no-capacity'];
