import { expect, test } from '@jest/globals';
import { fleetsFor } from '../../../simulator/experiment/need.ts';
import { runRule } from '../../../simulator/experiment/run-rule.ts';
import { BUILT_INS } from '../../../simulator/experiment/workloads.ts';
import { BUILT_IN_START } from '../../../simulator/workload/built-in-start.ts';
import { holdingWatch, shippedRule } from '../../../simulator/experiment/variants.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';

const SEEDS = [1, 2];
const SOME = { wordLoss: 0.2, bootFailure: 0.05, agentDeath: 0.05 };
const SLOW = { exit: { min: 20, max: 60 } };

/** Days on which nothing is broken, but much is slow, old or unsaid. */
const DAYS: readonly (readonly [what: string, parameters: Partial<Parameters>])[] = [
  ['as they are', {}],
  ['with machines that clean up for long', SLOW],
  ['with machines that say nothing', { tellFailure: 1 }],
  ['with machines that clean up for long and say nothing', { ...SLOW, tellFailure: 1 }],
  ['with one word in five lost', { ...SLOW, tellFailure: 0.2 }],
  ['with counts that are old', { countLag: 10 }],
  ['with a queue that fills late', { releaseLag: { min: 5, max: 15 } }],
  ['in passes of 2.6 s', { callTime: { min: 0.65, max: 0.65 } }],
  ['in two containers in turn', { containers: 2, routing: 'round-robin' }],
  ['in four containers at random', { containers: 4, routing: 'random' }],
  ['with a plan that lets fewer run than the maximum', { planConcurrency: 25 }],
  ['with one last word in five lost, and some boots and agents that fail', SOME],
];

test.each(
  DAYS.flatMap(([what, parameters]) =>
    [10, 60].map((everySeconds) => ({ what, parameters, everySeconds })),
  ),
)(
  'nothing is held back on busy days $what, at $everySeconds s between passes',
  async ({ parameters, everySeconds }) => {
    const bursty = BUILT_INS.find(({ name }) => name === 'bursty');
    if (bursty === undefined) throw new Error('there is no bursty workload');
    for (const seed of SEEDS) {
      const tasks = bursty.tasks(seed, BUILT_IN_START);
      const watch = holdingWatch();
      const run = await runRule(shippedRule({ everySeconds }, watch.note), {
        seed,
        startAt: BUILT_IN_START,
        tasks,
        fleets: fleetsFor(tasks),
        parameters,
        sampleLimit: 2,
      });
      expect(watch.holdings()).toEqual([]);
      expect(run.finished).toBe(true);
    }
  },
);
