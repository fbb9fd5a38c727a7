import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import type { ScheduleConfig } from '../../config/schedule-config.ts';

const OFFICE: ScheduleConfig = {
  days: ['mon-fri'],
  from: '08:00',
  to: '18:00',
  timeZone: 'Europe/Berlin',
  min: 2,
  headroom: 1,
};
const READ = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: 480,
  to: 1080,
  timeZone: 'Europe/Berlin',
  min: 2,
  headroom: 1,
};

describe('schedules', () => {
  test('are read with days, minutes and what they keep ready', () => {
    expect(schedulesOf([OFFICE])).toEqual([READ]);
  });

  test('hold on all days and at all hours where nothing else is said', () => {
    expect(schedulesOf([{ timeZone: 'UTC', stop: true }])).toEqual([
      {
        days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
        from: 0,
        to: 1440,
        timeZone: 'UTC',
        stop: true,
      },
    ]);
  });

  test('may begin on single days and on ranges over the end of the week', () => {
    const days = ['wed', 'sat-mon'] as const;
    expect(schedulesOf([{ ...OFFICE, days }])).toMatchObject([
      { days: ['mon', 'wed', 'sat', 'sun'] },
    ]);
  });

  test('may end on the day after', () => {
    expect(schedulesOf([{ ...OFFICE, from: '22:00', to: '06:00' }])).toMatchObject([
      { from: 1320, to: 360 },
    ]);
  });

  test('may overlap, since the greatest counts', () => {
    expect(schedulesOf([OFFICE, { ...OFFICE, min: 3 }])).toHaveLength(2);
  });

  test.each([undefined, []])('are absent where there are none: %j', (schedules) => {
    expect(schedulesOf(schedules)).toBeUndefined();
  });

  test('are the same for every source', () => {
    const config: ScalerConfig = {
      name: 'ci',
      resourceClasses: [{ resourceClass: 'acme/linux', max: 4, schedules: [OFFICE] }],
      github: {
        appSecretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app-a1B2c3',
        owners: ['acme'],
        fleets: [{ name: 'linux', labels: ['acme'], max: 4, schedules: [OFFICE] }],
      },
      gitlab: {
        url: 'https://gitlab.example.com',
        scope: 'instance',
        fleets: [
          { name: 'linux-gitlab', runner: 7, max: 4, executor: 'shell', schedules: [OFFICE] },
        ],
      },
    };
    const { fleets } = resolveConfig(config);
    expect(fleets.map(({ source, schedules }) => [source, schedules])).toEqual([
      ['circleci', [READ]],
      ['github', [READ]],
      ['gitlab', [READ]],
    ]);
  });
});

describe('a mistake in a schedule', () => {
  test.each<[title: string, entry: unknown, message: string]>([
    ['no object', 'nine to five', 'is "nine to five"; allowed: an object with the keys days, from'],
    [
      'an unknown key',
      { ...OFFICE, timezone: 'UTC' },
      'unknown key "timezone"; did you mean timeZone?',
    ],
    [
      'an unknown day',
      { ...OFFICE, days: ['monday'] },
      'days[0] is "monday"; allowed: a day or a range of days: mon, tue',
    ],
    [
      'a day in capitals',
      { ...OFFICE, days: ['Mon-Fri'] },
      'days[0] is "Mon-Fri"; allowed: a day or a range',
    ],
    [
      'days as one text',
      { ...OFFICE, days: 'mon-fri' },
      'days is "mon-fri"; allowed: a list of 1 to 7 texts',
    ],
    ['no day', { ...OFFICE, days: [] }, 'days is []; allowed: a list of 1 to 7 texts'],
    [
      'an hour alone',
      { ...OFFICE, from: '8' },
      `from is "8"; allowed: a time from '00:00' to '23:59'`,
    ],
    ['a number', { ...OFFICE, from: 8 }, `from is 8; allowed: a time from '00:00' to '23:59'`],
    [
      'a begin at the end of the day',
      { ...OFFICE, from: '24:00' },
      `from is "24:00"; allowed: a time from '00:00' to '23:59'`,
    ],
    [
      'an end at its beginning',
      { ...OFFICE, to: '00:00' },
      `to is "00:00"; allowed: a time from '00:01' to '24:00'`,
    ],
    [
      'a time after the end of the day',
      { ...OFFICE, to: '24:01' },
      `to is "24:01"; allowed: a time`,
    ],
    [
      'no time between',
      { ...OFFICE, to: '08:00' },
      `to is "08:00"; allowed: another time than from; the whole day is from '00:00' to '24:00'`,
    ],
    [
      'no time zone',
      { ...OFFICE, timeZone: undefined },
      'timeZone is missing; needed: the IANA name of a time zone',
    ],
    [
      'an unknown time zone',
      { ...OFFICE, timeZone: 'Europe/Berln' },
      'timeZone is "Europe/Berln"; allowed: the IANA name of a time zone with its place, such as Europe/Berlin, or UTC; abbreviations and offsets know no daylight saving; did you mean Europe/Berlin?',
    ],
    [
      'a place without its part of the world',
      { ...OFFICE, timeZone: 'Tokyo' },
      'did you mean Asia/Tokyo?',
    ],
    [
      'an abbreviation',
      { ...OFFICE, timeZone: 'EST' },
      'timeZone is "EST"; allowed: the IANA name',
    ],
    [
      'an offset',
      { ...OFFICE, timeZone: '+01:00' },
      'timeZone is "+01:00"; allowed: the IANA name',
    ],
    [
      'nothing to do',
      { timeZone: 'UTC' },
      'it changes nothing; needed: min, headroom or stop: true',
    ],
    [
      'nothing to do, at length',
      { timeZone: 'UTC', stop: false },
      'it changes nothing; needed: min',
    ],
    [
      'a stop that keeps machines',
      { ...OFFICE, stop: true },
      'stop stands beside min or headroom; allowed: one of them',
    ],
    [
      'a stop as text',
      { timeZone: 'UTC', min: 1, stop: 'yes' },
      'stop is "yes"; allowed: true or false',
    ],
    [
      'more than the maximum',
      { ...OFFICE, min: 5 },
      "min is 5; allowed: a whole number up to the fleet's max, which is 4",
    ],
    [
      'more headroom than the maximum',
      { ...OFFICE, headroom: 5 },
      "headroom is 5; allowed: a whole number up to the fleet's max, which is 4",
    ],
    ['a part of a machine', { ...OFFICE, min: 0.5 }, 'min is 0.5; allowed: a whole number from 0'],
    [
      'no more than at all hours',
      { ...OFFICE, min: 0 },
      "min is 0; allowed: more than the fleet's own min, which is 0, because the greater one counts; for fewer at some hours lower that one",
    ],
  ])('is told with its remedy, and nothing else with it: %s', (_title, entry, message) => {
    expect(problemsOf({ schedules: [OFFICE, entry] })).toEqual([expect.stringContaining(message)]);
    expect(problemsOf({ schedules: [OFFICE, entry] })[0]).toMatch(
      /^resourceClasses\[0\] \(acme\/linux\): schedules\[1\]/,
    );
  });

  test('that is not a list is told so', () => {
    expect(problemsOf({ schedules: OFFICE })).toEqual([
      expect.stringMatching(
        /: schedules is \{.*; allowed: a list such as \[\{ days: \['mon-fri'\]/,
      ),
    ]);
  });

  test('is a stop of a fleet whose own minimum Auto Scaling keeps', () => {
    expect(problemsOf({ min: 1, schedules: [{ timeZone: 'UTC', stop: true }] })).toEqual([
      'resourceClasses[0] (acme/linux): schedules[0]: stop is true; allowed: only in a fleet with min 0, and this one ' +
        'has 1, which Auto Scaling launches whatever the scaler says; move its min into schedules',
    ]);
  });

  test('is a headroom that the fleet has anyway', () => {
    expect(problemsOf({ headroom: 1, schedules: [OFFICE] })).toEqual([
      expect.stringContaining(
        "headroom is 1; allowed: more than the fleet's own headroom, which is 1",
      ),
    ]);
  });

  test('is more than the tag can hold', () => {
    const schedules = Array.from({ length: 6 }, () => OFFICE);
    expect(problemsOf({ schedules })).toEqual([
      'resourceClasses[0] (acme/linux): schedules are 315 characters long as the tag that the scaler reads; ' +
        'allowed: 256, about five schedules; join days with the same hours',
    ]);
    expect(problemsOf({ schedules: schedules.slice(0, 4) })).toEqual([]);
  });

  test('of the maximum is told alone', () => {
    expect(problemsOf({ max: 0, schedules: [OFFICE] })).toEqual([
      expect.stringContaining('max is 0; allowed'),
    ]);
  });
});

function resolved(options: object) {
  return resolveConfig({
    name: 'ci',
    resourceClasses: [{ resourceClass: 'acme/linux', max: 4, ...options }],
  });
}

function schedulesOf(schedules: readonly ScheduleConfig[] | undefined) {
  return resolved({ schedules }).fleets[0]?.schedules;
}

function problemsOf(options: object): readonly string[] {
  try {
    resolved(options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
