import { afterEach, describe, expect, test } from '@jest/globals';
import type { GitLabScope } from '../../../../../lambda/scaler/contract.ts';
import { LIST_MS } from '../../../../../lambda/scaler/demand/gitlab/scope.ts';
import { MOST_PER_PASS } from '../../../../../lambda/scaler/demand/gitlab/sweep-rate.ts';
import type { Answer, Received } from '../../../../http-server.ts';
import {
  ARM,
  gitLabStage,
  GRAPHQL,
  graphQl,
  GROUP,
  GROUP_PATH,
  INSTANCE,
  job,
  jobsPath,
  LINUX,
  PROJECTS,
  queueOf,
  SAID,
  SAID_TO_USER,
} from '../gitlab-stage.ts';
import { closeStage } from '../source-stage.ts';

afterEach(closeStage);

/** GitLab with these jobs in its projects; a test changes them. */
interface World {
  projects: readonly number[];
  jobs: Record<string, readonly object[] | Answer>;
  isAdministrator: boolean;
}

async function staged(scope: GitLabScope, change: Partial<World> = {}) {
  const world: World = { projects: [1, 2], jobs: {}, isAdministrator: false, ...change };
  const answer = (request: Received): Answer => {
    const { path } = request;
    if (path === GRAPHQL) {
      return graphQl(request, () => (world.isAdministrator ? SAID : SAID_TO_USER));
    }
    if (path === GROUP_PATH) return { body: JSON.stringify(world.projects.map((id) => ({ id }))) };
    const project = decodeURIComponent(path.split('/').at(-2) ?? '');
    const jobs = world.jobs[project] ?? [];
    return Array.isArray(jobs) ? { body: JSON.stringify(jobs) } : (jobs as Answer);
  };
  const set = await gitLabStage(scope, answer);
  const asked = (project: string | number) =>
    set.paths().filter((path) => path === jobsPath(project)).length;
  return { ...set, world, asked };
}

const unclaimed = (count: number) => ({ running: 1, unclaimed: count });

describe('the jobs of projects', () => {
  test('are read for all classes of a pass at once, running before waiting, with the rights of no administrator', async () => {
    const { readAll, received, paths } = await staged(PROJECTS);
    await readAll([LINUX, ARM]);
    expect(paths()).toEqual([GRAPHQL, jobsPath('acme/app'), jobsPath(42)]);
    expect(received[0]?.body).not.toMatch(/jobs\d+:/);
    expect(received[1]?.query.get('scope[]')).toBe('pending');
    expect(received[1]?.query.get('sort')).toBe('desc');
  });

  test.each<[name: string, jobTags: string[], fits: string[]]>([
    ['with the tags of a runner', ['linux'], ['linux', 'arm']],
    ['with its tags in another order', ['arm', 'linux'], ['arm']],
    ['with one that it lacks', ['linux', 'gpu'], []],
    ['with a tag in capitals', ['Linux'], []],
    ['without tags', [], ['any']],
  ])('%s are counted for those that take them', async (_name, jobTags, fits) => {
    const any = queueOf(3, { resourceClass: 'any', untagged: true });
    const { readAll } = await staged(PROJECTS, { jobs: { 42: [job(...jobTags)] } });
    const queues = [LINUX, ARM, any];
    expect(await readAll(queues)).toEqual(
      queues.map(({ resourceClass }) => ({
        status: 'fulfilled',
        value: unclaimed(fits.includes(resourceClass) ? 1 : 0),
      })),
    );
  });

  test('wait for no runner that is paused', async () => {
    const { read, notices } = await gitLabStage(PROJECTS, (request) =>
      request.path === GRAPHQL
        ? graphQl(request, () => ({ runner: { paused: true, adminUrl: null, jobCount: 1 } }))
        : { body: JSON.stringify([job('linux')]) },
    );
    expect(await read(LINUX)).toEqual(unclaimed(0));
    expect(notices).toEqual([expect.stringContaining('is paused in GitLab')]);
  });

  test('cannot be matched for a fleet without tags', async () => {
    const { failure } = await staged(PROJECTS);
    const error = await failure(queueOf(1, { resourceClass: 'none' }));
    expect(error).toMatchObject({
      kind: 'bad-request',
      message: expect.stringContaining('has neither tags nor untagged'),
    });
  });

  test('in another state are no waiting ones: GitLab has not done what it was asked', async () => {
    const jobs = { 42: [{ ...job('linux'), status: 'waiting_for_callback' }] };
    const { failure } = await staged(PROJECTS, { jobs });
    expect((await failure(LINUX)).kind).toBe('invalid-answer');
  });
});

describe('the token of an administrator', () => {
  test.each([
    ['a group', GROUP, 'an access token of the group with the role Owner and the scope read_api'],
    ['projects', PROJECTS, 'a token with the scope read_api of a user who is Maintainer'],
  ])(
    'is told once with %s as scope, with what would do, and counts',
    async (_name, scope, words) => {
      const set = await staged(scope, { isAdministrator: true });
      const { readAll, read, notices, received, world } = set;
      expect(await readAll([LINUX, ARM])).toMatchObject([
        { status: 'fulfilled', value: unclaimed(0) },
        { status: 'fulfilled', value: unclaimed(0) },
      ]);
      expect(notices).toEqual([expect.stringContaining(words)]);
      expect(notices[0]).toMatch(/^the API token is that of an administrator/);
      // It takes no call beside those that count.
      expect(received.every(({ path }) => path === GRAPHQL || /projects/.test(path))).toBe(true);
      expect(received.filter(({ path }) => path === GRAPHQL)).toHaveLength(1);
      await read(LINUX);
      world.isAdministrator = false;
      await read(LINUX);
      world.isAdministrator = true;
      await read(LINUX);
      expect(notices).toHaveLength(1);
    },
  );

  test('is expected with the instance as scope', async () => {
    const { read, notices } = await gitLabStage(INSTANCE, graphQl);
    await read(LINUX);
    expect(notices).toEqual([]);
  });

  test('is all that is told of: another one is not', async () => {
    const { read, notices } = await staged(PROJECTS);
    await read(LINUX);
    expect(notices).toEqual([]);
  });
});

describe('pages', () => {
  const paged = (headers: (host: string, page: number) => Record<string, string>, pages = 3) => {
    let page = 0;
    return gitLabStage(PROJECTS_ONE, (request) => {
      if (request.path === GRAPHQL) return graphQl(request);
      page += 1;
      const host = `http://${request.headers.host ?? ''}${request.path}`;
      return {
        body: JSON.stringify([job('linux'), job('linux')]),
        headers: page < pages ? headers(host, page) : { 'x-next-page': '' },
      };
    });
  };
  const PROJECTS_ONE: GitLabScope = { kind: 'projects', projects: ['acme/app'] };

  test.each<[string, (host: string, page: number) => Record<string, string>]>([
    ['keyset', (host, page) => ({ link: `<${host}?cursor=${page}&per_page=100>; rel="next"` })],
    [
      'a link among others',
      (host, page) => ({
        link: `<${host}?page=1>; rel="first", <${host}?cursor=${page}>; rel="next"`,
      }),
    ],
    [
      'a link to the host of the outside',
      (_host, page) => ({ link: `<https://gitlab.example.com/x?cursor=${page}>; rel="next"` }),
    ],
    ['numbers, without links', (_host, page) => ({ 'x-next-page': String(page + 1) })],
  ])('by %s are all read', async (_name, headers) => {
    const { read, received, origins } = await paged(headers);
    expect(await read(LINUX)).toEqual(unclaimed(6));
    expect(received).toHaveLength(4);
    expect(new Set(origins).size).toBe(1);
    expect(received.at(-1)?.query.get(_name.startsWith('numbers') ? 'page' : 'cursor')).toBe(
      _name.startsWith('numbers') ? '3' : '2',
    );
  });

  test('without an end make the demand unknown', async () => {
    const { failure } = await paged(
      (host, page) => ({ link: `<${host}?cursor=${page}>; rel="next"` }),
      Number.POSITIVE_INFINITY,
    );
    expect(await failure(LINUX)).toMatchObject({
      kind: 'invalid-answer',
      message: expect.stringContaining('more than 50 pages'),
    });
  });

  test('of which one fails make the demand unknown', async () => {
    const { failure } = await gitLabStage(PROJECTS_ONE, (request) => {
      if (request.path === GRAPHQL) return graphQl(request);
      if (request.query.has('cursor')) return { status: 500 };
      const link = `<http://${request.headers.host ?? ''}${request.path}?cursor=1>; rel="next"`;
      return { body: JSON.stringify([job('linux')]), headers: { link } };
    });
    expect((await failure(LINUX)).kind).toBe('unavailable');
  });
});

describe('the projects of a group', () => {
  test('are listed once an hour', async () => {
    const { read, clock, paths, world } = await staged(GROUP, { jobs: { 3: [job('linux')] } });
    const lists = () => paths().filter((path) => path === GROUP_PATH).length;
    expect(await read(LINUX)).toEqual(unclaimed(0));
    world.projects = [1, 2, 3];
    await read(LINUX);
    expect(lists()).toBe(1);
    clock.advance(LIST_MS);
    expect(await read(LINUX)).toEqual(unclaimed(1));
    expect(lists()).toBe(2);
  });

  test('are asked for with those of its subgroups, without archived ones, ordered by id', async () => {
    const { read, received } = await staged(GROUP);
    await read(LINUX);
    const list = received.find(({ path }) => path === GROUP_PATH);
    expect(Object.fromEntries(list?.query ?? [])).toEqual({
      include_subgroups: 'true',
      archived: 'false',
      simple: 'true',
      order_by: 'id',
      sort: 'asc',
      per_page: '100',
    });
  });

  test('that are none are no demand of none', async () => {
    const { failure } = await staged(GROUP, { projects: [] });
    expect(await failure(LINUX)).toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('lists no project that the API token may see'),
    });
  });

  test.each([404, 403])(
    'that is refused with %i leaves the scope, is told, and is tried again with the next list',
    async (status) => {
      const { read, notices, asked, clock } = await staged(GROUP, {
        jobs: { 1: { status }, 2: [job('linux')] },
      });
      expect(await read(LINUX)).toEqual(unclaimed(1));
      expect(await read(LINUX)).toEqual(unclaimed(1));
      expect(asked(1)).toBe(1);
      expect(notices).toEqual([expect.stringContaining('the project 1 is left out for an hour')]);
      clock.advance(LIST_MS);
      await read(LINUX);
      expect(asked(1)).toBe(2);
    },
  );

  test('of which all are refused make the demand unknown', async () => {
    const { failure } = await staged(GROUP, { jobs: { 1: { status: 404 }, 2: { status: 404 } } });
    expect((await failure(LINUX)).kind).toBe('not-found');
    expect((await failure(LINUX)).kind).toBe('not-found');
  });
});

describe('a project that is named', () => {
  test('and is gone leaves the scope, and is told', async () => {
    const { read, notices } = await staged(PROJECTS, {
      jobs: {
        'acme/app': { status: 404, body: '{"message":"404 Project Not Found"}' },
        42: [job('linux')],
      },
    });
    expect(await read(LINUX)).toEqual(unclaimed(1));
    expect(notices).toEqual([expect.stringContaining('404 Project Not Found')]);
  });

  test.each([
    ['whose jobs may not be read', { status: 403 }, 'forbidden'],
    [
      'that was moved',
      { status: 301, headers: { location: '/api/v4/projects/7/jobs' } },
      'invalid-answer',
    ],
  ])('%s makes the demand unknown', async (_name, reply, kind) => {
    const { failure } = await staged(PROJECTS, { jobs: { 'acme/app': reply } });
    expect((await failure(LINUX)).kind).toBe(kind);
  });
});

describe('hot and quiet projects', () => {
  const many = Array.from({ length: 250 }, (_, at) => at + 1);

  test('demand is unknown until each was read once, within half of the rate limit', async () => {
    const { failure, read, received, clock } = await staged(GROUP, { projects: many });
    const error = await failure(LINUX);
    expect(error).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('the jobs of 190 of 250 projects'),
    });
    let calls = received.length;
    let passes = 1;
    for (; passes < 30; passes += 1) {
      clock.advance(10_000);
      const known = await read(LINUX).then(
        () => true,
        () => false,
      );
      const made = received.length - calls;
      calls = received.length;
      expect(made).toBeLessThanOrEqual(MOST_PER_PASS + 1);
      if (known) break;
    }
    // A third of 600 a minute, of which half: 100 at once, and 100 a minute, so 150 in the 90 s that follow.
    expect(passes).toBe(10);
  });

  test('a hot one is read in each pass, a quiet one in its turn', async () => {
    const { read, asked, clock } = await staged(GROUP, {
      projects: many.slice(0, 50),
      jobs: { 7: [job('linux')] },
    });
    for (let pass = 0; pass < 13; pass += 1) {
      expect(await read(LINUX)).toEqual(unclaimed(1));
      clock.advance(10_000);
    }
    expect(asked(7)).toBe(13);
    const quiet = many
      .slice(0, 50)
      .filter((id) => id !== 7)
      .map(asked);
    // Read at the start, and then at 67 a minute.
    expect(Math.min(...quiet)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...quiet)).toBeLessThanOrEqual(5);
  });

  test('what the headers leave is shared with others', async () => {
    const headers = {
      'ratelimit-limit': '600',
      'ratelimit-remaining': '30',
      'ratelimit-reset': '4102444800',
    };
    const { received, failure } = await gitLabStage(GROUP, (request) => {
      if (request.path === GRAPHQL) return { ...graphQl(request), headers };
      const list = request.path === GROUP_PATH ? many.map((id) => ({ id })) : [];
      return { body: JSON.stringify(list), headers };
    });
    await failure(LINUX);
    // One query, one list, and half of what is left.
    expect(received).toHaveLength(2 + 15);
  });

  test('a hot one that fails makes the demand unknown; a quiet one is late', async () => {
    const { read, failure, world } = await staged(GROUP, { jobs: { 1: [job('linux')] } });
    expect(await read(LINUX)).toEqual(unclaimed(1));
    world.jobs[2] = { status: 500 };
    expect(await read(LINUX)).toEqual(unclaimed(1));
    world.jobs[1] = { status: 500 };
    expect((await failure(LINUX)).kind).toBe('unavailable');
    world.jobs[1] = [job('linux'), job('linux')];
    world.jobs[2] = [job('linux')];
    expect(await read(LINUX)).toEqual(unclaimed(3));
  });

  test('a quiet one that fails three times in a row makes the demand unknown until it is read', async () => {
    const { read, failure, world } = await staged(GROUP, { jobs: { 1: [job('linux')] } });
    await read(LINUX);
    world.jobs[2] = { status: 500 };
    await read(LINUX);
    await read(LINUX);
    expect(await failure(LINUX)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(jobsPath(2)),
    });
    world.jobs[2] = [];
    expect(await read(LINUX)).toEqual(unclaimed(1));
  });

  test('the limit of the projects ends the pass, and the source is left alone until it ends', async () => {
    const trouble = { status: 429, headers: { 'retry-after': '60' } };
    const { failure, received, clock, read } = await staged(PROJECTS, { jobs: { 42: trouble } });
    expect((await failure(LINUX)).kind).toBe('throttled');
    const calls = received.length;
    clock.advance(30_000);
    await expect(read(LINUX)).rejects.toThrow('is not to be asked before');
    expect(received).toHaveLength(calls);
  });
});
