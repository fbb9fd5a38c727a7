/** The schedules of a fleet as its group's tag has them: hours in which more is kept ready, or nothing is launched. */
import { DAY_MINUTES, DAYS, type Day, isTimeZone } from './time-zone.ts';
import { quote, wholeNumber } from './values.ts';

/** What holds while the clock of a time zone shows certain hours of certain days. */
export interface Schedule {
  /** The days on which its hours begin, each once, in the order of the week. */
  readonly days: readonly Day[];
  /** Minutes after midnight at which it begins, 0 to 1439. */
  readonly from: number;
  /** Minutes after midnight at which it ends, 1 to 1440; less than `from` means on the next day. */
  readonly to: number;
  /** An IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** Runners that exist even without jobs. Default: as many as at other hours. */
  readonly min?: number;
  /** Runners kept ready beyond the demand. Default: as many as at other hours. */
  readonly headroom?: number;
  /** Whether nothing is launched. Default: false. */
  readonly stop?: boolean;
}

/**
 * The longest value a tag may have.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Tag.html
 */
export const TAG_VALUE_LIMIT = 256;

/** A sign that tags may have and that stands alone in no schedule. */
const BETWEEN = ' + ';

export const SCHEDULES_ALLOWED =
  'schedules such as mon-fri 08:00-18:00 Europe/Berlin min=2 headroom=1, with a + between two of them; ' +
  'stop instead of min and headroom lets nothing be launched';

export function encodeSchedules(schedules: readonly Schedule[]): string {
  return schedules.map(scheduleText).join(BETWEEN);
}

/** One schedule in words, as the tag and the log have it: `mon-fri 08:00-18:00 Europe/Berlin min=2`. */
export function scheduleText(schedule: Schedule): string {
  const { days, from, to, timeZone, min, headroom, stop = false } = schedule;
  return [
    ...dayWords(days),
    `${clockText(from)}-${clockText(to)}`,
    timeZone,
    ...(min === undefined ? [] : [`min=${min}`]),
    ...(headroom === undefined ? [] : [`headroom=${headroom}`]),
    ...(stop ? ['stop'] : []),
  ].join(' ');
}

/**
 * @param text the value of the tag
 * @returns undefined for a text that is not understood as a whole
 */
export function decodeSchedules(text: string, most: number): readonly Schedule[] | undefined {
  const read = text.split(BETWEEN).map((part) => readSchedule(part, most));
  const schedules = read.filter((each) => each !== undefined);
  return schedules.length === read.length ? schedules : undefined;
}

/** What is wrong with the tag that has this value. */
export function schedulesProblem(tag: string, text: string): string {
  return `tag ${tag} is ${quote(text)}; allowed: ${SCHEDULES_ALLOWED}`;
}

/** Minutes after midnight of `08:00`; 24:00 is the end of a day. Undefined for every other text. */
export function clockMinutes(text: string): number | undefined {
  const [, hours = '', minutes = ''] = /^(\d\d):([0-5]\d)$/.exec(text) ?? [];
  const found = hours === '' ? DAY_MINUTES + 1 : Number(hours) * 60 + Number(minutes);
  return found <= DAY_MINUTES ? found : undefined;
}

/**
 * The days that `mon` or `fri-mon` stands for, in that order; a range goes on over the end of the week.
 * Undefined for every other text.
 */
export function daysOf(text: string): readonly Day[] | undefined {
  const [first, last, ...rest] = text
    .split('-')
    .map((word) => DAYS.findIndex((day) => day === word));
  if (first === undefined || first === -1 || last === -1 || rest.length > 0) return undefined;
  const count = (((last ?? first) - first + DAYS.length) % DAYS.length) + 1;
  return [...DAYS, ...DAYS].slice(first, first + count);
}

function readSchedule(text: string, most: number): Schedule | undefined {
  const words = text.trim().split(/\s+/);
  const at = words.findIndex((word) => word.includes(':'));
  const days = words.slice(0, Math.max(at, 0)).map(daysOf);
  const [hours = '', timeZone = '', ...effects] = words.slice(Math.max(at, 0));
  const [from, to, ...rest] = hours.split('-').map(clockMinutes);
  if (days.length === 0 || !days.every((each) => each !== undefined)) return undefined;
  if (from === undefined || to === undefined || rest.length > 0) return undefined;
  const effect = readEffects(effects, most);
  if (from === DAY_MINUTES || to === 0 || from === to) return undefined;
  if (!isTimeZone(timeZone) || effect === undefined) return undefined;
  const chosen = new Set(days.flat());
  return { days: DAYS.filter((day) => chosen.has(day)), from, to, timeZone, ...effect };
}

type Effect = Pick<Schedule, 'min' | 'headroom' | 'stop'>;

/** @returns undefined where a word is not understood, or there is none */
function readEffects(words: readonly string[], most: number): Effect | undefined {
  const read = words.map((word): Effect | undefined => {
    if (word === 'stop') return { stop: true };
    const [name = '', text = ''] = word.split('=');
    const value = wholeNumber(text, { least: 0, most });
    if (value === undefined) return undefined;
    return name === 'min' || name === 'headroom' ? { [name]: value } : undefined;
  });
  return read.length === 0 || read.includes(undefined) ? undefined : Object.assign({}, ...read);
}

function clockText(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** Three days and more that follow each other become one word. */
function dayWords(days: readonly Day[]): readonly string[] {
  const words: string[] = [];
  for (let start = 0; start < days.length;) {
    let end = start;
    const place = (index: number) => DAYS.findIndex((day) => day === days[index]);
    while (end + 1 < days.length && place(end + 1) === place(end) + 1) end += 1;
    if (end - start >= 2) words.push(`${days[start]}-${days[end]}`);
    else words.push(...days.slice(start, end + 1));
    start = end + 1;
  }
  return words;
}
