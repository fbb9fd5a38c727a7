import { describe, expect, test } from '@jest/globals';
import type { Activity } from '../../../../lambda/scaler/fleet/fleets.ts';
import { endedSince, evidenceOf } from '../../../../lambda/scaler/hold-back/evidence.ts';
import { ABANDONED, abandoned, end, launch } from './activities.ts';

const NO_CAPACITY =
  'We currently do not have sufficient capacity in the Availability Zone you requested.';

describe("a group's record", () => {
  test('tells the launches that came to nothing since the last one in service', () => {
    const evidence = evidenceOf([
      abandoned(500),
      end(500),
      abandoned(400),
      launch(300),
      abandoned(200),
    ]);
    expect(evidence).toMatchObject({ futileLaunches: 2, succeededAt: 300_000, trouble: ABANDONED });
  });

  test('goes by when launches ended, not by when they began', () => {
    const hung = { ...abandoned(700), startedAt: 100_000 };
    expect(evidenceOf([launch(600), abandoned(500), hung]).futileLaunches).toBe(1);
  });

  test.each<[what: string, activity: Activity, futile: number, trouble: string | undefined]>([
    ['a launch that was abandoned', abandoned(9), 1, ABANDONED],
    [
      'a machine that failed while it booted',
      launch(9, { status: 'Failed', sentence: 'unhealthy' }),
      1,
      'unhealthy',
    ],
    [
      'a launch without a machine, which costs nothing',
      launch(9, { status: 'Failed', instanceId: undefined, sentence: NO_CAPACITY }),
      0,
      NO_CAPACITY,
    ],
    [
      'a launch that somebody cancelled',
      launch(9, { status: 'Cancelled', sentence: 'odd' }),
      0,
      'odd',
    ],
    ['a launch in service', launch(9), 0, undefined],
    ['a launch under way', launch(9, { status: 'InProgress', endedAt: undefined }), 0, undefined],
    ['a word that nobody knows', launch(9, { status: 'Odd', sentence: 'odd' }), 0, undefined],
  ])('takes %s for what it is', (_what, activity, futileLaunches, trouble) => {
    expect(evidenceOf([activity])).toMatchObject({ futileLaunches, trouble });
  });

  test('tells the machines that ended since a moment', () => {
    const evidence = evidenceOf([end(30), end(20), launch(15), end(10)]);
    expect(endedSince(evidence, 20_000)).toBe(2);
  });
});
