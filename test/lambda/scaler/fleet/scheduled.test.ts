import { describe, expect, test } from '@jest/globals';
import type { Schedule } from '../../../../lambda/scaler/contract.ts';
import { decodeSchedules } from '../../../../lambda/scaler/contract.ts';
import { heldAt, scheduledAt } from '../../../../lambda/scaler/fleet/scheduled.ts';
import { fleet } from '../quiet-fleet.ts';

/** A Monday in winter, when Berlin is one hour ahead. */
const MONDAY = '2026-03-02';

describe('a schedule', () => {
  test.each([
    ['before it begins', `${MONDAY}T06:59:59Z`, 0],
    ['from the minute it begins with', `${MONDAY}T07:00:00Z`, 2],
    ['until the last moment', `${MONDAY}T16:59:59.999Z`, 2],
    ['at its end', `${MONDAY}T17:00:00Z`, 0],
    ['on the last of its days', '2026-03-06T12:00:00Z', 2],
    ['on another day', '2026-03-07T12:00:00Z', 0],
    ['in summer, by the clocks of the place', '2026-07-06T06:00:00Z', 2],
    ['in summer, after its end there', '2026-07-06T16:00:00Z', 0],
  ])('holds by the hours and days of its place: %s', (_when, at, floor) => {
    expect(floorAt('mon-fri 08:00-18:00 Europe/Berlin min=2', at)).toBe(floor);
  });

  test.each([
    ['on the evening it begins', '2026-03-06T22:00:00Z', 1],
    ['after midnight', '2026-03-07T05:59:00Z', 1],
    ['at its end', '2026-03-07T06:00:00Z', 0],
    ['the evening after', '2026-03-07T22:00:00Z', 0],
    ['the night before', '2026-03-06T05:00:00Z', 0],
  ])('over midnight belongs to the day on which it begins: %s', (_when, at, floor) => {
    expect(floorAt('fri 22:00-06:00 UTC min=1', at)).toBe(floor);
  });

  test.each([
    [
      'begins with Sunday over the end of the week',
      'sun 22:00-06:00 UTC min=1',
      `${MONDAY}T05:00:00Z`,
      1,
    ],
    ['holds for a whole day', 'mon 00:00-24:00 UTC min=1', `${MONDAY}T23:59:59Z`, 1],
    ['ends with the day', 'mon 00:00-24:00 UTC min=1', '2026-03-03T00:00:00Z', 0],
    ['reads midnight as the beginning', 'mon 00:00-00:01 UTC min=1', `${MONDAY}T00:00:00Z`, 1],
  ])('%s', (_what, text, at, floor) => {
    expect(floorAt(text, at)).toBe(floor);
  });

  describe('where daylight saving begins: Berlin, 29 March 2026, no 02:00 to 03:00', () => {
    test.each([
      ['that lies in the missing hour does not hold', 'sun 02:00-03:00 Europe/Berlin min=1', []],
      [
        'that begins in it holds from its end',
        'sun 02:30-04:00 Europe/Berlin min=1',
        ['01:00', '01:59'],
      ],
      ['that ends in it ends with it', 'sun 01:00-02:30 Europe/Berlin min=1', ['00:00', '00:59']],
      ['over it holds an hour less', 'sun 01:00-04:00 Europe/Berlin min=1', ['00:00', '01:59']],
    ])('one %s', (_what, text, expected) => {
      expect(boundsOf(text, '2026-03-29')).toEqual(expected);
    });
  });

  describe('where daylight saving ends: Berlin, 25 October 2026, 02:00 to 03:00 twice', () => {
    test.each([
      ['in the hour that comes twice holds twice', 'sun 02:00-03:00 Europe/Berlin min=1', 120],
      [
        'that ends in it holds again when it comes again',
        'sun 01:00-02:30 Europe/Berlin min=1',
        120,
      ],
      ['over it holds an hour more', 'sun 01:00-04:00 Europe/Berlin min=1', 240],
      ['of the whole day holds for 25 hours', 'sun 00:00-24:00 Europe/Berlin min=1', 1500],
    ])('one %s', (_what, text, minutes) => {
      expect(minutesOf(text, ['2026-10-24', '2026-10-25'])).toBe(minutes);
    });
  });

  test.each([
    [
      'New York, spring',
      'sun 00:00-24:00 America/New_York min=1',
      ['2026-03-08', '2026-03-09'],
      1380,
    ],
    [
      'Lord Howe, half an hour',
      'sun 00:00-24:00 Australia/Lord_Howe min=1',
      ['2026-04-04', '2026-04-05'],
      1470,
    ],
    ['Kolkata, none', 'sun 00:00-24:00 Asia/Kolkata min=1', ['2026-03-28', '2026-03-29'], 1440],
  ])('follows the clocks of any place: %s', (_where, text, days, minutes) => {
    expect(minutesOf(text, days)).toBe(minutes);
  });
});

describe('several schedules', () => {
  const text =
    'mon-fri 08:00-18:00 UTC min=2 headroom=1 + mon 09:00-10:00 UTC min=5 + mon 09:30-12:00 UTC headroom=4';

  test.each([
    ['07:00', { floor: 0, headroom: 2, sentence: undefined }],
    ['08:00', { floor: 2, headroom: 2 }],
    ['09:00', { floor: 5, headroom: 2 }],
    ['09:30', { floor: 5, headroom: 4 }],
    ['10:00', { floor: 2, headroom: 4 }],
  ])('and the own headroom: the greatest holds, at %s', (time, expected) => {
    const at = Date.parse(`${MONDAY}T${time}:00Z`);
    expect(scheduledAt({ headroom: 2, schedules: schedulesOf(text) }, at)).toMatchObject(expected);
    const reversed = schedulesOf(text).toReversed();
    expect(scheduledAt({ headroom: 2, schedules: reversed }, at)).toMatchObject({
      floor: expected.floor,
      headroom: expected.headroom,
    });
  });

  test('are told as the tag has them', () => {
    const at = Date.parse(`${MONDAY}T09:00:00Z`);
    expect(scheduledAt({ headroom: 0, schedules: schedulesOf(text) }, at).sentence).toBe(
      'mon-fri 08:00-18:00 UTC min=2 headroom=1; mon 09:00-10:00 UTC min=5',
    );
  });
});

describe('a stop', () => {
  const stopped = fleet('a', { schedules: schedulesOf('sat sun 00:00-24:00 UTC stop') });
  const saturday = Date.parse('2026-03-07T12:00:00Z');

  test('holds launches back and says why', () => {
    expect(heldAt(stopped, saturday)).toEqual({
      until: undefined,
      sentence:
        'stopped by the schedule sat sun 00:00-24:00 UTC stop: nothing is launched until it ends',
      drains: false,
      unclear: false,
    });
  });

  test('ends by itself', () => {
    expect(heldAt(stopped, Date.parse('2026-03-09T00:00:00Z'))).toBeUndefined();
  });

  test("stands behind an operator's hold", () => {
    expect(heldAt({ ...stopped, hold: 'drain' }, saturday)).toMatchObject({ drains: true });
  });
});

test('without schedules nothing holds', () => {
  const at = Date.parse(`${MONDAY}T09:00:00Z`);
  const plain = fleet('a', { headroom: 3 });
  expect(scheduledAt(plain, at)).toEqual({ floor: 0, headroom: 3, sentence: undefined });
  expect(heldAt(plain, at)).toBeUndefined();
});

function schedulesOf(text: string): readonly Schedule[] {
  const schedules = decodeSchedules(text, 10);
  if (schedules === undefined) throw new Error(text);
  return schedules;
}

function floorAt(text: string, at: string): number {
  return scheduledAt({ headroom: 0, schedules: schedulesOf(text) }, Date.parse(at)).floor;
}

/** The minutes of these days, by UTC, in which it holds. */
function holdingMinutes(text: string, days: readonly string[]): readonly string[] {
  return days.flatMap((day) =>
    Array.from({ length: 24 * 60 }, (_, minute) =>
      new Date(Date.parse(`${day}T00:00:00Z`) + minute * 60_000).toISOString(),
    ).filter((at) => floorAt(text, at) > 0),
  );
}

function minutesOf(text: string, days: readonly string[]): number {
  return holdingMinutes(text, days).length;
}

/** The first and the last minute of a day in which it holds, by UTC. */
function boundsOf(text: string, day: string): readonly string[] {
  const minutes = holdingMinutes(text, [day]).map((at) => at.slice(11, 16));
  return [minutes.at(0), minutes.at(-1)].filter((each) => each !== undefined);
}
