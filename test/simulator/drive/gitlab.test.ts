/** The same world read from CircleCI and from GitLab: equal counts at equal times, so equal decisions. */
import { describe, expect, test } from '@jest/globals';
import { createScaler } from '../../../lambda/scaler/scaler.ts';
import { encodeGitLabDemand, type GitLabScope, TAG } from '../../../lambda/scaler/contract.ts';
import type { Report } from '../../../lambda/scaler/pass.ts';
import { callsIn, type Pace, timedFleets, timedPasses } from '../../../simulator/drive/called.ts';
import type { ScalerInWorld } from '../../../simulator/drive/direct.ts';
import { logged } from '../../../simulator/drive/logged.ts';
import { run } from '../../../simulator/drive/run.ts';
import type { Usage } from '../../../simulator/drive/usage.ts';
import { virtualClock } from '../../../simulator/drive/virtual-clock.ts';
import { systemClock } from '../../../lambda/scaler/clock.ts';
import type { GroupStore } from '../../../simulator/emulators/auto-scaling.ts';
import { awsEmulator } from '../../../simulator/emulators/aws.ts';
import { gitLabEmulator, type GitLabRunner } from '../../../simulator/emulators/gitlab.ts';
import { serve } from '../../../simulator/emulators/server.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { World } from '../../../simulator/world/world.ts';
import { pipelinesOf, smallRun, START } from './small-run.ts';

const CLASSES = ['acme/linux', 'acme/arm', 'acme/large'];
const RUNNERS: readonly GitLabRunner[] = CLASSES.map((resourceClass, at) => ({
  id: at + 1,
  resourceClass,
  tags: [resourceClass],
}));

/** Calls take no time, so that all counts of a pass are of one moment, whoever answers them in how many calls. */
const AT_ONCE: Partial<Parameters> = { callTime: { min: 0, max: 0 } };

const SCOPES: readonly GitLabScope[] = [
  { kind: 'instance' },
  { kind: 'group', group: 'acme' },
  { kind: 'projects', projects: [1, 'acme/acme-arm', 3] },
];

describe.each(SCOPES)(
  'over the wire, GitLab in the scope $kind leads where CircleCI leads',
  (scope) => {
    test.each<[name: string, seed: number, parameters: Partial<Parameters>]>([
      ['a quiet world', 1, {}],
      ['counts that lag', 2, { countLag: 4 }],
      ['boots and agents that fail', 4, { bootFailure: 0.2, agentCrash: 0.1 }],
      ['several containers in turn', 5, { containers: 3, routing: 'round-robin' }],
    ])('%s', async (_name, seed, more) => {
      const parameters = { ...AT_ONCE, ...more };
      const circleci = await ran({ seed, parameters });
      const gitlab = await ran({ seed, parameters, scope });

      expect(circleci.decisions.length).toBeGreaterThan(80);
      expect(gitlab.failures).toEqual(circleci.failures);
      expect(gitlab.decisions.join('\n')).toBe(circleci.decisions.join('\n'));
      expect(gitlab.record).toEqual(circleci.record);
    });
  },
);

interface Ran {
  readonly seed: number;
  readonly parameters: Partial<Parameters>;
  /** Default: CircleCI's counts. */
  readonly scope?: GitLabScope;
}

async function ran({ seed, parameters, scope }: Ran) {
  const { world, scalerIn, report, decisions, failures } = smallRun({
    form: 'wire',
    seed,
    parameters,
    classes: CLASSES,
    tasks: pipelinesOf(CLASSES),
  });
  await run({
    world,
    scalerIn: scope
      ? async (pace, usage) => gitLabScaler(scope, { world, pace, usage, report })
      : scalerIn,
    endAt: START + 12 * 60_000,
  });
  return { failures, decisions: decisions.toSorted(), record: world.record() };
}

interface Place {
  readonly world: World;
  readonly pace: Pace;
  readonly usage: Usage;
  readonly report: Report;
}

/** The scaler as the Lambda composes it for GitLab alone, before the world. */
async function gitLabScaler(
  scope: GitLabScope,
  { world, pace, usage, report }: Place,
): Promise<ScalerInWorld> {
  const called = callsIn(world, pace);
  const aws = await serve(
    awsEmulator({ groups: ofGitLab(world), secrets: new Map([['token', 'glpat-1']]) }),
  );
  const gitlab = await serve(
    gitLabEmulator({
      token: 'glpat-1',
      runners: RUNNERS,
      isAdministrator: scope.kind === 'instance',
      counts: {
        resourceClasses: new Set(CLASSES),
        readRunning: (resourceClass) => world.readRunning(resourceClass),
        readUnclaimed: (resourceClass) => world.readUnclaimed(resourceClass),
      },
    }),
  );
  return {
    passIntervalSeconds: 10,
    newScaler: (queue) =>
      createScaler({
        settings: {
          name: 'ci',
          sources: { gitlab: { url: gitlab.url, tokenSecret: 'token', scope } },
          passIntervalSeconds: 10,
          queueUrl: `${aws.url}/passes`,
          metrics: true,
          dryRun: false,
        },
        clock: virtualClock(world, pace, (ms) => systemClock.timeout(ms)),
        report: logged(report, usage),
        aws: {
          endpoint: aws.url,
          region: 'us-east-1',
          credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
        },
        between: {
          fleets: (fleets) => timedFleets(fleets, called, usage),
          call: (call) => async (url, request) => called('counts', async () => call(url, request)),
          tokens: (tokens) => ({
            current: async (budget) => pace.during(async () => tokens.current(budget)),
            reread: async (refused, budget) =>
              pace.during(async () => tokens.reread(refused, budget)),
          }),
          // The passes between the minutes go to the world's queue; the message itself is CircleCI's as well.
          passes: () => timedPasses(queue, called, usage),
        },
      }),
    close: async () => {
      await Promise.all([aws.close(), gitlab.close()]);
    },
  };
}

/** The world's groups, tagged as fleets of GitLab. */
function ofGitLab(world: World): GroupStore {
  const store: GroupStore = Object.create(world);
  return Object.assign(store, {
    groups: () =>
      world.groups().map((group) => {
        const resourceClass = group.tags[TAG.resourceClass];
        const { id: runner = 0, tags = [] } =
          RUNNERS.find((each) => each.resourceClass === resourceClass) ?? {};
        const demand = encodeGitLabDemand({ runner, tags });
        return { ...group, tags: { ...group.tags, [TAG.source]: 'gitlab', [TAG.demand]: demand } };
      }),
  });
}
