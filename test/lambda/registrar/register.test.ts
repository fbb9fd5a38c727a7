import { afterEach, describe, expect, test } from '@jest/globals';
import { encodeGitHubDemand, TAG } from '../../../lambda/scaler/contract.ts';
import { type Answer } from '../../http-server.ts';
import { download, runner, said, SHA256, TOKEN } from './github.ts';
import {
  closeStage,
  DEMAND,
  gitHubCalls,
  INSTANCE,
  ROLE,
  RUNNER_NAME,
  stage,
  type Staged,
  TAGS,
  urlEvent,
} from './stage.ts';

afterEach(closeStage);

const MINT = 'POST /orgs/acme/actions/runners/generate-jitconfig';
const DOWNLOADS = 'GET /orgs/acme/actions/runners/downloads';
const FIND = `GET /orgs/acme/actions/runners?name=${RUNNER_NAME}&per_page=100&page=1`;

const tagged = (demand: Parameters<typeof encodeGitHubDemand>[0]) => ({
  ...TAGS,
  [TAG.demand]: encodeGitHubDemand(demand),
});

describe('a machine that boots', () => {
  test.each(['Pending', 'Pending:Wait', 'Pending:Proceed'])(
    'is given its runner while it is %s',
    async (state) => {
      const { register, github, state: world } = await stage({ instance: { state } });
      expect(await register()).toEqual({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: {
          name: RUNNER_NAME,
          jitConfig: world.minted[0],
          runner: { version: '2.336.0', url: download('x64').download_url, sha256: SHA256 },
        },
      });
      expect(gitHubCalls(github)).toEqual([DOWNLOADS, MINT]);
      expect(JSON.parse(github.received.at(-1)?.body ?? '')).toEqual({
        name: RUNNER_NAME,
        runner_group_id: 1,
        labels: ['acme', 'GPU', 'self-hosted', 'linux', 'x64'],
        work_folder: '_work',
      });
    },
  );

  test('is given what its architecture needs, and no label twice', async () => {
    const { register, github } = await stage({
      tags: tagged({ ...DEMAND, labels: ['Linux', 'ARM64', 'acme'] }),
    });
    const { body } = await register('arm64');
    expect(body['runner']).toMatchObject({ url: download('arm64').download_url });
    expect(JSON.parse(github.received.at(-1)?.body ?? '')).toMatchObject({
      labels: ['Linux', 'ARM64', 'acme', 'self-hosted'],
    });
  });

  test('of a repository is registered there', async () => {
    const { register, github } = await stage({ tags: tagged({ ...DEMAND, at: 'acme/app' }) });
    expect(await register()).toMatchObject({ status: 200 });
    expect(gitHubCalls(github)).toEqual([
      'GET /repos/acme/app/actions/runners/downloads',
      'POST /repos/acme/app/actions/runners/generate-jitconfig',
    ]);
  });

  test('may send its request in base64, and more than is read', async () => {
    const { ask } = await stage();
    const body = Buffer.from('{"architecture":"x64","installed":"2.335.1","x":1}').toString(
      'base64',
    );
    expect(await ask({ ...urlEvent('/register', body), isBase64Encoded: true })).toMatchObject({
      status: 200,
    });
  });

  test('is in the log with its runner, and nothing secret is', async () => {
    const { register, lines, state } = await stage();
    await register();
    expect(lines).toEqual([
      {
        level: 'INFO',
        message: 'registered',
        instance: INSTANCE,
        role: ROLE,
        group: 'ci-gpu',
        runner: RUNNER_NAME,
        version: '2.336.0',
        ms: 0,
      },
    ]);
    const text = JSON.stringify(lines);
    for (const secret of [TOKEN, state.minted[0] ?? '', 'secret-download-token', 'PRIVATE KEY']) {
      expect(text).not.toContain(secret);
    }
  });

  test('shares tags, token and downloads with those that came before', async () => {
    const { register, github, aws } = await stage();
    await register();
    await register();
    await register();
    expect(gitHubCalls(github).filter((call) => call === DOWNLOADS)).toHaveLength(1);
    expect(github.received.filter(({ path }) => path.endsWith('access_tokens'))).toHaveLength(1);
    // Each instance, and the group once.
    expect(aws.received).toHaveLength(4);
  });
});

describe('a repeated call', () => {
  test('deletes the runner that was never connected, and makes another', async () => {
    const { register, github, state } = await stage();
    const first = await register();
    const second = await register();
    expect(second.status).toBe(200);
    expect(second.body['jitConfig']).not.toBe(first.body['jitConfig']);
    expect(gitHubCalls(github).slice(2)).toEqual([
      MINT,
      FIND,
      'DELETE /orgs/acme/actions/runners/100',
      MINT,
    ]);
    expect([...state.runners.keys()]).toEqual([101]);
  });

  test.each([
    ['online', { status: 'online' }],
    ['busy', { busy: true }],
    ['online and busy', { status: 'online', busy: true }],
  ])('leaves a runner alone that is %s', async (_name, more) => {
    const { register, state, github } = await stage();
    state.runners.set(5, runner(5, { name: RUNNER_NAME, ...more }));
    expect(await register()).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('is in use') },
    });
    expect([...state.runners.keys()]).toEqual([5]);
    expect(gitHubCalls(github)).toEqual([DOWNLOADS, MINT, FIND]);
  });

  test('leaves a runner alone that has got a job between the list and the deletion', async () => {
    const { register } = await stage({
      github: ({ method }) =>
        method === 'DELETE' ? said(422, 'Runner is currently running a job') : undefined,
    });
    await register();
    expect(await register()).toMatchObject({ status: 409 });
  });

  test('leaves a runner alone whose name only begins alike, on a server without the query', async () => {
    const { register, state } = await stage({
      // As an Enterprise Server that does not know `name` answers.
      github: ({ query }) => {
        query.delete('name');
        return undefined;
      },
    });
    for (let id = 1_001; id <= 1_150; id += 1) {
      state.runners.set(id, runner(id, { name: `${RUNNER_NAME}${id}` }));
    }
    state.runners.set(1_151, runner(1_151, { name: RUNNER_NAME }));
    expect(await register()).toMatchObject({ status: 200 });
    expect(state.runners.has(1_151)).toBe(false);
    expect(state.runners.size).toBe(151);
  });

  test('is for later while GitHub still has a name that it no longer lists', async () => {
    const { register } = await stage({
      github: ({ path }) => (path.endsWith('generate-jitconfig') ? said(409, 'exists') : undefined),
    });
    const { status, headers } = await register();
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('10');
  });

  test('after a lost answer finds the runner that it has made', async () => {
    let lost = 1;
    const { register, state, github } = await stage({
      github: ({ path, body }) => {
        if (!path.endsWith('generate-jitconfig') || lost === 0) return undefined;
        lost -= 1;
        const { name } = JSON.parse(body) as { readonly name: string };
        state.runners.set(9, runner(9, { name }));
        return 'reset';
      },
    });
    expect(await register()).toMatchObject({ status: 200 });
    expect(gitHubCalls(github)).toEqual([
      DOWNLOADS,
      MINT,
      MINT,
      FIND,
      'DELETE /orgs/acme/actions/runners/9',
      MINT,
    ]);
  });
});

describe('the runner group', () => {
  const GROUPED = { tags: tagged({ ...DEMAND, group: 'Big Machines' }) };
  const group = (id: number, name: string) => ({ id, name }) as never;

  test('is found by its name, once an hour', async () => {
    const { register, state, github, clock } = await stage(GROUPED);
    for (let id = 1; id <= 120; id += 1) state.groups.push(group(id, `team ${id}`));
    state.groups.push(group(7_000, 'big machines'));
    expect(await register()).toMatchObject({ status: 200 });
    expect(JSON.parse(github.received.at(-1)?.body ?? '')).toMatchObject({
      runner_group_id: 7_000,
    });
    const lists = () => gitHubCalls(github).filter((call) => call.includes('runner-groups'));
    expect(lists()).toHaveLength(2);
    await register();
    expect(lists()).toHaveLength(2);
    clock.advance(3_600_000);
    await register();
    expect(lists()).toHaveLength(4);
  });

  test('that does not exist is named', async () => {
    const { register } = await stage(GROUPED);
    expect(await register()).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('acme has no runner group Big Machines') },
    });
  });

  test('that was made again is found at the next call', async () => {
    const { register, state } = await stage(GROUPED);
    state.groups.push(group(5, 'Big Machines'));
    await register();
    state.groups[0] = group(6, 'Big Machines');
    expect(await register()).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('Could not find the runner group') },
    });
    expect(await register()).toMatchObject({ status: 200 });
  });

  test('of a repository is refused', async () => {
    const { register } = await stage({
      tags: tagged({ ...DEMAND, at: 'acme/app', group: 'Big Machines' }),
    });
    expect(await register()).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('is a repository, which has no runner group') },
    });
  });
});

describe('the version', () => {
  const PIN = { version: '2.335.1' };

  test('may be pinned with its checksum, and GitHub is then not asked', async () => {
    const sha256 = 'cd'.repeat(32);
    const { register, github } = await stage({ runner: { ...PIN, sha256: { x64: sha256 } } });
    const { body } = await register();
    expect(body['runner']).toEqual({
      version: '2.335.1',
      url: 'https://github.com/actions/runner/releases/download/v2.335.1/actions-runner-linux-x64-2.335.1.tar.gz',
      sha256,
    });
    expect(gitHubCalls(github)).toEqual([MINT]);
  });

  test('may be pinned without one as long as GitHub offers it', async () => {
    const { register, state } = await stage({ runner: { version: '2.336.0' } });
    expect(await register()).toMatchObject({ status: 200, body: { runner: { sha256: SHA256 } } });
    state.downloads = [];
  });

  test.each<[name: string, options: Staged, words: string]>([
    ['that GitHub no longer offers', { runner: PIN }, 'gives no checksum of the runner 2.335.1'],
    [
      'with the checksum of another architecture',
      { runner: { ...PIN, sha256: { arm64: SHA256 } } },
      'gives no checksum of the runner 2.335.1 for x64',
    ],
  ])('%s needs its checksum', async (_name, options, words) => {
    const { register, state } = await stage(options);
    expect(await register()).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining(words) },
    });
    expect(state.minted).toEqual([]);
  });

  test.each([
    ['without a checksum', { sha256_checksum: undefined }],
    ['with half a checksum', { sha256_checksum: 'abc' }],
    ['without a version', { filename: 'runner.tar.gz' }],
    ['of no address', { download_url: 'file:///etc/passwd' }],
  ])('%s is not installed', async (_name, more) => {
    const { register, state } = await stage();
    state.downloads = [{ ...download('x64'), ...more } as never];
    expect(await register()).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('offers no runner for linux x64') },
    });
  });

  test('is read again after an hour, and stays while it cannot be read', async () => {
    let down = false;
    const { register, state, clock } = await stage({
      github: ({ path }) => (down && path.endsWith('/downloads') ? said(500, 'down') : undefined),
    });
    const version = async () => ((await register()).body['runner'] as { version: string }).version;
    await version();
    state.downloads = [download('x64', '2.337.0')];
    expect(await version()).toBe('2.336.0');
    clock.advance(3_600_000);
    down = true;
    expect(await version()).toBe('2.336.0');
    down = false;
    expect(await version()).toBe('2.337.0');
  });
});

describe('GitHub', () => {
  const answering = (answer: Answer): Staged => ({
    github: ({ path }) => (path.endsWith('generate-jitconfig') ? answer : undefined),
  });

  test.each<[name: string, answer: Answer, status: number, words: string]>([
    ['refuses the labels', said(422, 'Labels are invalid'), 422, 'Labels are invalid'],
    [
      'gives the App no right to it',
      said(403, 'Resource not accessible by integration'),
      422,
      '"Self-hosted runners" with read and write',
    ],
    ['does not know the organisation', said(404, 'Not Found'), 422, 'correct registerAt'],
    ['answers with HTML', { status: 201, body: '<html>' }, 502, 'without a configuration'],
  ])('that %s is named', async (_name, answer, status, words) => {
    const { register, lines } = await stage(answering(answer));
    expect(await register()).toMatchObject({
      status,
      body: { message: expect.stringContaining(words) },
    });
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'refused',
        asked: 'register',
        instance: INSTANCE,
        role: ROLE,
        status,
        reason: expect.stringContaining(words),
      }),
    ]);
  });

  test.each<[name: string, answer: Answer, status: number, after: string]>([
    ['fails', said(503, 'Server Error'), 503, '7'],
    ['breaks off', 'reset', 503, '7'],
    ['is asked too often', said(403, 'secondary rate limit', { 'retry-after': '60' }), 429, '70'],
    ['is asked too often, and names no pause', said(429, 'too many'), 429, '70'],
  ])('that %s is asked again later', async (_name, answer, status, after) => {
    const { register } = await stage(answering(answer));
    const { status: given, headers } = await register();
    expect(given).toBe(status);
    expect(headers['retry-after']).toBe(after);
  });

  test('that was asked too often is left alone until the moment that it named', async () => {
    const { register, github, clock } = await stage(
      answering(said(403, 'secondary rate limit', { 'retry-after': '60' })),
    );
    await register();
    const calls = gitHubCalls(github).length;
    clock.advance(20_000);
    expect(await register()).toMatchObject({ status: 429, headers: { 'retry-after': '50' } });
    expect(gitHubCalls(github)).toHaveLength(calls);
    clock.advance(40_000);
    await register();
    expect(gitHubCalls(github)).toHaveLength(calls + 1);
  });

  test('that takes too long leads to an answer in time', async () => {
    const { register, clock } = await stage({
      github: ({ path }) => {
        if (!path.endsWith('generate-jitconfig')) return undefined;
        setImmediate(() => clock.advance(5_000));
        return 'hang';
      },
    });
    const began = clock.now();
    expect(await register()).toMatchObject({ status: 504, headers: { 'retry-after': '7' } });
    expect(clock.now() - began).toBeLessThanOrEqual(20_000);
  });
});
