/** Reads the schedules of a fleet of any source: every default filled in, every mistake found. */
import {
  clockMinutes,
  DAY_MINUTES,
  DAYS,
  daysOf,
  encodeSchedules,
  isTimeZone,
  MAX_FLEET_SIZE,
  type Schedule,
  TAG_VALUE_LIMIT,
} from '../lambda/scaler/contract.ts';
import { nearest } from './nearest.ts';
import { type ConfigReader, keysOf, readObject } from './reader.ts';
import type { ScheduleConfig } from './schedule-config.ts';

const KEY = 'schedules';

/** What the fleet has at all hours. */
export interface AllHours {
  readonly min: number;
  readonly max: number;
  readonly headroom: number;
}

/** @returns undefined where the fleet has none */
export function readSchedules(
  reader: ConfigReader,
  fleet: AllHours,
): readonly Schedule[] | undefined {
  const given = reader.raw(KEY);
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) {
    reader.refuse(KEY, "a list such as [{ days: ['mon-fri'], from: '08:00', to: '18:00', … }]");
    return undefined;
  }
  const problems: string[] = [];
  const read = given.map((entry: unknown, index) =>
    readSchedule(readObject(entry, { where: `${KEY}[${index}]`, keys: KEYS, problems }), fleet),
  );
  problems.forEach((problem) => reader.complain(problem));
  if (problems.length > 0 || read.length === 0) return undefined;
  const { length } = encodeSchedules(read);
  if (length > TAG_VALUE_LIMIT) {
    reader.complain(
      `${KEY} are ${length} characters long as the tag that the scaler reads; allowed: ${TAG_VALUE_LIMIT}, about five ` +
        'schedules; join days with the same hours',
    );
  }
  return read;
}

function readSchedule(reader: ConfigReader, fleet: AllHours): Schedule {
  const stop = reader.flag('stop', false);
  const amounts = {
    ...readAmount(reader, 'min', fleet),
    ...readAmount(reader, 'headroom', fleet),
  };
  const keeps = reader.has('min') || reader.has('headroom');
  if (stop && keeps) {
    reader.complain(
      'stop stands beside min or headroom; allowed: one of them, because nothing is launched in a stop',
    );
  } else if (!stop && !keeps) {
    reader.complain('it changes nothing; needed: min, headroom or stop: true');
  }
  if (stop && fleet.min > 0) {
    reader.refuse(
      'stop',
      `only in a fleet with min 0, and this one has ${fleet.min}, which Auto Scaling launches whatever the scaler says; ` +
        'move its min into schedules',
    );
  }
  return {
    days: readDays(reader),
    ...readHours(reader),
    timeZone: readTimeZone(reader),
    ...amounts,
    ...(stop && { stop }),
  };
}

function readDays(reader: ConfigReader): Schedule['days'] {
  if (!reader.has('days')) return DAYS;
  const texts = reader.textList('days', {
    least: 1,
    most: DAYS.length,
    accepts: (text) => daysOf(text) !== undefined,
    allowed: `a day or a range of days: ${DAYS.join(', ')}, mon-fri, sat-sun`,
  });
  const chosen = new Set(texts.flatMap((text) => daysOf(text) ?? []));
  return DAYS.filter((day) => chosen.has(day));
}

function readHours(reader: ConfigReader): Pick<Schedule, 'from' | 'to'> {
  const from = readTime(reader, 'from', {
    fallback: 0,
    accepts: (minutes) => minutes < DAY_MINUTES,
    allowed: "a time from '00:00' to '23:59'",
  });
  const to = readTime(reader, 'to', {
    fallback: DAY_MINUTES,
    accepts: (minutes) => minutes > 0,
    allowed: "a time from '00:01' to '24:00'",
  });
  if (from === to) {
    reader.refuse('to', "another time than from; the whole day is from '00:00' to '24:00'");
  }
  return { from, to };
}

interface TimeRule {
  /** Minutes after midnight. */
  readonly fallback: number;
  readonly accepts: (minutes: number) => boolean;
  readonly allowed: string;
}

function readTime(
  reader: ConfigReader,
  key: 'from' | 'to',
  { fallback, accepts, allowed }: TimeRule,
): number {
  const text = reader.optionalText(key, {
    accepts: (written) => accepts(clockMinutes(written) ?? Number.NaN),
    allowed,
  });
  return text === undefined ? fallback : (clockMinutes(text) ?? Number.NaN);
}

function readTimeZone(reader: ConfigReader): string {
  const written = reader.raw('timeZone');
  const alike =
    typeof written === 'string' && !isTimeZone(written)
      ? nearest(written, Intl.supportedValuesOf('timeZone'))
      : undefined;
  return reader.text('timeZone', {
    accepts: isTimeZone,
    allowed:
      'the IANA name of a time zone with its place, such as Europe/Berlin, or UTC; abbreviations and offsets know no ' +
      `daylight saving${alike === undefined ? '' : `; did you mean ${alike}?`}`,
  });
}

function readAmount(
  reader: ConfigReader,
  key: 'min' | 'headroom',
  fleet: AllHours,
): Pick<Schedule, 'min' | 'headroom'> {
  const value = reader.optionalWholeNumber(key, { least: 0, most: MAX_FLEET_SIZE });
  if (value === undefined) return {};
  if (value > fleet.max) {
    reader.refuse(key, `a whole number up to the fleet's max, which is ${fleet.max}`);
  } else if (value <= fleet[key]) {
    reader.refuse(
      key,
      `more than the fleet's own ${key}, which is ${fleet[key]}, because the greater one counts; for fewer at some ` +
        `hours lower that one, and give the other hours a schedule`,
    );
  }
  return { [key]: value };
}

const KEYS = keysOf<ScheduleConfig>({
  days: true,
  from: true,
  to: true,
  timeZone: true,
  min: true,
  headroom: true,
  stop: true,
});
