import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DAY_MINUTES,
  DAYS,
  decodeFleetTags,
  decodeSchedules,
  encodeFleetTags,
  encodeSchedules,
  isTimeZone,
  type Schedule,
  TAG,
} from '../../../../lambda/scaler/contract.ts';

const OFFICE: Schedule = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: 8 * 60,
  to: 18 * 60,
  timeZone: 'Europe/Berlin',
  min: 2,
  headroom: 1,
};
const WEEKEND: Schedule = {
  days: ['sat', 'sun'],
  from: 0,
  to: DAY_MINUTES,
  timeZone: 'UTC',
  stop: true,
};

describe('the tag of schedules', () => {
  const text = 'mon-fri 08:00-18:00 Europe/Berlin min=2 headroom=1 + sat sun 00:00-24:00 UTC stop';

  test('reads like a sentence', () => {
    expect(encodeSchedules([OFFICE, WEEKEND])).toBe(text);
  });

  test('has only signs that every service of AWS takes in a tag', () => {
    expect(text).toMatch(/^[\w +\-=.:/@]+$/);
  });

  test('is read as a person may write it, too', () => {
    expect(decodeSchedules('fri-mon wed  22:30-06:00 America/New_York headroom=3', 10)).toEqual([
      {
        days: ['mon', 'wed', 'fri', 'sat', 'sun'],
        from: 22 * 60 + 30,
        to: 6 * 60,
        timeZone: 'America/New_York',
        headroom: 3,
      },
    ]);
  });

  test('says the same after its way through the tags', () => {
    const schedule = fc
      .record({
        days: fc.subarray([...DAYS], { minLength: 1 }),
        from: fc.nat(DAY_MINUTES - 1),
        to: fc.integer({ min: 1, max: DAY_MINUTES }),
        timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'),
        effect: fc.constantFrom<Partial<Schedule>>(
          { min: 1 },
          { headroom: 10 },
          { min: 3, headroom: 0 },
          { stop: true },
        ),
      })
      .filter(({ from, to }) => from !== to)
      .map(({ effect, ...when }): Schedule => ({ ...when, ...effect }));
    fc.assert(
      fc.property(fc.array(schedule, { minLength: 1, maxLength: 5 }), (schedules) => {
        expect(decodeSchedules(encodeSchedules(schedules), 10)).toEqual(schedules);
      }),
    );
  });

  test.each([
    '',
    '08:00-18:00 UTC min=1',
    'mon-fri',
    'mon-fri 8:00-18:00 UTC min=1',
    'mon-fri 08:00-08:00 UTC min=1',
    'mon-fri 24:00-08:00 UTC min=1',
    'mon-fri 08:00-00:00 UTC min=1',
    'mon-fri 08:00-25:00 UTC min=1',
    'mon-fri 08:00-12:00-14:00 UTC min=1',
    'mon- 08:00-18:00 UTC min=1',
    'mon-wed-fri 08:00-18:00 UTC min=1',
    'Mon-Fri 08:00-18:00 UTC min=1',
    'mon-fri 08:00-18:00 min=1',
    'mon-fri 08:00-18:00 Europe/Atlantis min=1',
    'mon-fri 08:00-18:00 UTC',
    'mon-fri 08:00-18:00 UTC min=11',
    'mon-fri 08:00-18:00 UTC min=-1',
    'mon-fri 08:00-18:00 UTC max=1',
    'mon-fri 08:00-18:00 UTC stop=no',
    'mon-fri 08:00-18:00 UTC min=1 + ',
    'mon-fri 08:00-18:00 UTC min=1 sat 08:00-18:00 UTC min=1',
  ])('is not understood in part: %j', (wrong) => {
    expect(decodeSchedules(wrong, 10)).toBeUndefined();
  });
});

describe('the tags of a group', () => {
  const tags = { source: 'circleci', resourceClass: 'acme/linux', headroom: 0 } as const;

  test('carry schedules', () => {
    const encoded = encodeFleetTags('ci', { ...tags, schedules: [OFFICE, WEEKEND] });
    expect(decodeFleetTags(new Map(Object.entries(encoded)))).toEqual({
      ok: true,
      tags: { ...tags, schedules: [OFFICE, WEEKEND] },
    });
  });

  test.each([undefined, []])('say nothing of schedules where there are none: %j', (schedules) => {
    const encoded = encodeFleetTags('ci', { ...tags, ...(schedules && { schedules }) });
    expect(Object.keys(encoded)).toEqual([TAG.name, TAG.source, TAG.resourceClass]);
    expect(decodeFleetTags(new Map(Object.entries(encoded)))).toEqual({ ok: true, tags });
  });

  test('with schedules that nobody can understand are refused with what is allowed', () => {
    const encoded = { ...encodeFleetTags('ci', tags), [TAG.schedule]: 'weekdays 9 to 5' };
    expect(decodeFleetTags(new Map(Object.entries(encoded)))).toEqual({
      ok: false,
      problems: [
        'tag runner-scaler:schedule is "weekdays 9 to 5"; allowed: schedules such as mon-fri 08:00-18:00 ' +
          'Europe/Berlin min=2 headroom=1, with a + between two of them; stop instead of min and headroom lets ' +
          'nothing be launched',
      ],
    });
  });
});

test.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['America/Argentina/Buenos_Aires', true],
  ['America/Port-au-Prince', true],
  // They have no daylight saving, or another one than the reader thinks.
  ['EST', false],
  ['CET', false],
  ['GMT', false],
  ['+02:00', false],
  ['Etc/GMT+9', false],
  ['Europe/Atlantis', false],
  ['', false],
])('the time zone %j is taken: %j', (name, taken) => {
  expect(isTimeZone(name)).toBe(taken);
});
