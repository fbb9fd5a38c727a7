/** The same world read from CircleCI and from GitLab: equal counts at equal times, so equal decisions. */
import { expect, test } from '@jest/globals';
import type { GitLabScope } from '../../../lambda/scaler/contract.ts';
import { run } from '../../../simulator/drive/run.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { pipelinesOf, smallRun, START } from './small-run.ts';

const CLASSES = ['acme/linux', 'acme/arm', 'acme/large'];
/** Calls take no time, so that all counts of a pass are of one moment, whoever answers them in how many calls. */
const AT_ONCE: Partial<Parameters> = { callTime: { min: 0, max: 0 } };

const INSTANCE: GitLabScope = { kind: 'instance' };
const GROUP: GitLabScope = { kind: 'group', group: 'acme' };
const PROJECTS: GitLabScope = { kind: 'projects', projects: ['acme/app', 42] };

test.each<[world: string, scope: GitLabScope, seed: number, parameters: Partial<Parameters>]>([
  ['a quiet world', INSTANCE, 1, {}],
  ['counts that lag', INSTANCE, 2, { countLag: 4 }],
  ['boots and agents that fail', INSTANCE, 4, { bootFailure: 0.2, agentCrash: 0.1 }],
  ['several containers in turn', INSTANCE, 5, { containers: 3, routing: 'round-robin' }],
  ['counts that lag', GROUP, 2, { countLag: 4 }],
  ['boots and agents that fail', PROJECTS, 4, { bootFailure: 0.2, agentCrash: 0.1 }],
])(
  'over the wire, in %s, GitLab leads where CircleCI leads: scope %j',
  async (_world, scope, seed, more) => {
    const parameters = { ...AT_ONCE, ...more };
    const circleci = await ran({ seed, parameters });
    const gitlab = await ran({ seed, parameters, scope });

    expect(circleci.decisions.length).toBeGreaterThan(80);
    expect(gitlab.failures).toEqual(circleci.failures);
    expect(gitlab.decisions.join('\n')).toBe(circleci.decisions.join('\n'));
    expect(gitlab.record).toEqual(circleci.record);
  },
);

interface Ran {
  readonly seed: number;
  readonly parameters: Partial<Parameters>;
  /** Default: CircleCI's counts. */
  readonly scope?: GitLabScope;
}

async function ran({ seed, parameters, scope }: Ran) {
  const { world, scalerIn, decisions, failures } = smallRun({
    form: 'wire',
    seed,
    parameters,
    classes: CLASSES,
    tasks: pipelinesOf(CLASSES),
    gitlab: scope,
  });
  const { calls } = await run({ world, scalerIn, endAt: START + 12 * 60_000 });
  return { failures, calls, decisions: decisions.toSorted(), record: world.record() };
}
