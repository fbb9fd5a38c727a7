/** What the schedules of a fleet mean at one moment. */
import { type Schedule, scheduleText } from '../contract/schedules.ts';
import { type Day, DAYS, type WallClock, wallClock } from '../contract/time-zone.ts';
import type { Fleet } from './fleets.ts';
import { type Held, heldByOperator } from './hold.ts';

export interface Scheduled {
  /** Runners that exist even without jobs; 0 where only the group's own minimum holds. */
  readonly floor: number;
  /** Runners kept ready beyond the demand. */
  readonly headroom: number;
  /** The schedules that hold at this moment, in words; undefined where none does. */
  readonly sentence: string | undefined;
}

type WithSchedules = Pick<Fleet, 'headroom' | 'schedules'>;

/**
 * Of the fleet's own headroom and of all schedules that hold, the greatest counts, in whatever order they stand.
 *
 * @param at milliseconds since the epoch
 */
export function scheduledAt(fleet: WithSchedules, at: number): Scheduled {
  const holding = holdingAt(fleet, at);
  return {
    floor: Math.max(0, ...holding.map(({ min = 0 }) => min)),
    headroom: Math.max(fleet.headroom, ...holding.map(({ headroom = 0 }) => headroom)),
    sentence: holding.length === 0 ? undefined : holding.map(scheduleText).join('; '),
  };
}

/**
 * Whether nothing may be launched for the fleet, and why: an operator's word comes before a schedule's.
 *
 * @param at milliseconds since the epoch
 */
export function heldAt(fleet: Pick<Fleet, 'hold' | 'schedules'>, at: number): Held | undefined {
  return heldByOperator(fleet, at) ?? stoppedAt(fleet, at);
}

/** A stop ends with a minute of the clock, and the schedule's pass of that minute sees it: nobody needs to wait for it. */
function stoppedAt(fleet: Pick<Fleet, 'schedules'>, at: number): Held | undefined {
  const stop = holdingAt(fleet, at).find((schedule) => schedule.stop);
  if (stop === undefined) return undefined;
  const sentence = `stopped by the schedule ${scheduleText(stop)}: nothing is launched until it ends`;
  return { until: undefined, sentence, drains: false, unclear: false };
}

function holdingAt({ schedules = [] }: Pick<Fleet, 'schedules'>, at: number): readonly Schedule[] {
  return schedules.filter((schedule) => holds(schedule, wallClock(schedule.timeZone, at)));
}

/** A schedule over midnight belongs to the day on which it begins. */
function holds({ days, from, to }: Schedule, { day, minutes }: WallClock): boolean {
  const today = days.includes(day);
  if (from < to) return today && minutes >= from && minutes < to;
  return (today && minutes >= from) || (days.includes(dayBefore(day)) && minutes < to);
}

function dayBefore(day: Day): Day {
  return DAYS.at(DAYS.indexOf(day) - 1) ?? day;
}
