/** Launches that are futile all day; futile.test.ts has the first hours. */
import { describe, expect, test } from '@jest/globals';
import { task } from './drive/small-run.ts';
import { FUTILE, inVain, mostIn, ROUTINGS } from './futile.ts';
import { HOUR_S, ran } from './whole-run.ts';

describe('launches that are futile all day are bounded, and none is cancelled', () => {
  test.each(FUTILE)('where %s', async (_what, parameters) => {
    for (const routing of ROUTINGS) {
      const totals = await inVain(24, { ...parameters, ...routing });
      expect(totals.launches).toBeGreaterThan(60);
      expect(totals.launches).toBeLessThanOrEqual(mostIn(24));
      expect([totals.pendingCancels, totals.killedByLowering]).toEqual([0, 0]);
    }
  });
});

test('tasks that nobody can claim cost a few launches, and ever fewer', async () => {
  const stuck = [1, 2, 3, 4, 5].map((name) => task(`stuck ${name}`, 0, { unclaimable: true }));
  const later = task('at last', 24 * HOUR_S);
  const { totals } = await ran({ tasks: [...stuck, later], seed: 1, parameters: {} });
  // For 36 hours: five at first and again when the claimable one was served, each time in their place
  // until 20 have ended, then one after each pause of 2 to 30 minutes.
  expect(totals.launches).toBeGreaterThan(40);
  expect(totals.launches).toBeLessThan(160);
});
