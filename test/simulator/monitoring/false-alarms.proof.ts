/** On days on which nothing is broken no alarm goes off: workloads, circumstances and seeds. */
import { expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { fleetsFor } from '../../../simulator/experiment/need.ts';
import { BUILT_INS } from '../../../simulator/experiment/workloads.ts';
import { alarmChanges, watchedRun } from '../../../simulator/monitoring/watched-run.ts';
import { BUILT_IN_START } from '../../../simulator/workload/built-in-start.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { configOf } from '../../lib/stack-fixture.ts';
import { alarmsOf, WAYS } from './stage.ts';
import { paidIn } from './paid.ts';

/** A file for the rows of docs/cost.md and docs/alarms.md. */
const OUT = process.env['FALSE_ALARMS_OUT'];
/** One, unless the figures are to be written. */
const SEEDS = OUT === undefined ? [1] : [1, 2];
const DAY = 86_400;

/** Nothing is installed in it beforehand. */
const STOCK_IMAGE = { median: 150, sigma: 0.25 };

/** Much is slow, old, lost or fails now and then, and nothing is broken. */
const DAYS: readonly (readonly [what: string, parameters: Partial<Parameters>])[] = [
  ['as they are', {}],
  ['two containers in turn', { containers: 2, routing: 'round-robin' }],
  ['four containers at random', { containers: 4, routing: 'random' }],
  ['counts 10 s old', { countLag: 10 }],
  ['slow clean-up, words lost', { exit: { min: 20, max: 60 }, tellFailure: 0.2, wordLoss: 0.2 }],
  ['1 % of boots and agents fail', { bootFailure: 0.01, agentDeath: 0.01 }],
  ['1 % of counts and writes fail', { countFault: 0.01, writeFault: 0.01, writeThrottle: 0.01 }],
  ['spot, 5 % an hour', { spotInterruptions: 0.05 }],
  [
    'boots of 150 s, launches 20 to 60 s late',
    { boot: STOCK_IMAGE, launchLag: { min: 20, max: 60 } },
  ],
  [
    'events and words 1 to 10 minutes late, 1 % of boots fail',
    { eventLag: { min: 60, max: 600 }, bootFailure: 0.01 },
  ],
];

/** Each workload with so many of them. */
const WORKLOADS = [
  ['working-day', DAYS.length],
  ['bursty', DAYS.length],
  ['steady', 3],
  ['ten-classes', 3],
  ['unannounced-day', 3],
] as const;

const rows: string[] = [];

test.each(
  WORKLOADS.flatMap(([name, count]) =>
    DAYS.slice(0, count).map(([what, parameters]) => ({ name, what, parameters })),
  ),
)(
  'no alarm on $name, $what',
  async ({ name, what, parameters }) => {
    const workload = BUILT_INS.find((each) => each.name === name);
    if (workload === undefined) throw new Error(`there is no workload ${name}`);
    for (const seed of SEEDS) {
      const tasks = workload.tasks(seed, BUILT_IN_START);
      const fleets = fleetsFor(tasks).map((fleet) => ({ ...fleet, spot: true }));
      const world = createWorld({
        seed,
        startAt: BUILT_IN_START,
        tasks,
        fleets,
        parameters,
        scaler: 'ci',
      });
      const watched = await watchedRun({ world, lasts: workload.days * DAY });
      const resourceClasses = fleets.map(({ resourceClass }) => ({
        resourceClass,
        max: 50,
        purchase: 'spot' as const,
      }));
      const alarms = alarmsOf(configOf({}, { resourceClasses }));
      const changes = WAYS.flatMap((way) => alarmChanges(alarms, watched, way));
      rows.push([name, what, seed, changes.length, ...paidIn(watched)].join(' | '));
      if (OUT !== undefined) writeFileSync(OUT, rows.join('\n'));
      expect(changes).toEqual([]);
    }
  },
  600_000,
);
