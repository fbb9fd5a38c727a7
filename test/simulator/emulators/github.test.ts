/** The emulator of GitHub, driven by clients of others where there are any. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAppAuth } from '@octokit/auth-app';
import { request as octokitRequest } from '@octokit/request';
import githubAppJwt from 'universal-github-app-jwt';
import { gitHubEmulator, type GitHubEmulator } from '../../../simulator/emulators/github.ts';
import { type RunningServer, serve } from '../../../simulator/emulators/server.ts';
import { pkcs8, testApp } from '../../github-app.ts';

const APP = testApp('12345');
const HOUR_MS = 3_600_000;

let server: RunningServer;
let emulator: GitHubEmulator;
let now: number;
let counts: { running: number; unclaimed: number };
let request: typeof octokitRequest;
let token: string;

beforeEach(async () => started());
afterEach(async () => server.close());

async function started(more: { limit?: number; unchangedIsFree?: boolean } = {}) {
  now = Math.floor(Date.now() / 1000) * 1000;
  counts = { running: 2, unclaimed: 3 };
  emulator = gitHubEmulator({
    ...more,
    app: APP,
    now: () => now,
    counts: {
      resourceClasses: new Set(['linux']),
      readRunning: () => counts.running,
      readUnclaimed: () => counts.unclaimed,
    },
    jobs: [
      { repository: 'acme/app', resourceClass: 'linux', labels: ['acme'], prefix: 'ci-linux-' },
      { repository: 'acme/web', resourceClass: 'web', labels: ['web'], prefix: 'ci-web-' },
    ],
  });
  server = await serve(emulator.answer);
  request = octokitRequest.defaults({ baseUrl: `${server.url}/api/v3` });
  const { appId, privateKey } = APP;
  const auth = createAppAuth({ appId, privateKey, request });
  ({ token } = await auth({ type: 'installation', installationId: 1 }));
  request = request.defaults({ headers: { authorization: `token ${token}` } });
}

const RUNS = { owner: 'acme', repo: 'app' } as const;
const runs = async (status: 'queued' | 'in_progress', headers = {}) =>
  request('GET /repos/{owner}/{repo}/actions/runs', { ...RUNS, status, headers });

describe('the emulator of GitHub', () => {
  test('lists repositories, runs by status, and their jobs with labels and runners', async () => {
    const { data: repositories } = await request('GET /installation/repositories');
    expect(repositories.repositories.map(({ full_name: name }) => name)).toEqual([
      'acme/app',
      'acme/web',
    ]);
    expect((await runs('queued')).data.total_count).toBe(0);
    const [run] = (await runs('in_progress')).data.workflow_runs;
    const { data } = await request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs', {
      ...RUNS,
      run_id: Number(run?.id),
    });
    expect(data.jobs.map(({ status, runner_name: name }) => `${status} ${name}`)).toEqual([
      'in_progress ci-linux-i-00000000000000000',
      'in_progress ci-linux-i-00000000000000001',
      'queued null',
      'queued null',
      'queued null',
    ]);
    expect(data.jobs[4]?.labels).toEqual(['acme']);
  });

  test('shows 256 jobs on three pages', async () => {
    counts = { running: 0, unclaimed: 256 };
    const links: (string | undefined)[] = [];
    let jobs = 0;
    for (const page of [1, 2, 3]) {
      const { data, headers } = await request(
        'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
        { ...RUNS, run_id: 1, per_page: 100, page },
      );
      jobs += data.jobs.length;
      links.push(headers.link);
    }
    expect(jobs).toBe(256);
    expect(links[0]).toMatch(
      /\/api\/v3\/repos\/acme\/app\/actions\/runs\/1\/jobs\?.*page=2>; rel="next"$/,
    );
    expect(links[2]).toBeUndefined();
  });

  test('answers 304 to the ETag of what has not changed, which is free', async () => {
    const { headers } = await runs('queued');
    const known = { 'if-none-match': headers.etag };
    await expect(runs('queued', known)).rejects.toMatchObject({
      status: 304,
      response: {
        headers: { 'x-ratelimit-remaining': headers['x-ratelimit-remaining'], etag: headers.etag },
      },
    });
    counts = { running: 0, unclaimed: 1 };
    expect((await runs('queued', known)).status).toBe(200);
  });

  test('counts it where it is told to', async () => {
    await server.close();
    await started({ unchangedIsFree: false });
    const { headers } = await runs('queued');
    const remaining = Number(headers['x-ratelimit-remaining']);
    await expect(runs('queued', { 'if-none-match': headers.etag })).rejects.toMatchObject({
      response: { headers: { 'x-ratelimit-remaining': String(remaining - 1) } },
    });
  });

  test('refuses what is beyond the limit of the hour, until it is over', async () => {
    await server.close();
    await started({ limit: 2 });
    await runs('queued');
    await runs('queued');
    await expect(runs('queued')).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('API rate limit exceeded'),
      response: { headers: { 'x-ratelimit-remaining': '0' } },
    });
    now += HOUR_MS - 1_000;
    await expect(runs('queued')).rejects.toMatchObject({ status: 403 });
  });

  test.each([
    ['of another key', testApp('12345'), 0],
    ['of another App', { ...APP, appId: '9' }, 0],
    ['that is too old', APP, 2 * HOUR_MS],
    ['of a time to come', APP, -2 * HOUR_MS],
  ])('refuses a JWT %s', async (_name, { appId, privateKey }, later) => {
    const { token: jwt } = await githubAppJwt({ id: appId, privateKey: pkcs8(privateKey) });
    now += later;
    const asked = octokitRequest('GET /users/{username}/installation', {
      baseUrl: `${server.url}/api/v3`,
      username: 'acme',
      headers: { authorization: `bearer ${jwt}` },
    });
    await expect(asked).rejects.toMatchObject({ status: 401 });
  });

  test('knows no installation but those of the owners', async () => {
    const { appId, privateKey } = APP;
    const auth = createAppAuth({ appId, privateKey, request });
    await expect(auth({ type: 'installation', installationId: 3 })).rejects.toMatchObject({
      status: 404,
    });
  });

  test('refuses a token that has expired', async () => {
    now += HOUR_MS;
    await expect(runs('queued')).rejects.toMatchObject({ status: 401 });
  });
});

describe('the runners of the emulator', () => {
  const mint = async (name: string, labels: string[] = ['acme']) =>
    request('POST /orgs/{org}/actions/runners/generate-jitconfig', {
      org: 'acme',
      name,
      labels,
      runner_group_id: 1,
    });

  test('are registered once by a name, listed, found by it, and removed', async () => {
    const { status, data } = await mint('ci-linux-i-1');
    expect(status).toBe(201);
    expect(data.encoded_jit_config).not.toBe('');
    await expect(mint('ci-linux-i-1')).rejects.toMatchObject({ status: 409 });
    await mint('ci-linux-i-2');
    const { data: named } = await request('GET /orgs/{org}/actions/runners', {
      org: 'acme',
      name: 'ci-linux-i-2',
    });
    expect(named.runners.map(({ name }) => name)).toEqual(['ci-linux-i-2']);
    const remove = async () =>
      request('DELETE /orgs/{org}/actions/runners/{runner_id}', {
        org: 'acme',
        runner_id: data.runner.id,
      });
    expect((await remove()).status).toBe(204);
    await expect(remove()).rejects.toMatchObject({ status: 404 });
  });

  test('are not removed while they have a job', async () => {
    const { data } = await mint('ci-linux-i-1');
    const [runner] = emulator.runners.at('Acme');
    if (runner !== undefined) runner.busy = true;
    const removing = request('DELETE /orgs/{org}/actions/runners/{runner_id}', {
      org: 'acme',
      runner_id: data.runner.id,
    });
    await expect(removing).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('is currently running a job'),
    });
  });

  test.each([
    ['a name of 65 characters', 'x'.repeat(65), ['acme']],
    ['no labels', 'x', []],
    ['101 labels', 'x', Array.from({ length: 101 }, (_, at) => `l${at}`)],
  ])('are refused with %s', async (_name, name, labels) => {
    await expect(mint(name, labels)).rejects.toMatchObject({ status: 422 });
  });

  test('can be downloaded for both architectures', async () => {
    const { data } = await request('GET /orgs/{org}/actions/runners/downloads', { org: 'acme' });
    expect(data.map(({ architecture }) => architecture)).toEqual(['x64', 'arm64']);
  });
});
