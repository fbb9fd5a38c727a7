/** The hourly sweep against AWS and GitHub on loopback: what it removes, and above all what it leaves. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { fleetGroups } from '../../../lambda/registrar/fleets.ts';
import { places } from '../../../lambda/registrar/place.ts';
import { BETWEEN_LOOKS_MS, MOST_REMOVED, sweeping } from '../../../lambda/registrar/sweep.ts';
import { encodeGitHubDemand, TAG } from '../../../lambda/scaler/contract.ts';
import { installationTokens } from '../../../lambda/scaler/demand/github/app.ts';
import { httpClient } from '../../../lambda/scaler/demand/http-call.ts';
import { errorAnswer, instancesAnswer } from '../../auto-scaling-answers.ts';
import { testApp } from '../../github-app.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../http-server.ts';
import { manualClock } from '../../manual-clock.ts';
import { gitHubAnswer, gitHubState, runner, said, TOKEN } from './github.ts';
import { DEMAND, escaped, gitHubCalls, TAGS } from './stage.ts';

const APP = testApp('12345');
const GONE = 'i-0000000000000dead';
const ALIVE = 'i-0000000000000a11e';

interface Group {
  readonly tags?: Readonly<Record<string, string>>;
  readonly instances?: readonly string[];
}

interface World {
  /** The groups that AWS shows at each description, the last one from then on. */
  readonly groups?: readonly (readonly Group[])[];
  /** Instances in groups of the account that are not the scaler's. */
  readonly elsewhere?: readonly string[];
  readonly aws?: (form: URLSearchParams) => Answer | undefined;
  readonly github?: (request: Received) => Answer | undefined;
  /** While it waits between the looks. */
  readonly meanwhile?: (runners: ReturnType<typeof gitHubState>['runners']) => void;
}

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.close()));
});

async function staged(world: World = {}) {
  const { groups = [[{ instances: [ALIVE] }]] } = world;
  const state = gitHubState();
  let descriptions = 0;
  const aws = await startServer(({ body }) => {
    const form = new URLSearchParams(body);
    const special = world.aws?.(form);
    if (special !== undefined) return special;
    if (form.get('Action') === 'DescribeAutoScalingGroups') {
      const shown = groups[descriptions] ?? groups.at(-1) ?? [];
      descriptions += 1;
      return groupsAnswer(shown);
    }
    const present = new Set([
      ...(world.elsewhere ?? []),
      ...groups.flat().flatMap(({ instances }) => instances ?? []),
    ]);
    const asked = [...form].flatMap(([key, value]) =>
      key.startsWith('InstanceIds.') ? [value] : [],
    );
    return instancesAnswer(
      asked
        .filter((id) => present.has(id))
        .map((id) => ({ id, group: 'some-group', state: 'InService' })),
    );
  });
  const github = await startServer(
    (request) => world.github?.(request) ?? gitHubAnswer(state, request),
  );
  servers.push(aws, github);
  const clock = manualClock();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const call = httpClient(1);
  const ports = { apiUrl: github.url, call, random: () => 0.5 };
  const apps = { current: async () => APP, reread: async () => APP };
  const sweeper = (clock = manualClock()) => {
    const patient = {
      ...clock,
      async wait(ms: number, signal?: AbortSignal) {
        if (ms === BETWEEN_LOOKS_MS) world.meanwhile?.(state.runners);
        await clock.wait(ms, signal);
      },
    };
    const client = new AutoScalingClient({
      endpoint: aws.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'not-a-secret' },
      maxAttempts: 1,
    });
    const tokens = installationTokens({ ...ports, clock, apps });
    return sweeping({
      groups: fleetGroups(client, 'ci'),
      placeOf: places({ ...ports, clock: patient, tokens }),
      clock: patient,
      log: (line) => lines.push(line),
    });
  };
  const sweep = sweeper(clock);
  return { sweep, sweeper, state, github, aws, lines, clock };
}

function groupsAnswer(groups: readonly Group[]): Answer {
  const members = groups.map(({ tags = TAGS, instances = [] }, at) => {
    const shown = Object.entries(escaped(tags)).map(
      ([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`,
    );
    const machines = instances.map(
      (id) =>
        `<member><InstanceId>${id}</InstanceId><LifecycleState>InService</LifecycleState></member>`,
    );
    return `<member><AutoScalingGroupName>group-${at}</AutoScalingGroupName>
      <Instances>${machines.join('')}</Instances><Tags>${shown.join('')}</Tags></member>`;
  });
  return {
    headers: { 'content-type': 'text/xml' },
    body: `<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
      <DescribeAutoScalingGroupsResult><AutoScalingGroups>${members.join('')}</AutoScalingGroups>
      </DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`,
  };
}

const deletions = (github: TestServer) =>
  gitHubCalls(github).filter((call) => call.startsWith('DELETE'));
const demandAt = (at: string, prefix = DEMAND.prefix) => ({
  ...TAGS,
  [TAG.demand]: encodeGitHubDemand({ ...DEMAND, at, prefix }),
});

describe('a sweep', () => {
  test('removes the runner of a machine that is gone, and tells which', async () => {
    const { sweep, state, lines, clock } = await staged();
    state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
    state.runners.set(2, runner(2, { name: `ci-gpu-${ALIVE}` }));
    await sweep();
    expect([...state.runners.keys()]).toEqual([2]);
    expect(clock.waits).toEqual([BETWEEN_LOOKS_MS]);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'swept',
        left: 1,
        removed: [`ci-gpu-${GONE}`],
        busy: [],
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
  });

  test('asks each place once, and waits for nothing, where none is left', async () => {
    const groups = [
      [
        { instances: [ALIVE] },
        { tags: demandAt('ACME', 'ci-cpu-') },
        { tags: demandAt('acme/app') },
      ],
    ];
    const { sweep, state, github, clock } = await staged({ groups });
    state.runners.set(2, runner(2, { name: `ci-gpu-${ALIVE}` }));
    await sweep();
    expect(gitHubCalls(github).toSorted()).toEqual([
      'GET /orgs/acme/actions/runners?per_page=100&page=1',
      'GET /repos/acme/app/actions/runners?per_page=100&page=1',
    ]);
    expect(clock.waits).toEqual([]);
  });

  test('sees those behind the first page', async () => {
    const { sweep, state } = await staged();
    for (let id = 1; id <= 250; id += 1) {
      state.runners.set(id, runner(id, { name: `build-box-${id}`, status: 'online' }));
    }
    state.runners.set(999, runner(999, { name: `ci-gpu-${GONE}` }));
    await sweep();
    expect(state.runners.has(999)).toBe(false);
    expect(state.runners.size).toBe(250);
  });

  test('removes a bounded number, and the next one the rest', async () => {
    const { sweep, state, github } = await staged();
    const all = MOST_REMOVED + 7;
    for (let id = 1; id <= all; id += 1) {
      state.runners.set(id, runner(id, { name: `ci-gpu-i-${String(id).padStart(17, '0')}` }));
    }
    await sweep();
    expect(deletions(github)).toHaveLength(MOST_REMOVED);
    await sweep();
    expect(deletions(github)).toHaveLength(all);
    expect(state.runners.size).toBe(0);
  });
});

describe('a sweep leaves alone', () => {
  test.each<[what: string, name: string, more: object]>([
    ['a runner that is connected', `ci-gpu-${GONE}`, { status: 'online' }],
    ['one with a job', `ci-gpu-${GONE}`, { busy: true }],
    ['one of an unknown state', `ci-gpu-${GONE}`, { status: 'idle' }],
    ['one that does not say whether it has a job', `ci-gpu-${GONE}`, { busy: undefined }],
    ['one of a machine that is in a group', `ci-gpu-${ALIVE}`, {}],
    ["another scaler's", `ci2-gpu-${GONE}`, {}],
    ['one of a longer prefix', `ci-gpu-big-${GONE}`, {}],
    ['one that a person has named', 'ci-gpu-box', {}],
  ])('%s', async (_what, name, more) => {
    const { sweep, state, github } = await staged();
    state.runners.set(1, { ...runner(1, { name }), ...more });
    await sweep();
    expect(deletions(github)).toEqual([]);
  });

  test('one whose machine is in a group of somebody else', async () => {
    const { sweep, state, github } = await staged({ elsewhere: [GONE] });
    state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
    await sweep();
    expect(deletions(github)).toEqual([]);
  });

  test('one of a machine that began to boot after the groups were described', async () => {
    // Its runner is in the first list already; GitHub shows it as offline until it connects.
    const { sweep, state, github } = await staged({
      groups: [[{ instances: [] }], [{ instances: [GONE] }]],
    });
    state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
    await sweep();
    expect(deletions(github)).toEqual([]);
  });

  test('one whose machine an old answer of AWS did not have', async () => {
    const empty = [{ instances: [] }];
    const { sweep, state, github } = await staged({
      groups: [empty, empty, [{ instances: [GONE] }]],
    });
    state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
    await sweep();
    expect(deletions(github)).toEqual([]);
  });

  test.each<[what: string, change: (runners: Map<number, ReturnType<typeof runner>>) => void]>([
    [
      'has connected',
      (runners) => runners.set(1, runner(1, { name: `ci-gpu-${GONE}`, status: 'online' })),
    ],
    ['has a job', (runners) => runners.set(1, runner(1, { name: `ci-gpu-${GONE}`, busy: true }))],
    [
      'was made again',
      (runners) => {
        runners.delete(1);
        runners.set(2, runner(2, { name: `ci-gpu-${GONE}` }));
      },
    ],
    ['has gone by itself', (runners) => runners.delete(1)],
  ])('one that %s between the looks', async (_what, meanwhile) => {
    const { sweep, state, github, lines } = await staged({ meanwhile });
    state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
    await sweep();
    expect(deletions(github)).toEqual([]);
    expect(lines).toEqual([expect.objectContaining({ message: 'swept', removed: [] })]);
  });

  test('one that GitHub refuses to delete, because it has just been given a job', async () => {
    const { sweep, state, lines } = await staged({
      github: ({ method }) =>
        method === 'DELETE' ? said(422, 'Runner is currently running a job') : undefined,
    });
    state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
    await sweep();
    expect(lines).toEqual([
      expect.objectContaining({ message: 'swept', removed: [], busy: [`ci-gpu-${GONE}`] }),
    ]);
  });

  test.each<[what: string, tags: Readonly<Record<string, string>>]>([
    ["another scaler's", { ...TAGS, [TAG.name]: 'ci-2' }],
    ['of another source', { ...TAGS, [TAG.source]: 'gitlab' }],
    ['with a tag that cannot be read', { ...TAGS, [TAG.demand]: 'acme' }],
  ])('the runners of a group that is %s', async (_what, tags) => {
    const { sweep, state, github } = await staged({ groups: [[{ tags }]] });
    state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
    await sweep();
    expect(gitHubCalls(github)).toEqual([]);
  });
});

describe('a sweep that fails removes nothing where it does not know', () => {
  test.each<[name: string, answer: Answer]>([
    ['a failing server', said(500, 'Server Error')],
    ['a limit', said(403, 'You have exceeded a secondary rate limit')],
    ['a missing permission', said(403, 'Resource not accessible by integration')],
    ['a login page', { body: '<html>' }],
    ['a reset', 'reset'],
  ])('of GitHub, by %s: the other place is swept', async (_name, answer) => {
    const { sweep, state, lines } = await staged({
      groups: [[{}, { tags: demandAt('acme/app', 'ci-app-') }]],
      github: ({ path }) => (path === '/orgs/acme/actions/runners' ? answer : undefined),
    });
    state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
    state.runners.set(2, runner(2, { name: `ci-app-${GONE}` }));
    await sweep();
    expect([...state.runners.keys()]).toEqual([1]);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'WARN', message: 'not swept', at: 'acme' }),
    );
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
  });

  test('of GitHub, by a second page that does not come', async () => {
    const { sweep, state } = await staged({
      github: ({ query }) => (query.get('page') === '2' ? said(502, 'Bad Gateway') : undefined),
    });
    for (let id = 1; id <= 100; id += 1) {
      state.runners.set(id, runner(id, { name: `ci-gpu-i-${String(id).padStart(17, '0')}` }));
    }
    await sweep();
    expect(state.runners.size).toBe(100);
  });

  test.each(['DescribeAutoScalingGroups', 'DescribeAutoScalingInstances'])(
    'of AWS, at %s',
    async (action) => {
      const { sweep, state, github, lines } = await staged({
        aws: (form) => (form.get('Action') === action ? errorAnswer(400, 'Throttling') : undefined),
      });
      state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
      await sweep();
      expect(deletions(github)).toEqual([]);
      expect(lines).toEqual([
        expect.objectContaining({
          message: 'not swept',
          reason: expect.stringContaining('Throttling'),
        }),
      ]);
    },
  );
});

test('a deletion whose answer is lost is asked for again, and has been done', async () => {
  let lost = 0;
  const { sweep, state, github, lines } = await staged({
    github({ method }) {
      if (method !== 'DELETE' || lost > 0) return undefined;
      lost += 1;
      state.runners.delete(1);
      return 'reset';
    },
  });
  state.runners.set(1, runner(1, { name: `ci-gpu-${GONE}` }));
  await sweep();
  expect(deletions(github)).toHaveLength(2);
  expect(lines).toEqual([expect.objectContaining({ removed: [`ci-gpu-${GONE}`] })]);
});

test('a place that fails in the middle of the deletions is left to the next sweep', async () => {
  const { sweep, state, github } = await staged({
    github: ({ method }) => (method === 'DELETE' ? said(403, 'secondary rate limit') : undefined),
  });
  for (const id of [1, 2, 3]) {
    state.runners.set(id, runner(id, { name: `ci-gpu-i-${String(id).padStart(17, '0')}` }));
  }
  await sweep();
  expect(new Set(deletions(github)).size).toBe(1);
});

test('two sweeps at once remove each runner, and fail at none', async () => {
  const { sweeper, state, lines } = await staged();
  for (let id = 1; id <= 20; id += 1) {
    state.runners.set(id, runner(id, { name: `ci-gpu-i-${String(id).padStart(17, '0')}` }));
  }
  await Promise.all([sweeper()(), sweeper()()]);
  expect(state.runners.size).toBe(0);
  expect(lines.map(({ message }) => message)).toEqual(['swept', 'swept']);
});
