/** The same world read from CircleCI and from GitHub: equal counts at equal times, so equal decisions. */
import { expect, test } from '@jest/globals';
import { run } from '../../../simulator/drive/run.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { pipelinesOf, smallRun, START } from './small-run.ts';

const CLASSES = ['acme/linux', 'acme/arm', 'acme/large'];
/** Calls take no time, so that all counts of a pass are of one moment, whoever answers them in how many calls. */
const AT_ONCE: Partial<Parameters> = { callTime: { min: 0, max: 0 } };

test.each<[world: string, seed: number, parameters: Partial<Parameters>]>([
  ['a quiet world', 1, {}],
  ['counts that lag', 2, { countLag: 4 }],
  ['boots and agents that fail', 4, { bootFailure: 0.2, agentCrash: 0.1 }],
  ['several containers in turn', 5, { containers: 3, routing: 'round-robin' }],
])('over the wire, in %s, GitHub leads where CircleCI leads', async (_world, seed, more) => {
  const parameters = { ...AT_ONCE, ...more };
  const circleci = await ran({ seed, parameters });
  const github = await ran({ seed, parameters, github: true });

  expect(circleci.decisions.length).toBeGreaterThan(80);
  expect(github.failures).toEqual(circleci.failures);
  expect(github.decisions.join('\n')).toBe(circleci.decisions.join('\n'));
  expect(github.record).toEqual(circleci.record);
});

/**
 * With calls that take time the counts of a pass are of different moments, and of which depends on the source: the moments
 * of the decisions differ, and what was seen at them. What comes of it does not.
 */
test.each<[world: string, seed: number, unchangedIsFree: boolean, parameters: Partial<Parameters>]>(
  [
    ['calls that take time', 1, true, {}],
    ['answers of 304 that count', 1, false, {}],
    ['three containers in turn', 5, false, { containers: 3, routing: 'round-robin' }],
    ['slow calls', 3, false, { callTime: { min: 0.3, max: 1.5 } }],
  ],
)(
  'over the wire, with %s, the decisions differ, and all tasks are served by no more machines',
  async (_world, seed, unchangedIsFree, parameters) => {
    const circleci = await ran({ seed, parameters });
    const github = await ran({ seed, parameters, unchangedIsFree, github: true });
    expect(github.decisions.join('\n')).not.toBe(circleci.decisions.join('\n'));
    expect([github.failures, circleci.failures]).toEqual([[], []]);
    for (const [at, { totals }] of github.record.entries()) {
      const { tasksServed, launches } = circleci.record[at]?.totals ?? { launches: 0 };
      expect(totals).toMatchObject({ tasksServed, tasksArrived: tasksServed, neverUsed: 0 });
      // Of CircleCI's two counts one is later, so a task that is claimed between them is counted twice.
      expect(totals.launches).toBeLessThanOrEqual(launches);
    }
  },
);

interface Ran {
  readonly seed: number;
  readonly parameters: Partial<Parameters>;
  /** Default: CircleCI's counts. */
  readonly github?: boolean;
  readonly unchangedIsFree?: boolean;
}

async function ran({ seed, parameters, github = false, unchangedIsFree = true }: Ran) {
  const { world, scalerIn, decisions, failures } = smallRun({
    form: 'wire',
    seed,
    parameters,
    github,
    unchangedIsFree,
    classes: CLASSES,
    tasks: pipelinesOf(CLASSES),
    passIntervalSeconds: 15,
  });
  const { calls } = await run({ world, scalerIn, endAt: START + 12 * 60_000 });
  return { failures, calls, decisions: decisions.toSorted(), record: world.record() };
}
