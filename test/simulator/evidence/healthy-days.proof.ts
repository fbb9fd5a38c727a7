import { expect, test } from '@jest/globals';
import { fleetsFor } from '../../../simulator/compare/cell.ts';
import { runRule } from '../../../simulator/compare/run-rule.ts';
import { BUILT_INS, BUILT_IN_START } from '../../../simulator/compare/workloads.ts';
import { breakerWatch, shippedRule } from '../../../simulator/evidence/variants.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';

const SEEDS = [1, 2];
const SLOW = { exit: { min: 20, max: 60 } };

/**
 * In passes that take time a booting machine that a write cancels is taken for a boot that failed, now and
 * then, and three of them open a breaker.
 */
const AT_ONCE = { callTime: { min: 0, max: 0 } };

/**
 * With a look only once a minute and one for each batch of events, a breaker takes machines that cleaned up
 * for long and left without a word for idle ones: what an id did between two looks is its evidence, and is
 * none. Until it rests on positive evidence, such days are held to it with the shipped looks only.
 */
const SHIPPED_SECONDS = [5];

/** Days on which nothing is broken, but much is slow, old or unsaid. */
const DAYS: readonly (readonly [
  what: string,
  parameters: Partial<Parameters>,
  busySeconds?: readonly number[],
])[] = [
  ['as they are', {}],
  ['with machines that clean up for long', SLOW],
  ['with machines that say nothing', { tellFailure: 1 }],
  [
    'with machines that clean up for long and say nothing',
    { ...SLOW, tellFailure: 1 },
    SHIPPED_SECONDS,
  ],
  ['with one word in five lost', { ...SLOW, tellFailure: 0.2 }, SHIPPED_SECONDS],
  ['with counts that are old', { countLag: 10 }],
  ['with a queue that fills late', { releaseLag: { min: 5, max: 15 } }],
];

test.each(
  DAYS.flatMap(([what, parameters, seconds = [5, 60]]) =>
    seconds.map((busySeconds) => ({ what, parameters, busySeconds })),
  ),
)(
  'no breaker opens in passes that take no time, on busy days $what, at $busySeconds s between looks',
  async ({ parameters, busySeconds }) => {
    const bursty = BUILT_INS.find(({ name }) => name === 'bursty');
    if (bursty === undefined) throw new Error('there is no bursty workload');
    for (const seed of SEEDS) {
      const tasks = bursty.tasks(seed, BUILT_IN_START);
      const watch = breakerWatch();
      const run = await runRule(shippedRule({ busySeconds }, watch.note), {
        seed,
        startAt: BUILT_IN_START,
        tasks,
        fleets: fleetsFor({ startAt: BUILT_IN_START, tasks }),
        parameters: { ...AT_ONCE, ...parameters },
        sampleLimit: 2,
      });
      expect(watch.openings()).toEqual([]);
      expect(run.finished).toBe(true);
    }
  },
);
