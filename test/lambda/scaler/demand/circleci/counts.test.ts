/** What only the two counts have. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { callRate } from '../../../../../lambda/scaler/demand/call-rate.ts';
import { manualClock } from '../../../../manual-clock.ts';
import { circle, COUNTS } from '../circleci-stage.ts';
import { good } from '../source-contract.ts';
import { closeStage } from '../source-stage.ts';

afterEach(closeStage);

describe('the two counts', () => {
  test('are read one after the other, running first: a task claimed in between is in neither', async () => {
    // The one task is claimed once the first call has been answered.
    let waiting = 1;
    const { read, paths } = await circle(COUNTS, (request) => {
      const answer = good(COUNTS, { running: 1 - waiting, unclaimed: waiting })(request);
      waiting = 0;
      return answer;
    });
    expect(await read()).toEqual({ running: 0, unclaimed: 0 });
    expect(paths()).toEqual(['/api/v3/runner/tasks/running', '/api/v3/runner/tasks']);
  });

  test('are two calls of each read', async () => {
    const { read, received } = await circle(COUNTS, good(COUNTS, { running: 1, unclaimed: 1 }));
    await read();
    await read();
    expect(received).toHaveLength(4);
  });

  test('leave time for half as many classes as for calls', async () => {
    const rate = callRate(manualClock(), 100);
    const { source } = await circle(COUNTS, () => ({}), { rate });
    expect(rate.callsWithin(13_000)).toBe(419);
    expect(source.classesWithin?.(13_000, [])).toBe(209);
  });

  test('are asked for where the config says, CircleCI Cloud included', async () => {
    const { read, origins } = await circle(COUNTS, good(COUNTS, { running: 1, unclaimed: 1 }), {
      url: 'https://runner.circleci.com',
    });
    await read();
    expect(new Set(origins)).toEqual(new Set(['https://runner.circleci.com']));
  });
});
