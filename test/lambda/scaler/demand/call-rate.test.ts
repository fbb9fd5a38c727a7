import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { budgetOf } from '../../../../lambda/scaler/clock.ts';
import { callRate } from '../../../../lambda/scaler/demand/call-rate.ts';
import { manualClock } from '../../../manual-clock.ts';

describe('the calls to a source', () => {
  test('are in any second no more than the share of one of three containers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 3_000 }), async (callsPerSecond) => {
        const clock = manualClock();
        // Time goes on only when everybody has done what there was to do.
        const wait = async (ms: number) => {
          await new Promise(setImmediate);
          await clock.wait(ms);
        };
        const rate = callRate({ ...clock, wait }, callsPerSecond);
        const moments: number[] = [];
        const budget = budgetOf(clock, 10_000);
        await Promise.all(
          Array.from({ length: 50 }, async () => {
            await rate.turn(budget, 'new');
            moments.push(clock.now());
          }).map(async (call) => call.catch(() => undefined)),
        );
        expect(moments).not.toEqual([]);
        const most = Math.max(
          ...moments.map((from) => moments.filter((at) => at >= from && at < from + 1000).length),
        );
        expect(3 * most).toBeLessThanOrEqual(callsPerSecond);
      }),
      { numRuns: 30 },
    );
  });

  test('are made at once where none was made before', async () => {
    const clock = manualClock();
    await callRate(clock, 100).turn(budgetOf(clock, 1_000), 'new');
    expect(clock.waits).toEqual([]);
  });

  test('of a class that is half read go before those of the others', async () => {
    const clock = manualClock();
    const rate = callRate(clock, 100);
    const order: string[] = [];
    const call = async (name: string, which: 'begun' | 'new') => {
      await rate.turn(budgetOf(clock, 1_000), which);
      order.push(name);
    };
    await Promise.all([call('a', 'new'), call('b', 'new'), call('c', 'new'), call('a2', 'begun')]);
    expect(order).toEqual(['a', 'a2', 'b', 'c']);
  });

  test('are refused when their time is up before their turn, and cost nobody else a turn', async () => {
    const clock = manualClock();
    const rate = callRate(clock, 3);
    const [first, late, patient] = await Promise.allSettled([
      rate.turn(budgetOf(clock, 500), 'new'),
      rate.turn(budgetOf(clock, 500), 'new'),
      rate.turn(budgetOf(clock, 5_000), 'new'),
    ]);
    expect([first?.status, late?.status, patient?.status]).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(late).toMatchObject({
      reason: {
        name: 'NoTurnError',
        message:
          'its turn did not come in time: 3 calls a second are allowed over 3 containers, one each 1000 ms in this one; ' +
          'if the installation takes more, raise callsPerSecond in the config',
      },
    });
    expect(clock.waits).toEqual([1_000]);
  });

  test('that fit into a time are told for a whole pass', () => {
    const rate = callRate(manualClock(), 100);
    expect([13_000, 31, 30, -5].map((ms) => rate.callsWithin(ms))).toEqual([419, 1, 0, 0]);
  });
});
