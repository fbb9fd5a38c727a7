/** The watch reads a GitLab over HTTP whose counts are late by known times, and must measure them back. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { parametersOfLags } from '../../../probe/gitlab/lags.ts';
import { gitLabReader } from '../../../probe/gitlab/reader.ts';
import { lagsText } from '../../../probe/gitlab/text.ts';
import { watchGitLab } from '../../../probe/gitlab/watch.ts';
import { type Answer, type Received, startServer, type TestServer } from '../../http-server.ts';

const START = Date.parse('2026-03-02T09:00:00.250Z');
const SECOND = 1000;

interface Job {
  readonly id: number;
  /** In seconds since the start. */
  readonly queued: number;
  /** Undefined for one that is cancelled while it waits. */
  readonly started?: number;
  readonly ended: number;
}

/** One after another, with a minute between them. */
const JOBS: readonly Job[] = Array.from({ length: 4 }, (_, at) => ({
  id: at + 1,
  queued: 60 * at + 3,
  started: 60 * at + 14.3 + at / 10,
  ended: 60 * at + 40,
}));

interface World {
  readonly jobs?: readonly Job[];
  /** Seconds by which each of them is late. */
  readonly running?: number;
  readonly pending?: number;
  /** Seconds by which GitLab's clock is ahead of this computer's. */
  readonly ahead?: number;
  readonly instead?: (request: Received, seconds: number) => Answer | undefined;
}

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function watched(world: World = {}, minutes = 5) {
  const { jobs = JOBS, running = 0, pending = 0, ahead = 0 } = world;
  let now = START;
  const since = (late: number) => (now - START) / SECOND - late;
  const answer = (request: Received): Answer => {
    const other = world.instead?.(request, since(0));
    if (other !== undefined) return other;
    const headers = { date: new Date(now + ahead * SECOND).toUTCString() };
    const said = (value: unknown) => ({ headers, body: JSON.stringify(value) });
    const { path } = request;
    if (path === '/api/graphql') {
      const at = since(running);
      const jobCount = jobs.filter(({ started, ended }) => (started ?? ended) <= at && at < ended);
      return said({ data: { runner: { jobCount: jobCount.length } } });
    }
    if (path === '/api/v4/projects/acme%2Fapp/jobs') {
      const at = since(pending);
      return said(
        jobs.filter(({ queued, started, ended }) => queued <= at && at < (started ?? ended)),
      );
    }
    const { started } = jobs.find(({ id }) => path.endsWith(`/jobs/${id}`)) ?? {};
    const startedAt = started === undefined ? null : START + (started + ahead) * SECOND;
    return said({ started_at: startedAt === null ? null : new Date(startedAt).toISOString() });
  };
  const started = await startServer(answer);
  server = started;
  const said: string[] = [];
  const lags = await watchGitLab({
    reader: gitLabReader({
      url: started.url,
      token: 'glpat-1',
      project: 'acme/app',
      runner: 7,
      now: () => now,
    }),
    stepMs: SECOND,
    endAt: START + minutes * 60 * SECOND,
    now: () => now,
    wait: async (ms) => {
      now += ms;
    },
    signal: new AbortController().signal,
    say: (line) => said.push(line),
  });
  return { lags, said, received: started.received };
}

describe('the lags of the counts', () => {
  test.each([
    [0, 0],
    [4, 4],
    [0, 10],
    [2.5, 30],
  ])('of %d s and %d s are measured back, each within a step', async (running, pending) => {
    const { lags } = await watched({ running, pending });
    expect(lags.running).toHaveLength(JOBS.length);
    expect(lags.pending).toHaveLength(JOBS.length);
    for (const lag of lags.running) expect(Math.abs(lag - running)).toBeLessThanOrEqual(1);
    for (const lag of lags.pending) expect(Math.abs(lag - pending)).toBeLessThanOrEqual(1);
    const { countLag = 0, unclaimedLag = 0 } = parametersOfLags(lags);
    expect(Math.abs(countLag - running)).toBeLessThanOrEqual(0.6);
    expect(Math.abs(unclaimedLag - (pending - running))).toBeLessThanOrEqual(0.6);
  });

  test.each([-3_600, 0.4, 86_400])('do not depend on clocks that differ by %d s', async (ahead) => {
    const { lags } = await watched({ running: 4, pending: 9, ahead });
    for (const lag of lags.running.slice(1)) expect(Math.abs(lag - 4)).toBeLessThanOrEqual(1.5);
    for (const lag of lags.pending.slice(1)) expect(Math.abs(lag - 9)).toBeLessThanOrEqual(1.5);
  });

  test('are not those of a job that was cancelled while it waited', async () => {
    const { lags } = await watched({ jobs: [{ id: 1, queued: 3, ended: 20 }] }, 2);
    expect(lags).toEqual({ pending: [], running: [] });
    expect(parametersOfLags(lags)).toEqual({});
    expect(lagsText(lags)).toContain('countLag: -');
  });

  test('are not measured across readings that failed', async () => {
    const { lags, said } = await watched({
      running: 4,
      // When the first job starts, and its count rises.
      instead: (_request, seconds) =>
        seconds > 12 && seconds < 20 ? { status: 502, body: '' } : undefined,
    });
    expect(lags.running).toHaveLength(JOBS.length - 1);
    for (const lag of lags.running) expect(Math.abs(lag - 4)).toBeLessThanOrEqual(1);
    expect(said.filter((line) => line.includes('answered 502'))).toHaveLength(7);
  });
});

test('it only reads, with the token', async () => {
  const { received } = await watched({}, 1);
  expect(new Set(received.map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer glpat-1']),
  );
  const [queries, others] = [true, false].map((isQuery) =>
    received.filter(({ path }) => (path === '/api/graphql') === isQuery),
  );
  expect(queries?.every(({ body }) => JSON.parse(body).query.startsWith('query {'))).toBe(true);
  expect(others?.every(({ method }) => method === 'GET')).toBe(true);
});

describe('a GitLab that shows nothing to measure ends it with a sentence', () => {
  test.each<[name: string, reply: Answer, words: string]>([
    ['wrong token', { status: 401 }, 'answered 401; check the URL, the project, and that GITLAB_'],
    ['a login page', { body: '<html>' }, 'something other than JSON'],
    ['no runner', { body: '{"data":{"runner":null}}' }, 'shows no count of the runner 7; check'],
    [
      'an error',
      { body: '{"errors":[{"message":"Timeout"}]}' },
      'shows no count of the runner 7 (Timeout)',
    ],
    ['a broken connection', 'reset', 'gave no answer; check the URL and the network'],
    ['a redirect', { status: 302, headers: { location: '/login' } }, 'answered 302'],
  ])('%s', async (_name, reply, words) => {
    await expect(watched({ instead: () => reply })).rejects.toThrow(words);
  });

  test.each<[name: string, body: string, words: string]>([
    ['a list without ids', '[{}]', 'no list of jobs'],
    ['no list', '{}', 'no list of jobs'],
    ['a full page', JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id }))), '100 jobs'],
  ])('%s', async (_name, body, words) => {
    const instead = ({ path }: Received) => (path.endsWith('/jobs') ? { body } : undefined);
    await expect(watched({ instead })).rejects.toThrow(words);
  });
});
