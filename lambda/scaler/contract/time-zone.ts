/** What the clocks of a time zone show, by the rules that Node brings with it. */

/** The days of the week, in their order. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** Minutes of a day. */
export const DAY_MINUTES = 24 * 60;

export interface WallClock {
  readonly day: Day;
  /** Minutes after midnight. */
  readonly minutes: number;
}

/**
 * Where daylight saving begins the clocks leave an hour out, and where it ends they show one twice.
 *
 * @param timeZone a name for which `isTimeZone` holds
 * @param at milliseconds since the epoch
 */
export function wallClock(timeZone: string, at: number): WallClock {
  const parts = clockOf(timeZone).formatToParts(at);
  const valueOf = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const day = DAYS.find((each) => each === valueOf('weekday').toLowerCase());
  if (day === undefined) throw new Error(`the clock of ${timeZone} shows no day`);
  return { day, minutes: Number(valueOf('hour')) * 60 + Number(valueOf('minute')) };
}

/** A name with a place in it; those below Etc are offsets, whose signs most people expect the other way. */
const PLACE = /^(?!Etc\/)[A-Za-z]+(?:\/[\w+-]+)+$/;

/**
 * Whether the name is of a place's time zone, or UTC. Abbreviations and offsets are not: they know nothing of
 * daylight saving, or mean another zone for somebody else.
 */
export function isTimeZone(name: string): boolean {
  if (name !== 'UTC' && !PLACE.test(name)) return false;
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/** To make one takes a hundred times as long as to use it. There are as many as zones are named. */
const clocks = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for an unknown name */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(timeZone, clock);
  return clock;
}
