import { afterEach, describe, expect, test } from '@jest/globals';
import { createAppAuth } from '@octokit/auth-app';
import { request as octokitRequest } from '@octokit/request';
import githubAppJwt from 'universal-github-app-jwt';
import { budgetOf } from '../../../../../lambda/scaler/clock.ts';
import {
  installationTokens,
  RENEW_PAUSE_MS,
  RENEWED_BEFORE_MS,
} from '../../../../../lambda/scaler/demand/github/app.ts';
import { appJwt } from '../../../../../lambda/scaler/demand/github/app-jwt.ts';
import { httpClient } from '../../../../../lambda/scaler/demand/http-call.ts';
import { DemandSourceError } from '../../../../../lambda/scaler/demand/source.ts';
import {
  type Answer,
  type Received,
  startServer,
  type TestServer,
} from '../../../../http-server.ts';
import { decodedPart, jwtRefusal, pkcs8, type TestApp, testApp } from '../../../../github-app.ts';
import { manualClock } from '../../../../manual-clock.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const APP = testApp('12345');
const OTHER = testApp('12345');

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Staged {
  readonly answer?: (request: Received) => Answer | undefined;
  /** What the secret holds when it is read again. Default: the same App. */
  readonly fresh?: TestApp;
  /** How far GitHub's clock is ahead, in milliseconds. Default: 0. */
  readonly ahead?: number;
  readonly dated?: boolean;
  readonly token?: (number: number) => string;
}

/** GitHub's part: the JWT is verified as GitHub does, the installations are numbered by their owners' names. */
async function stage({ answer, fresh = APP, ahead = 0, dated = true, token }: Staged = {}) {
  const clock = manualClock();
  const notices: string[] = [];
  let minted = 0;
  let secret = APP;
  let rereads = 0;
  const theirs = () => clock.now() + ahead;
  const started = await startServer((request) => {
    const date = new Date(theirs()).toUTCString();
    // Node adds a date of the real clock unless there is one.
    const headers = { date: dated ? date : '-' };
    const special = answer?.(request);
    if (special !== undefined) {
      return typeof special === 'string'
        ? special
        : { ...special, headers: { ...headers, ...special.headers } };
    }
    const refusal = jwtRefusal(request, { app: fresh, now: theirs() });
    if (refusal !== undefined) {
      return { status: 401, headers, body: JSON.stringify({ message: refusal }) };
    }
    if (/^\/users\/[^/]+\/installation$/.test(request.path)) {
      return { headers, body: JSON.stringify({ id: 7, account: { login: 'acme' } }) };
    }
    minted += 1;
    const body = JSON.stringify({
      token: token?.(minted) ?? `ghs_${minted}`,
      expires_at: new Date(theirs() + HOUR_MS).toISOString().replace('.000', ''),
      permissions: { actions: 'read' },
    });
    const json = { ...headers, 'content-type': 'application/json; charset=utf-8' };
    return { status: 201, headers: json, body };
  });
  server = started;
  const tokens = installationTokens({
    apiUrl: started.url,
    call: httpClient(4),
    clock,
    random: () => 0.5,
    onNotice: (notice) => notices.push(notice),
    apps: {
      current: async () => secret,
      reread: async () => {
        rereads += 1;
        return (secret = fresh);
      },
    },
  });
  const pass = () => budgetOf(clock, 15_000);
  return {
    tokens,
    clock,
    notices,
    pass,
    current: async (owner = 'acme', budget = pass()) => tokens.current(owner, budget),
    renewed: async (refused: string, budget = pass()) => tokens.renewed('acme', refused, budget),
    failure: async (budget = pass()) => failureOf(tokens.current('acme', budget)),
    calls: () => started.received.map(({ method, path }) => `${method} ${path}`),
    received: started.received,
    rereads: () => rereads,
  };
}

const FIND = 'GET /users/acme/installation';
const MINT = 'POST /app/installations/7/access_tokens';

async function failureOf(work: Promise<unknown>): Promise<DemandSourceError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DemandSourceError)) throw new Error(`no failure, but ${String(error)}`);
  return error;
}

const said = (status: number, message: string, headers = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest' }),
});

describe("the App's JWT", () => {
  test.each(['12345', 'Iv23liAbCdEf01234567'])(
    'of %s is to the letter the one of universal-github-app-jwt',
    async (appId) => {
      const now = Date.parse('2026-03-02T09:00:00Z');
      // That one issues 30 s ago, ours 60 s.
      const theirs = await githubAppJwt({
        id: appId,
        privateKey: pkcs8(APP.privateKey),
        now: now / 1000 - 30,
      });
      expect(appJwt({ appId, privateKey: APP.privateKey }, now)).toBe(theirs.token);
    },
  );

  test('expires within ten minutes, and was issued a minute ago', () => {
    const now = Date.parse('2026-03-02T09:00:00.999Z');
    const [head = '', claims = ''] = appJwt(APP, now).split('.');
    expect(decodedPart(head)).toEqual({ alg: 'RS256', typ: 'JWT' });
    expect(decodedPart(claims)).toEqual({
      iat: Math.floor(now / 1000) - 60,
      exp: Math.floor(now / 1000) + 540,
      iss: '12345',
    });
  });
});

describe('a token of an installation', () => {
  test('is minted for the owner, with a JWT', async () => {
    const { current, calls, received } = await stage();
    expect(await current()).toBe('ghs_1');
    expect(calls()).toEqual([FIND, MINT]);
    expect(received[1]?.headers).toMatchObject({
      accept: 'application/json',
      'x-github-api-version': '2022-11-28',
      'content-length': '0',
    });
  });

  test('is minted of the same server by @octokit/auth-app', async () => {
    // Whose clock is the real one.
    const { calls } = await stage({ ahead: Date.now() - manualClock().now() });
    const auth = createAppAuth({
      appId: APP.appId,
      privateKey: pkcs8(APP.privateKey),
      installationId: 7,
      request: octokitRequest.defaults({ baseUrl: server?.url ?? '' }),
    });
    expect(await auth({ type: 'installation' })).toMatchObject({ token: 'ghs_1' });
    expect(calls()).toEqual([MINT]);
  });

  test.each([40, 900])('may have %i characters', async (length) => {
    const long = `ghs_12345_${'x.y-z'.repeat(length)}`.slice(0, length);
    const { current } = await stage({ token: () => long });
    expect(await current()).toBe(long);
  });

  test('is kept until some minutes before it expires', async () => {
    const { current, clock, calls } = await stage();
    await current();
    clock.advance(HOUR_MS - RENEWED_BEFORE_MS);
    expect(await current()).toBe('ghs_1');
    clock.advance(1);
    expect(await current()).toBe('ghs_2');
    expect(calls()).toEqual([FIND, MINT, MINT]);
  });

  test('is minted once for all who ask in a pass, whatever the case of the owner', async () => {
    const { current, pass, calls } = await stage();
    const budget = pass();
    const tokens = await Promise.all([current('acme', budget), current('ACME', budget)]);
    expect(tokens).toEqual(['ghs_1', 'ghs_1']);
    expect(calls()).toHaveLength(2);
  });

  test('is one for each owner', async () => {
    const { current, calls } = await stage();
    expect(await current('acme')).toBe('ghs_1');
    expect(await current('octo')).toBe('ghs_2');
    expect(calls()).toEqual([FIND, MINT, 'GET /users/octo/installation', MINT]);
  });

  test('stays in use until it expires while no other can be minted', async () => {
    let down = false;
    const { current, clock, failure } = await stage({
      answer: () => (down ? said(502, 'Bad Gateway') : undefined),
    });
    await current();
    down = true;
    clock.advance(HOUR_MS - MINUTE_MS);
    expect(await current()).toBe('ghs_1');
    clock.advance(MINUTE_MS);
    expect(await failure()).toMatchObject({ kind: 'unavailable' });
  });

  test('fails once for all who ask in a pass', async () => {
    const { failure, pass, calls } = await stage({ answer: () => said(404, 'Not Found') });
    const budget = pass();
    await Promise.all([failure(budget), failure(budget)]);
    await failure(budget);
    expect(calls()).toEqual([FIND]);
  });

  test('has the length of its life from the answer, whatever the clock of this machine', async () => {
    const { current, clock, calls } = await stage({ ahead: -3 * MINUTE_MS });
    await current();
    const before = calls().length;
    clock.advance(HOUR_MS - RENEWED_BEFORE_MS - MINUTE_MS);
    await current();
    expect(calls()).toHaveLength(before);
  });
});

describe('a refused token', () => {
  test('is minted again', async () => {
    const { current, renewed, clock } = await stage();
    await current();
    clock.advance(RENEW_PAUSE_MS);
    expect(await renewed('ghs_1')).toBe('ghs_2');
    expect(await renewed('ghs_1')).toBe('ghs_2');
  });

  test('is minted again once for all who were refused in a pass', async () => {
    const { current, renewed, clock, pass, calls } = await stage();
    await current();
    clock.advance(RENEW_PAUSE_MS);
    const budget = pass();
    expect(await Promise.all([renewed('ghs_1', budget), renewed('ghs_1', budget)])).toEqual([
      'ghs_2',
      'ghs_2',
    ]);
    expect(calls()).toEqual([FIND, MINT, MINT]);
  });

  test('is not what is wrong when it was minted a moment ago', async () => {
    const { current, renewed, calls } = await stage();
    await current();
    expect(await renewed('ghs_1')).toBe('ghs_1');
    expect(calls()).toEqual([FIND, MINT]);
  });

  test('is minted of the new installation after the App was installed again', async () => {
    let id = 7;
    const { current, renewed, clock, calls } = await stage({
      answer: ({ path }) => {
        if (path === '/users/acme/installation') return { body: JSON.stringify({ id }) };
        return path.includes(`/${id}/`) ? undefined : said(404, 'Not Found');
      },
    });
    await current();
    id = 8;
    clock.advance(RENEW_PAUSE_MS);
    expect(await renewed('ghs_1')).toBe('ghs_2');
    expect(calls().slice(2)).toEqual([MINT, FIND, MINT.replace('7', '8')]);
  });
});

describe('a clock that is off', () => {
  test.each([
    ['ahead', -11 * MINUTE_MS, '660 s ahead of'],
    ['a little ahead', -70_000, '70 s ahead of'],
    ['behind', 20 * MINUTE_MS, '1200 s behind'],
  ])('and is %s is told once and signed for', async (_name, ahead, words) => {
    const { current, notices, calls, clock, rereads } = await stage({ ahead });
    expect(await current()).toBe('ghs_1');
    expect(calls()).toEqual([FIND, FIND, MINT]);
    clock.advance(HOUR_MS);
    expect(await current()).toBe('ghs_2');
    expect(calls()).toHaveLength(4);
    expect(notices).toEqual([
      expect.stringContaining(`the clock of this machine is ${words} GitHub's`),
    ]);
    expect(rereads()).toBe(0);
  });

  test('is named where GitHub says no date', async () => {
    const { failure, notices } = await stage({ ahead: -11 * MINUTE_MS, dated: false });
    const { kind, message } = await failure();
    expect(kind).toBe('unauthorized');
    expect(message).toContain("is too far in the future): the clock of this machine and GitHub's");
    expect(notices).toEqual([]);
  });
});

describe("the App's key", () => {
  test('is read again when GitHub refuses its signature', async () => {
    const { current, calls, rereads } = await stage({ fresh: OTHER });
    expect(await current()).toBe('ghs_1');
    expect(calls()).toEqual([FIND, FIND, MINT]);
    expect(rereads()).toBe(1);
  });

  test('is named when it stays wrong, and neither it nor the JWT is repeated', async () => {
    const { failure, received } = await stage({
      answer: ({ headers }) => said(401, `could not be decoded: ${headers.authorization ?? ''}`),
    });
    const { kind, message } = await failure();
    expect(kind).toBe('unauthorized');
    expect(message).toContain("see that appId and privateKey in the App's secret are of the same");
    expect(message).not.toContain('eyJ');
    expect(received).toHaveLength(1);
  });
});

describe('a refusal', () => {
  test.each<[name: string, answer: Answer, kind: string, words: string]>([
    ['uninstalled', said(404, 'Not Found'), 'not-found', 'the App is not installed there'],
    ['a wrong App', said(404, 'Integration not found'), 'not-found', 'or the appId'],
    [
      'suspended',
      said(403, 'This installation has been suspended'),
      'forbidden',
      "the App's installation is suspended; unsuspend it",
    ],
    ['a 422', said(422, 'Validation Failed'), 'bad-request', '(Validation Failed)'],
    ['a redirect', { status: 301, headers: { location: '/x' } }, 'invalid-answer', '301'],
    ['HTML', { body: '<html>log in</html>' }, 'invalid-answer', "without the installation's id"],
    ['an id that is none', { body: '{"id":"7"}' }, 'invalid-answer', "the installation's id"],
    ['a failing server', said(500, 'Server Error'), 'unavailable', 'githubstatus'],
  ])('for %s is named', async (_name, answer, kind, words) => {
    const { failure } = await stage({ answer: () => answer });
    const error = await failure();
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(words);
    expect(error.message).toContain('/users/acme/installation');
  });

  test.each<[name: string, body: object]>([
    ['no moment', { token: 'ghs_secret' }],
    ['a moment that is none', { token: 'ghs_secret', expires_at: 'soon' }],
    ['a broken token', { token: 'ghs_secret\n', expires_at: '2026-03-02T10:00:00Z' }],
  ])('of an answer with %s does not repeat the token', async (_name, body) => {
    const { failure } = await stage({
      answer: ({ method }) =>
        method === 'POST' ? { status: 201, body: JSON.stringify(body) } : undefined,
    });
    const { kind, message } = await failure();
    expect(kind).toBe('invalid-answer');
    expect(message).toContain('answered 201 without a token and the moment');
    expect(message).not.toContain('ghs_secret');
  });

  const reset = (clockNow: number) => String(clockNow / 1000 + 600);
  const NOW = manualClock().now();

  test.each<[name: string, answer: Answer, pauseMs: number]>([
    [
      'the limit of the hour',
      said(403, 'API rate limit exceeded', {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': reset(NOW),
      }),
      600_000,
    ],
    [
      'the secondary limit with a pause',
      said(403, 'You have exceeded a secondary rate limit', {
        'retry-after': '30',
        'x-ratelimit-remaining': '4000',
        'x-ratelimit-reset': reset(NOW),
      }),
      30_000,
    ],
    [
      'the secondary limit without one',
      said(403, 'You have exceeded a secondary rate limit', {
        'x-ratelimit-remaining': '4000',
        'x-ratelimit-reset': reset(NOW),
      }),
      60_000,
    ],
    ['429', said(429, 'Too many requests'), 60_000],
  ])('for %s is not asked again before', async (_name, answer, pauseMs) => {
    const { failure, clock, calls } = await stage({ answer: () => answer });
    expect(await failure()).toMatchObject({ kind: 'throttled', retryAt: clock.now() + pauseMs });
    expect(calls()).toHaveLength(1);
  });

  test('of a failing server is asked again at once, though a limit ends in an hour', async () => {
    let failures = 2;
    const { current, clock } = await stage({
      answer: () => {
        failures -= 1;
        return failures < 0
          ? undefined
          : said(502, 'Bad Gateway', { 'x-ratelimit-reset': reset(NOW) });
      },
    });
    expect(await current()).toBe('ghs_1');
    expect(clock.waits).toEqual([150, 300]);
  });

  test.each<[name: string, answer: Answer]>([
    ['a reset', 'reset'],
    ['an answer that breaks off', { status: 201, body: '{"tok', cut: true }],
  ])('%s is tried again', async (_name, answer) => {
    let failures = 1;
    const { current } = await stage({
      answer: ({ method }) => {
        if (method === 'GET') return undefined;
        failures -= 1;
        return failures < 0 ? undefined : answer;
      },
    });
    expect(await current()).toBe('ghs_1');
  });
});
