/** The scaler as composed for the Lambda, with fleets of GitLab, alone and beside one of CircleCI. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  encodeFleetTags,
  encodeGitLabDemand,
  type Settings,
} from '../../../lambda/scaler/contract.ts';
import { describeAnswer, doneAnswer, type GroupAnswer } from '../../auto-scaling-answers.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../http-server.ts';
import { composedWith, writesTo } from './composed.ts';
import { graphQl, runnersIn, SAID } from './demand/gitlab-stage.ts';

const TOKEN = 'glpat-secret-1';

let aws: TestServer;
let gitlab: TestServer;
let groups: readonly GroupAnswer[];
let answer: (request: Received) => Answer;

beforeEach(async () => {
  groups = [];
  answer = (request) =>
    graphQl(request, (id) => ({ runner: { ...SAID.runner, jobCount: 0 }, jobs: { count: id } }));
  aws = await startServer(({ headers, body }) => {
    if (headers['x-amz-target'] !== undefined) {
      return { body: JSON.stringify({ SecretString: TOKEN }) };
    }
    if (!body.includes('DescribeAutoScalingGroups')) return doneAnswer('SetDesiredCapacity');
    const form = new URLSearchParams(body);
    const from = Number(form.get('NextToken') ?? 0);
    const rest = groups.length > from + 100 ? String(from + 100) : undefined;
    return describeAnswer(groups.slice(from, from + 100), rest);
  });
  gitlab = await startServer((request) => answer(request));
});

afterEach(async () => {
  await Promise.all([aws.close(), gitlab.close()]);
});

function fleetOf(runner: number): GroupAnswer {
  return {
    name: `ci-${runner}`,
    max: 1_000,
    tags: encodeFleetTags('ci', {
      source: 'gitlab',
      resourceClass: `class-${runner}`,
      demand: encodeGitLabDemand({ runner }).replaceAll('"', '&quot;'),
      headroom: 0,
    }),
  };
}

function composed(sources: Settings['sources'] = {}) {
  const scope = { kind: 'instance' } as const;
  const gitLab = { url: gitlab.url, tokenSecret: 'api-token', scope };
  return composedWith(aws, { sources: { gitlab: gitLab, ...sources } });
}

const writes = () => writesTo(aws);

describe('the scaler with fleets of GitLab, over real HTTP', () => {
  test('brings each group to the demand of its runner', async () => {
    groups = [fleetOf(3), fleetOf(5)];
    const { run, warnings } = composed();
    await run();
    expect(writes()).toEqual(['ci-3=3', 'ci-5=5']);
    expect(gitlab.received.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${TOKEN}`,
    ]);
    expect(warnings).toEqual([]);
  });

  test.each([
    [1, 1],
    [20, 1],
    [100, 5],
    [150, 8],
  ])('of %i classes makes %i calls to GitLab in a pass', async (count, calls) => {
    groups = Array.from({ length: count }, (_, at) => fleetOf(at + 1));
    answer = (request) =>
      graphQl(request, () => ({ runner: { ...SAID.runner, jobCount: 0 }, jobs: { count: 0 } }));
    const { run, outcomes } = composed();
    await run();
    expect(outcomes.filter(({ failure }) => failure === undefined)).toHaveLength(count);
    expect(gitlab.received).toHaveLength(calls);
  });

  test('fails the invocation for a token without rights, says what to do, and changes nothing', async () => {
    groups = [fleetOf(1)];
    answer = (request) => graphQl(request, () => ({ runner: null, jobs: { count: 0 } }));
    const { run } = composed();
    await expect(run()).rejects.toThrow(/class-1: POST http.* answered 200 without the runner 1/);
    await expect(run()).rejects.not.toThrow(TOKEN);
    expect(writes()).toEqual([]);
  });

  test('leaves the other fleets theirs when one runner is refused', async () => {
    groups = [fleetOf(1), fleetOf(2)];
    answer = (request) => graphQl(request, (id) => (id === 1 ? { runner: null } : SAID));
    const { run } = composed();
    await expect(run()).rejects.toThrow('1 problem: class-1');
    expect(writes()).toEqual(['ci-2=2']);
  });

  test('serves fleets of CircleCI beside them, each from its own source', async () => {
    const tags = { source: 'circleci', resourceClass: 'acme/linux', headroom: 0 } as const;
    groups = [fleetOf(4), { name: 'ci-linux', tags: encodeFleetTags('ci', tags) }];
    const circleci = await startServer(({ path }) => ({
      body: path.endsWith('running') ? '{"running_runner_tasks":0}' : '{"unclaimed_task_count":2}',
    }));
    try {
      const { run } = composed({
        circleci: { url: circleci.url, api: 'counts', callsPerSecond: 0, tokenSecret: 'other' },
      });
      await run();
      expect(writes().toSorted()).toEqual(['ci-4=4', 'ci-linux=2']);
      expect(circleci.received).toHaveLength(2);
      expect(gitlab.received.map(runnersIn)).toEqual([[4]]);
    } finally {
      await circleci.close();
    }
  });

  test('refuses the fleets of GitLab where it has no settings of it', async () => {
    groups = [fleetOf(1)];
    const { run } = composed({ gitlab: undefined });
    await expect(run()).rejects.toThrow(
      'this scaler has no settings of gitlab (RUNNER_SCALER_GITLAB)',
    );
  });
});
