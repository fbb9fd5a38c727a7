import { expect, test } from '@jest/globals';
import { fleet } from './quiet-fleet.ts';
import { ids, reconciling } from './reconciling.ts';

/** Four passes, ten seconds apart: what waits is more than there is room for, then less. */
test('when a class was last full is remembered from pass to pass', async () => {
  const waiting = [1, 4, 4, 1];
  const { run, outcomes, clock } = reconciling({
    fleets: [fleet('a', { max: 2, desired: 2, inService: ids(2) })],
    demand: async () => ({ running: 1, unclaimed: waiting[outcomes.length] ?? 0 }),
  });
  const begin = clock.now();
  for (let pass = 0; pass < waiting.length; pass += 1) {
    await run();
    clock.advance(10_000);
  }
  expect(outcomes.map(({ decision }) => decision?.reason)).toEqual([
    'demand',
    'at-max',
    'at-max',
    'demand',
  ]);
  expect(outcomes.map(({ fullAt }) => fullAt && fullAt - begin)).toEqual([
    undefined,
    10_000,
    20_000,
    20_000,
  ]);
});

test('a class that somebody holds back is full', async () => {
  const { run, outcomes } = reconciling({
    fleets: [fleet('a', { hold: 'drain' })],
    demand: { 'acme/a': { unclaimed: 1, running: 0 } },
  });
  await run();
  expect(outcomes.map(({ fullAt, at }) => fullAt === at)).toEqual([true]);
});
