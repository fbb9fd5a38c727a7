import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gitLabEmulator, type GitLabEmulatorOptions } from '../../../simulator/emulators/gitlab.ts';
import { type RunningServer, serve } from '../../../simulator/emulators/server.ts';
import { WorldFault } from '../../../simulator/world/fault.ts';

let server: RunningServer;
let options: GitLabEmulatorOptions;

beforeEach(async () => {
  options = {
    token: 'good',
    runners: [
      { id: 7, resourceClass: 'acme/linux', tags: ['linux'] },
      { id: 8, resourceClass: 'acme/arm', paused: true },
    ],
    counts: {
      resourceClasses: new Set(['acme/linux', 'acme/arm']),
      readUnclaimed: () => 3,
      readRunning: () => 2,
    },
  };
  server = await serve((request) => gitLabEmulator(options)(request));
});

afterEach(async () => {
  await server.close();
});

const id = (runner: number) => `"gid://gitlab/Ci::Runner/${runner}"`;

describe('GraphQL', () => {
  test('answers several runners and their pending jobs under their aliases', async () => {
    const query = `query { a: runner(id: ${id(7)}) { id tagList paused jobCount(statuses: [RUNNING]) }
      b: jobs(statuses: [PENDING], compatibleRunnerId: ${id(7)}, first: 1) { count }
      c: runner(id: ${id(8)}) { paused } d: runner(id: ${id(9)}) { paused } }`;
    expect(await asked(query)).toEqual([
      200,
      {
        data: {
          a: { id: 'gid://gitlab/Ci::Runner/7', tagList: ['linux'], paused: false, jobCount: 2 },
          b: { count: 3 },
          c: { paused: true },
          d: null,
        },
      },
    ]);
  });

  test('shows a user who is no administrator no job and no admin URL, and says nothing', async () => {
    options = { ...options, isAdministrator: false };
    const query = `query { a: runner(id: ${id(7)}) { adminUrl }
      b: jobs(statuses: [PENDING], compatibleRunnerId: ${id(7)}) { count } }`;
    expect(await asked(query)).toEqual([
      200,
      { data: { a: { adminUrl: null }, b: { count: 0, nodes: [] } } },
    ]);
  });

  test('counts running jobs up to a thousand, and says that there are more', async () => {
    options = { ...options, counts: { ...options.counts, readRunning: () => 5_000 } };
    expect(await asked(`query { a: runner(id: ${id(7)}) { jobCount } }`)).toEqual([
      200,
      { data: { a: { jobCount: 1_001 } } },
    ]);
  });

  test.each([
    [
      'other states than pending',
      `query { jobs(statuses: [RUNNING], compatibleRunnerId: ${id(7)}) { count } }`,
    ],
    ['a field without a runner', 'query { jobs(statuses: [PENDING]) { count } }'],
    ['nothing that it knows', 'query { currentUser { name } }'],
    ['a query that is too long', `query { ${'x'.repeat(10_000)} }`],
  ])('refuses %s with status 200', async (_name, query) => {
    expect(await asked(query)).toEqual([200, { errors: [{ message: expect.any(String) }] }]);
  });

  test('refuses a wrong token', async () => {
    expect(await asked('query {}', 'bad')).toEqual([
      401,
      { errors: [{ message: 'Invalid token' }] },
    ]);
  });
});

describe('REST', () => {
  test('lists the projects of a group, and the jobs of a project with the tags of its class', async () => {
    expect(await got('/api/v4/groups/acme/projects')).toMatchObject([
      200,
      [{ id: 7, path_with_namespace: 'acme/acme-linux' }, { id: 8 }],
    ]);
    for (const project of ['7', 'acme%2Facme-linux']) {
      expect(await got(`/api/v4/projects/${project}/jobs?scope[]=pending`)).toMatchObject([
        200,
        [1, 2, 3].map((job) => ({ id: job, status: 'pending', tag_list: ['linux'], runner: null })),
      ]);
    }
  });

  test('pages with a link to the next page', async () => {
    const path = '/api/v4/projects/7/jobs?scope[]=pending&per_page=2';
    const first = await fetch(`${server.url}${path}`, { headers: { 'private-token': 'good' } });
    const next = /<(.*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await fetch(next, { headers: { 'private-token': 'good' } });
    expect(await first.json()).toHaveLength(2);
    expect(await second.json()).toHaveLength(1);
    expect(second.headers.get('link')).toBeNull();
  });

  test.each([
    ['an unknown project', '/api/v4/projects/9/jobs', 404],
    ['an unknown path', '/api/v4/jobs', 404],
    ['an unknown state', '/api/v4/projects/7/jobs?scope[]=waiting', 400],
  ])('refuses %s', async (_name, path, status) => {
    expect((await got(path))[0]).toBe(status);
  });

  test("answers with the world's faults", async () => {
    const readUnclaimed = () => {
      throw new WorldFault('ServiceUnavailable', 'service unavailable');
    };
    options = { ...options, counts: { ...options.counts, readUnclaimed } };
    expect(await got('/api/v4/projects/7/jobs')).toEqual([503, { message: 'service unavailable' }]);
  });
});

async function asked(query: string, token = 'good'): Promise<[status: number, body: unknown]> {
  const response = await fetch(`${server.url}/api/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return [response.status, await response.json()];
}

async function got(path: string): Promise<[status: number, body: unknown]> {
  const headers = { authorization: 'Bearer good' };
  const response = await fetch(`${server.url}${path}`, { headers });
  return [response.status, await response.json()];
}
