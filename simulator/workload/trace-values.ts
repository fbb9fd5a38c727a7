/** How the cells of a trace are read: moments, time zones and durations. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** What a duration's number counts, with the milliseconds in one of it. */
export const DURATION_UNITS = {
  milliseconds: 1,
  seconds: SECOND_MS,
  minutes: MINUTE_MS,
  hours: HOUR_MS,
} as const;
export type DurationUnit = keyof typeof DURATION_UNITS;

/** In which order a date with its year last, or its year in two digits, is written. */
export const DATE_ORDERS = ['ymd', 'mdy', 'dmy'] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

/** How moments are read that do not say it themselves. */
export interface MomentOptions {
  /** Zone of moments that name none. */
  readonly zone: Zone;
  /** Default: only dates that begin with the year are understood. */
  readonly dateOrder?: DateOrder | undefined;
}

/** What `parseMoment` accepts, for messages. */
export const ALLOWED_MOMENT =
  'a date with a time such as 2025-03-01 08:00, 2025-03-01T08:00:00Z or 2025-03-01T08:00:00.5+02:00, ' +
  'or seconds or milliseconds since 1970';

/** What is said of a date that can be read in two ways. */
export const AMBIGUOUS_DATE =
  'can be read in two ways; say its order with --date-order mdy (month first) or --date-order dmy (day first)';

/** What `parseDuration` accepts, for messages. */
export const ALLOWED_DURATION = 'a number of at least 0, or h:mm:ss';

/** The offset from UTC, in milliseconds, that is in force when a zone's clocks show `local`. */
export type Zone = (local: number) => number;

export const UTC: Zone = () => 0;

/** Words that exports write where there is no value; `\N` is CircleCI's and MySQL's. */
const NO_VALUE = new Set(['', '\\n', 'null', 'none', 'nan', 'n/a']);

export function isMissing(text: string): boolean {
  return text.length < 5 && NO_VALUE.has(text.toLowerCase());
}

const MOMENT =
  /^(\d{4})([-/.])(\d\d?)\2(\d\d?)[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([AP]M)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;
/** A date of which two numbers of at most two digits come first: which is the month, it does not say. */
const YEAR_LAST = /^(\d\d?)([-/.])(\d\d?)\2(\d{4}|\d\d),?(?=[T ])/;
const NUMBER = /^\d+(?:\.\d+)?(?:e\+?\d+)?$/i;

/** A number below this counts seconds (until the year 5138), from here on milliseconds (since 1973). */
const LEAST_EPOCH_MS = 1e11;
const MOST_EPOCH_MS = 1e14;

/** Milliseconds since the epoch, or undefined when the text is no moment. */
export function parseMoment(
  text: string,
  { zone, dateOrder }: MomentOptions,
): number | 'ambiguous' | undefined {
  const isYearLast = YEAR_LAST.test(text);
  if (isYearLast && dateOrder === undefined) return 'ambiguous';
  const match = MOMENT.exec(isYearLast && dateOrder ? yearFirst(text, dateOrder) : text);
  if (match === null) return NUMBER.test(text) ? epoch(Number(text)) : undefined;
  const [, year, , month, day, shown = '', minute, second = '0', fraction = '0', half, suffix] =
    match;
  const hour = half === undefined ? Number(shown) : hourOfDay(Number(shown), half);
  if (hour === undefined) return undefined;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    hour,
    Number(minute),
    Number(second),
  );
  // Date.UTC carries 30 February into March; a date that comes back different did not exist.
  const date = new Date(local);
  const exists =
    date.getUTCDate() === Number(day) &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === Number(minute) &&
    date.getUTCSeconds() === Number(second);
  if (!exists || date.getUTCMonth() !== Number(month) - 1) return undefined;
  const offset = suffix === undefined ? zone(local) : fixedOffset(suffix);
  if (offset === undefined) return undefined;
  return local - offset + Math.round(Number(`0.${fraction}`) * SECOND_MS);
}

/** `03/02/2026 14:05` as `2026/03/02 14:05`, or as `2026/02/03 14:05`; of two digits, a year of this century. */
function yearFirst(text: string, order: DateOrder): string {
  return text.replace(YEAR_LAST, (...match) => {
    const [, first, mark, second, third] = match;
    const parts = {
      ymd: [first, second, third],
      mdy: [third, first, second],
      dmy: [third, second, first],
    };
    const [year, month, day] = parts[order];
    return `${String(year).length === 2 ? `20${year}` : year}${mark}${month}${mark}${day}`;
  });
}

/** The hour of a clock with twelve; undefined where it shows none. */
function hourOfDay(shown: number, half: string): number | undefined {
  if (shown < 1 || shown > 12) return undefined;
  return (shown % 12) + (/^p/i.test(half) ? 12 : 0);
}

function epoch(value: number): number | undefined {
  if (value >= MOST_EPOCH_MS) return undefined;
  return Math.round(value < LEAST_EPOCH_MS ? value * SECOND_MS : value);
}

/** Milliseconds, `negative`, or undefined when the text is no duration. Rounded to whole milliseconds. */
export function parseDuration(text: string, unit: DurationUnit): number | 'negative' | undefined {
  if (/^-\d/.test(text)) return 'negative';
  if (NUMBER.test(text)) {
    const value = Math.round(Number(text) * DURATION_UNITS[unit]);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const clock = /^(\d{1,4}):([0-5]\d):([0-5]\d(?:\.\d+)?)$/.exec(text);
  if (clock === null) return undefined;
  const [, hours, minutes, seconds] = clock;
  return Math.round(
    Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS,
  );
}

/**
 * A zone by name: `UTC`, an offset such as `+02:00`, or a name of the time zone database such as
 * `Europe/Berlin`. Undefined when there is none of that name.
 */
export function zoneNamed(name: string): Zone | undefined {
  if (/^(z|utc|gmt)$/i.test(name)) return UTC;
  if (/^[+-]/.test(name)) {
    const offset = /^[+-]\d\d(:?\d\d)?$/.test(name) ? fixedOffset(name) : undefined;
    return offset === undefined ? undefined : () => offset;
  }
  try {
    return databaseZone(name);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function fixedOffset(suffix: string): number | undefined {
  if (/^[a-z]/i.test(suffix)) return 0;
  const digits = suffix.slice(1).replace(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2) || '0');
  // The widest offsets in use are -12:00 and +14:00.
  if (hours > 14 || minutes > 59) return undefined;
  return (suffix.startsWith('-') ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS);
}

function databaseZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  // Formatting costs microseconds and a trace has many rows: offsets change on quarter hours at the finest.
  const known = new Map<number, number>();
  const offsetAt = (utc: number): number => {
    const quarter = Math.floor(utc / (15 * MINUTE_MS));
    const cached = known.get(quarter);
    if (cached !== undefined) return cached;
    const start = quarter * 15 * MINUTE_MS;
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(start)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - start;
    known.set(quarter, offset);
    return offset;
  };
  // The first guess can be on the wrong side of a change of clocks; the second is not.
  return (local) => offsetAt(local - offsetAt(local));
}
