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

interface Ran {
  readonly seed: number;
  readonly parameters: Partial<Parameters>;
  /** Default: CircleCI's counts. */
  readonly github?: boolean;
}

async function ran({ seed, parameters, github = false }: Ran) {
  const { world, scalerIn, decisions, failures } = smallRun({
    form: 'wire',
    seed,
    parameters,
    github,
    classes: CLASSES,
    tasks: pipelinesOf(CLASSES),
    passIntervalSeconds: 15,
  });
  const { calls } = await run({ world, scalerIn, endAt: START + 12 * 60_000 });
  return { failures, calls, decisions: decisions.toSorted(), record: world.record() };
}
