/** Six hours of launches in vain; futile.proof.ts has a whole day. */
import { describe, expect, test } from '@jest/globals';
import { task } from './drive/small-run.ts';
import { FUTILE, inVain, mostIn, ROUTINGS } from './futile.ts';
import { HOUR_S, ran } from './whole-run.ts';

const HOURS = 6;

describe('launches that are futile for hours are bounded, and none is cancelled', () => {
  test.each(FUTILE)('where %s', async (_what, parameters) => {
    for (const routing of ROUTINGS) {
      const totals = await inVain(HOURS, { ...parameters, ...routing });
      // Ever more slowly, but tried to the end.
      expect(totals.launches).toBeGreaterThan(40);
      expect(totals.launches).toBeLessThanOrEqual(mostIn(HOURS));
      expect([totals.pendingCancels, totals.killedByLowering]).toEqual([0, 0]);
    }
  });

  test('where they run elsewhere, and none of them starts a machine', async () => {
    const elsewhere = [1, 2, 3].map((name) =>
      task(`elsewhere ${name}`, 90, { foreign: true, durationMs: 10 * HOUR_S * 1000 }),
    );
    const parameters = { foreignClaim: { min: 0, max: 0 } };
    const { totals } = await ran({ tasks: elsewhere, seed: 1, parameters });
    expect([totals.tasksElsewhere, totals.launches]).toEqual([3, 0]);
  });
});
