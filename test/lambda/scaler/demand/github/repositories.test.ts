/** Which repositories are read, how often, and what becomes of one that cannot be. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { GitHubScope } from '../../../../../lambda/scaler/contract.ts';
import { NAMED_MS } from '../../../../../lambda/scaler/demand/github/installation.ts';
import { LIST_MS } from '../../../../../lambda/scaler/demand/github/repositories.ts';
import {
  hubStage,
  job,
  LINUX,
  LIST,
  listed,
  OWNERS,
  queueOf,
  repository,
  REPOSITORIES,
  runsPath,
  withHeaders,
} from '../github-stage.ts';
import type { Received } from '../../../../http-server.ts';
import { closeStage } from '../source-stage.ts';

afterEach(closeStage);

const ONE = { 1: [job('queued', ['acme'])] };
const TWO: GitHubScope = { kind: 'repositories', repositories: ['acme/app', 'Acme/Web'] };
const found = (unclaimed: number) => ({ unclaimed, running: 0 });

describe('the repositories of an owner', () => {
  test('are those that the App is installed for, listed once an hour', async () => {
    const { read, hub, clock, asked } = await hubStage(OWNERS, {
      runs: { 'acme/new': { queued: [1] } },
      jobs: ONE,
    });
    expect(await read(LINUX)).toEqual(found(0));
    hub.repositories = ['acme/app', 'acme/new'];
    expect(await read(LINUX)).toEqual(found(0));
    clock.advance(LIST_MS);
    expect(await read(LINUX)).toEqual(found(1));
    expect(asked(LIST)).toBe(2);
  });

  test('are as many pages as the links say', async () => {
    const { read, special, asked } = await hubStage(OWNERS);
    special.answer = ({ path, query, headers }) => {
      if (path !== LIST) return undefined;
      const page = Number(query.get('page') ?? 1);
      const next = `http://${headers.host ?? ''}${path}?per_page=100&page=${page + 1}`;
      return {
        ...listed('repositories', [repository(`acme/app-${page}`)], 3),
        ...(page < 3 && { headers: { link: `<${next}>; rel="next", <${next}>; rel="last"` } }),
      };
    };
    await read(LINUX);
    expect(asked(LIST)).toBe(3);
    expect([1, 2, 3].map((page) => asked(runsPath(`acme/app-${page}`)))).toEqual([4, 4, 4]);
  });

  test.each<[string, object, string]>([
    [
      'whose next page is on another host',
      { headers: { link: '<https://evil.example/x?page=2>; rel="next"' } },
      'on another host',
    ],
    ['whose links were lost on the way', {}, 'says that it has 3 items and shows 1 of them'],
  ])('%s are not known', async (_name, more, words) => {
    const { failure, special, origins } = await hubStage(OWNERS);
    special.answer = ({ path }) =>
      path === LIST
        ? { ...listed('repositories', [repository('acme/app')], 3), ...more }
        : undefined;
    expect(await failure(LINUX)).toMatchObject({
      kind: 'invalid-answer',
      message: expect.stringContaining(words),
    });
    expect(new Set(origins).size).toBe(1);
  });

  test('of which a page fails are not known', async () => {
    const { failure, special } = await hubStage(OWNERS);
    special.answer = ({ path, query, headers }) => {
      if (path !== LIST) return undefined;
      if (query.has('page')) return { status: 502, body: '<h1>Bad gateway</h1>' };
      const next = `http://${headers.host ?? ''}${path}?page=2`;
      const answer = listed('repositories', [repository('acme/app')], 2);
      return { ...answer, headers: { link: `<${next}>; rel="next"` } };
    };
    expect((await failure(LINUX)).kind).toBe('unavailable');
  });

  test('are without those that are archived or disabled', async () => {
    const { read, asked } = await hubStage(OWNERS, {
      repositories: [
        'acme/app',
        repository('acme/old', { archived: true }),
        repository('acme/bad', { disabled: true }),
      ],
    });
    await read(LINUX);
    expect(['app', 'old', 'bad'].map((name) => asked(runsPath(`acme/${name}`)))).toEqual([4, 0, 0]);
  });

  test('are those of the last list where the next one fails, and that is told', async () => {
    const { read, special, clock, notices, asked } = await hubStage(OWNERS);
    await read(LINUX);
    special.answer = ({ path }) => (path === LIST ? { status: 500 } : undefined);
    clock.advance(LIST_MS);
    expect(await read(LINUX)).toEqual(found(0));
    expect(notices).toEqual([expect.stringContaining('those of the last list are read')]);
    special.answer = undefined;
    clock.advance(60_000);
    await read(LINUX);
    // Three attempts in vain.
    expect(asked(LIST)).toBe(1 + 3 + 1);
  });

  test('that are none are no demand of none', async () => {
    const { failure } = await hubStage(OWNERS, { repositories: [] });
    expect(await failure(LINUX)).toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('lists no repository of acme'),
    });
  });

  test('of two owners are read apart, so that one owner does not wait for the other', async () => {
    const both: GitHubScope = { kind: 'repositories', repositories: ['acme/app', 'other/app'] };
    const others = queueOf('others', { labels: ['acme'], at: 'other' });
    const { read, failure, special } = await hubStage(both);
    special.answer = ({ path }) =>
      path.includes('/repos/other/')
        ? { status: 429, headers: { 'retry-after': '600' } }
        : undefined;
    await expect(read(LINUX)).resolves.toBeDefined();
    await failure(others);
    await expect(read(LINUX)).resolves.toBeDefined();
  });
});

describe('a repository', () => {
  test.each([404, 451])(
    'that answers %i leaves the scope for an hour, not the class, and that is told',
    async (status) => {
      const { read, hub, notices, asked, clock } = await hubStage(TWO, {
        runs: { 'acme/app': { status }, 'acme/web': { queued: [1] } },
        jobs: ONE,
      });
      expect(await read(LINUX)).toEqual(found(1));
      expect(await read(LINUX)).toEqual(found(1));
      expect(asked(runsPath('acme/app'))).toBe(1);
      expect(notices).toEqual([
        expect.stringContaining('the repository acme/app is left out for an hour'),
      ]);
      hub.runs['acme/app'] = {};
      clock.advance(LIST_MS);
      await read(LINUX);
      expect(asked(runsPath('acme/app'))).toBe(1 + 4);
    },
  );

  test('that has left the scope makes the fleets unknown that are registered at it', async () => {
    const own = queueOf('own', { labels: ['acme'], at: 'acme/app' });
    const { failure, read } = await hubStage(TWO, { runs: { 'acme/app': { status: 404 } } });
    expect((await failure(own)).kind).toBe('not-found');
    expect(await read(LINUX)).toEqual(found(0));
  });

  test.each<[string, { status: number; body?: string }, string]>([
    [
      '403',
      { status: 403, body: '{"message":"Resource not accessible by integration"}' },
      'forbidden',
    ],
    ['410', { status: 410 }, 'gone'],
    ['500', { status: 500 }, 'unavailable'],
    ['502 with HTML', { status: 502, body: '<html>Bad gateway</html>' }, 'unavailable'],
    [
      'a body with a byte-order mark before no JSON',
      { status: 200, body: '\uFEFF<html>' },
      'invalid-answer',
    ],
  ])('that answers %s makes the demand unknown', async (_name, reply, kind) => {
    const { failure } = await hubStage(TWO, { runs: { 'acme/app': reply } });
    expect((await failure(LINUX)).kind).toBe(kind);
  });

  test('that the App may not read names the permission', async () => {
    const body = '{"message":"Resource not accessible by integration"}';
    const { failure } = await hubStage(REPOSITORIES, {
      runs: { 'acme/app': { status: 403, body } },
    });
    const { message } = await failure(LINUX);
    expect(message).toContain('(Resource not accessible by integration)');
    expect(message).toContain('Actions: read');
  });

  test('of an App that was suspended meanwhile says so', async () => {
    const body = '{"message":"This installation has been suspended"}';
    const { read, failure, special } = await hubStage(REPOSITORIES);
    await read(LINUX);
    special.answer = () => ({ status: 403, body });
    await read(LINUX);
    await read(LINUX);
    expect(await failure(LINUX)).toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining("the App's installation at acme is suspended"),
    });
  });
});

describe('a renamed repository', () => {
  const renamed = (location: (host: string) => string) => ({
    answer: ({ path, headers }: Received) => {
      if (!path.startsWith(runsPath('acme/app'))) return undefined;
      const suffix = path.slice('/api/v3/repos/acme/app'.length);
      return {
        status: 301,
        headers: { location: `${location(headers.host ?? '')}${suffix}?status=queued` },
      };
    },
  });

  test('is followed on the same host, and asked for at its new place from then on', async () => {
    const { read, special, paths, asked } = await hubStage(REPOSITORIES);
    special.answer = (request) =>
      renamed((host) => `http://${host}/api/v3/repositories/7`).answer(request) ??
      (request.path.endsWith('/jobs')
        ? listed('jobs', [job('queued', ['acme'])])
        : listed('workflow_runs', request.query.get('status') === 'queued' ? [{ id: 1 }] : []));
    expect(await read(LINUX)).toEqual(found(1));
    expect(await read(LINUX)).toEqual(found(1));
    expect(asked(runsPath('acme/app'))).toBe(1);
    expect(paths().filter((path) => path.startsWith('/api/v3/repositories/7/'))).toHaveLength(10);
  });

  test.each([
    ['to another host', () => 'https://evil.example/api/v3/repositories/7'],
    ['to another path', (host: string) => `http://${host}/login`],
  ])('is not followed %s', async (_name, location) => {
    const { failure, special, origins } = await hubStage(REPOSITORIES);
    special.answer = renamed(location).answer;
    expect(await failure(LINUX)).toMatchObject({
      kind: 'invalid-answer',
      message: expect.stringContaining('with a redirect that is not followed'),
    });
    expect(new Set(origins).size).toBe(1);
  });

  test('is not followed for ever', async () => {
    const { failure, special, received } = await hubStage(REPOSITORIES);
    special.answer = ({ path, headers }) => ({
      status: 301,
      headers: {
        location: `http://${headers.host ?? ''}${path.replace(/(repos\/acme\/app|repositories\/\d+)/, 'repositories/8')}`,
      },
    });
    expect((await failure(LINUX)).kind).toBe('invalid-answer');
    expect(received.length).toBeLessThanOrEqual(2);
  });
});

describe('hot and quiet repositories', () => {
  const many = Array.from({ length: 40 }, (_, at) => `acme/app-${at}`);
  /** A window of GitHub's in which little is left. */
  const low = {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '499',
    'x-ratelimit-reset': '4102444800',
  };

  test('all are read once before the demand is known, those first whose code changed last', async () => {
    const { read, received } = await hubStage(OWNERS, {
      repositories: [
        repository('acme/quiet', { pushed_at: '2020-01-01T00:00:00Z' }),
        repository('acme/busy', { pushed_at: '2026-03-01T00:00:00Z' }),
      ],
    });
    await read(LINUX);
    expect(received.find(({ path }) => path !== LIST)?.path).toBe(runsPath('acme/busy'));
  });

  test('one with a job of ours is read in each pass, though requests are few, and no other is', async () => {
    const { read, special, hub, asked } = await hubStage(OWNERS, {
      repositories: many,
      runs: { 'acme/app-3': { queued: [1] } },
      jobs: ONE,
    });
    expect(await read(LINUX)).toEqual(found(1));
    hub.jobs[1] = [job('queued', ['acme']), job('queued', ['acme'])];
    special.answer = withHeaders(hub, () => low);
    await read(LINUX);
    const before = asked(runsPath('acme/app-5'));
    expect(await read(LINUX)).toEqual(found(2));
    expect(await read(LINUX)).toEqual(found(2));
    expect(asked(runsPath('acme/app-3'))).toBe(4 * 4);
    expect(asked(runsPath('acme/app-5'))).toBe(before);
  });

  test('are all read by a container that starts while requests are few', async () => {
    const { read, special, hub } = await hubStage(OWNERS, {
      repositories: many,
      runs: { 'acme/app-3': { queued: [1] } },
      jobs: ONE,
    });
    special.answer = withHeaders(hub, () => low);
    expect(await read(LINUX)).toEqual(found(1));
  });

  test('take half of the few requests that a start finds, and leave the rest to other containers', async () => {
    let left = 100;
    const { failure, special, hub, received, clock } = await hubStage(OWNERS, {
      repositories: many,
    });
    special.answer = withHeaders(hub, () => {
      left -= 1;
      return { ...low, 'x-ratelimit-remaining': String(left) };
    });
    expect((await failure(LINUX)).kind).toBe('unavailable');
    expect(left).toBeLessThan(51);
    expect(left).toBeGreaterThan(10);
    const before = received.length;
    clock.advance(60_000);
    expect((await failure(LINUX)).message).toContain('are not read yet');
    expect(received.length - before).toBeLessThanOrEqual(1);
  });

  test('one that a webhook names is read in each pass for a minute', async () => {
    const { source, read, special, hub, clock, asked } = await hubStage(OWNERS, {
      repositories: many,
    });
    await read(LINUX);
    special.answer = withHeaders(hub, () => low);
    await read(LINUX);
    source.changed?.('Acme/App-39');
    const before = asked(runsPath('acme/app-39'));
    await read(LINUX);
    expect(asked(runsPath('acme/app-39'))).toBe(before + 4);
    clock.advance(NAMED_MS);
    await read(LINUX);
    expect(asked(runsPath('acme/app-39'))).toBe(before + 4);
  });

  test('one that is newer than the list is read when a webhook names it', async () => {
    const { source, read } = await hubStage(OWNERS, {
      runs: { 'acme/new': { queued: [1] } },
      jobs: ONE,
    });
    await read(LINUX);
    source.changed?.('acme/new');
    source.changed?.('another/one');
    source.changed?.('no repository');
    expect(await read(LINUX)).toEqual(found(1));
  });

  test('a hot one that fails makes the demand unknown; a quiet one is late, until its third failure in a row', async () => {
    const { read, failure, hub } = await hubStage(TWO, {
      runs: { 'acme/app': { queued: [1] } },
      jobs: ONE,
    });
    expect(await read(LINUX)).toEqual(found(1));
    hub.runs['acme/web'] = { status: 500 };
    expect(await read(LINUX)).toEqual(found(1));
    expect(await read(LINUX)).toEqual(found(1));
    expect(await failure(LINUX)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(runsPath('acme/web')),
    });
    hub.runs['acme/web'] = {};
    expect(await read(LINUX)).toEqual(found(1));
    hub.runs['acme/app'] = { status: 500 };
    expect((await failure(LINUX)).kind).toBe('unavailable');
  });

  test('a run whose jobs cannot be read makes the demand unknown, never smaller', async () => {
    const { read, failure, hub } = await hubStage(REPOSITORIES, {
      runs: { 'acme/app': { queued: [1, 2] } },
      jobs: { ...ONE, 2: [job('queued', ['acme'])] },
    });
    expect(await read(LINUX)).toEqual(found(2));
    hub.jobs[2] = { status: 500 };
    expect((await failure(LINUX)).kind).toBe('unavailable');
  });
});
