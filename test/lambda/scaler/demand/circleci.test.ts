import { afterEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import {
  ATTEMPTS,
  CALL_TIMEOUT_MS,
  MAX_PLAUSIBLE_COUNT,
  USER_AGENT,
} from '../../../../lambda/scaler/demand/circleci.ts';
import { DemandSourceError } from '../../../../lambda/scaler/demand/source.ts';
import { type Answer, startServer } from '../../../http-server.ts';
import { circle, closeCircle, counts, failingFirst, TOKEN } from './circleci-stage.ts';

afterEach(closeCircle);

describe('a read of the demand', () => {
  test('asks for both counts, with the class percent-encoded and the token in its header', async () => {
    const { read, received } = await circle(counts({ running: 3, unclaimed: 7 }));

    expect(await read('acme/linux+gpu:2')).toEqual({ unclaimed: 7, running: 3 });

    expect(received().map(({ path, rawClass }) => [path, rawClass])).toEqual([
      ['/api/v3/runner/tasks/running', 'acme/linux+gpu:2'],
      ['/api/v3/runner/tasks', 'acme/linux+gpu:2'],
    ]);
    for (const { method, headers } of received()) {
      expect(method).toBe('GET');
      expect(headers).toMatchObject({
        'circle-token': TOKEN,
        accept: 'application/json',
        'user-agent': USER_AGENT,
      });
    }
  });

  test('names this version of the project to CircleCI', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(USER_AGENT).toBe(`runner-scaler/${version}`);
  });

  test('works with the URL of a CircleCI Server installation under a path', async () => {
    const { read, received } = await circle(counts({ running: 0, unclaimed: 1 }), { path: '/ci' });
    expect(await read()).toEqual({ unclaimed: 1, running: 0 });
    expect(received()[0]?.path).toBe('/ci/api/v3/runner/tasks/running');
  });

  test('ignores keys it does not know', async () => {
    const { read } = await circle(({ path }) => ({
      body: path.endsWith('running')
        ? '{"running_runner_tasks":1,"more":[1,2]}'
        : '{"unclaimed_task_count":0,"extra":"x"}',
    }));
    expect(await read()).toEqual({ unclaimed: 0, running: 1 });
  });
});

describe('an answer that is not a trustworthy count is a failure, never a number', () => {
  test.each([
    ['a missing key', '{}'],
    ['null', '{"unclaimed_task_count":null}'],
    ['a negative count', '{"unclaimed_task_count":-1}'],
    ['a fraction', '{"unclaimed_task_count":1.5}'],
    ['a huge count', `{"unclaimed_task_count":${MAX_PLAUSIBLE_COUNT + 1}}`],
    ['a number beyond all numbers', '{"unclaimed_task_count":1e400}'],
    ['a string', '{"unclaimed_task_count":"7"}'],
    ['a list', '[{"unclaimed_task_count":7}]'],
    ['HTML', '<!doctype html><html><body>Bad gateway</body></html>'],
    ['nothing at all', ''],
    ['truncated JSON', '{"unclaimed_task_count":'],
  ])('%s', async (_name, body) => {
    const { failure, received } = await circle(({ path }) =>
      path.endsWith('running') ? { body: '{"running_runner_tasks":4}' } : { body },
    );
    const error = await failure();
    expect(error.kind).toBe('invalid-answer');
    expect(error.message).toContain('unclaimed_task_count must be a whole number from 0 to');
    expect(received()).toHaveLength(2);
  });

  test('an endless body is cut off', async () => {
    const { failure } = await circle(() => ({ body: 'x'.repeat(1_000_000) }));
    expect((await failure()).kind).toBe('invalid-answer');
  });

  test('a redirect is not followed, so the token goes nowhere else', async () => {
    const elsewhere = await startServer(() => ({ body: '{"running_runner_tasks":1}' }));
    try {
      const { failure } = await circle(() => ({
        status: 302,
        headers: { location: elsewhere.url },
      }));
      expect((await failure()).kind).toBe('invalid-answer');
      expect(elsewhere.received).toHaveLength(0);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('a refusal is not asked again, and says what to do', () => {
  test.each([
    [400, 'bad-request', 'must be namespace/name'],
    [401, 'unauthorized', 'create a personal API token'],
    [403, 'forbidden', 'runners are not enabled'],
    [404, 'not-found', 'its user may not see the class'],
    [409, 'conflict', 'being changed in CircleCI'],
    [410, 'gone', 'runner fleets of API v3'],
  ])('%i', async (status, kind, advice) => {
    const { failure, received } = await circle(() => ({
      status,
      body: '{"message":"the words of the server"}',
    }));
    const error = await failure();
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(`answered ${status} (the words of the server): `);
    expect(error.message).toContain(advice);
    expect(received()).toHaveLength(1);
  });

  test.each([
    ['{"error":"plain words"}', '(plain words)'],
    ['{"error":{"title":"Title.","detail":"Detail.","id":"1f0c"}}', '(Title. Detail. 1f0c)'],
    ['<html><h1>Forbidden</h1></html>', '(Forbidden)'],
    ['', 'answered 403: '],
  ])('its words are found in the body %s', async (body, words) => {
    const { failure } = await circle(() => ({ status: 403, body }));
    expect((await failure()).message).toContain(words);
  });

  test('long words of the server are cut off, and come on one line', async () => {
    const { failure } = await circle(() => ({
      status: 400,
      body: JSON.stringify({ message: `one\n\ttwo ${'x'.repeat(5_000)}` }),
    }));
    const { message } = await failure();
    expect(message).toContain('(one two xxx');
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(600);
  });
});

describe('a passing trouble is tried again', () => {
  test.each<[name: string, trouble: Answer]>([
    ['500 with HTML', { status: 500, body: '<h1>oops</h1>' }],
    ['503', { status: 503 }],
    ['408 of a proxy', { status: 408 }],
    ['a connection reset', 'reset'],
    [
      'an answer that is cut off',
      { headers: { 'content-length': '999' }, body: '{"run', cut: true },
    ],
    ['429 without a hint', { status: 429 }],
  ])('%s, then the answer is used', async (_name, trouble) => {
    const { read, clock } = await circle(failingFirst(2, trouble));
    expect(await read()).toEqual({ unclaimed: 2, running: 1 });
    expect(clock.waits).toEqual([150, 300]);
  });

  test.each<[name: string, trouble: Answer, kind: string]>([
    ['5xx', { status: 502 }, 'unavailable'],
    ['a reset', 'reset', 'unavailable'],
    ['429', { status: 429 }, 'throttled'],
  ])('%s for ever is given up after the attempts are used', async (_name, trouble, kind) => {
    const { failure, received } = await circle(() => trouble);
    expect((await failure()).kind).toBe(kind);
    expect(received()).toHaveLength(ATTEMPTS);
  });

  test('a refused connection says so', async () => {
    const { failure, stop } = await circle(() => ({}));
    await stop();
    const error = await failure();
    expect(error.kind).toBe('unavailable');
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('a call without an answer is ended by its own deadline and tried again', async () => {
    const { read, clock } = await circle(
      failingFirst(1, () => {
        clock.advance(CALL_TIMEOUT_MS);
        return 'hang';
      }),
    );
    expect(await read()).toEqual({ unclaimed: 2, running: 1 });
  });

  test('nothing is tried again once the time of the look is up', async () => {
    const { failure, clock, received } = await circle(
      () => {
        clock.advance(5_000);
        return 'hang';
      },
      { budgetMs: 5_000 },
    );
    const error = await failure();
    expect(error.kind).toBe('timeout');
    expect(error.message).toContain('gave no answer in time');
    expect(received()).toHaveLength(1);
  });

  test.each([
    ['seconds', { 'retry-after': '3' }, 3_000],
    [
      'a date',
      { 'retry-after': 'Mon, 02 Mar 2026 09:00:04 GMT', date: 'Mon, 02 Mar 2026 09:00:00 GMT' },
      4_000,
    ],
  ])('429 with Retry-After in %s waits that long', async (_name, headers, ms) => {
    const { read, clock } = await circle(failingFirst(1, { status: 429, headers }));
    expect(await read()).toEqual({ unclaimed: 2, running: 1 });
    expect(clock.waits).toEqual([ms]);
  });

  test('429 with a Retry-After beyond the time of the look is left to the next look', async () => {
    const { failure, clock, received } = await circle(() => ({
      status: 429,
      headers: { 'retry-after': '60' },
    }));
    expect((await failure()).kind).toBe('throttled');
    expect(clock.waits).toEqual([]);
    expect(received()).toHaveLength(1);
  });
});

test.each(['running', 'unclaimed'])(
  'when only the %s count fails, the whole read fails: there is no partial sum',
  async (broken) => {
    const { failure } = await circle((request) =>
      request.path.endsWith('running') === (broken === 'running')
        ? { status: 404 }
        : counts({ running: 5, unclaimed: 5 })(request),
    );
    expect(await failure()).toBeInstanceOf(DemandSourceError);
  },
);

describe('the announced end of the API', () => {
  test.each([
    ['sunset', 'Wed, 31 Mar 2027 00:00:00 GMT'],
    ['deprecation', '@1806451200'],
  ])('in the header %s is told once, and the counts are still used', async (name, value) => {
    const { read, notices } = await circle((request) => ({
      ...counts({ running: 1, unclaimed: 2 })(request),
      headers: { [name]: value },
    }));
    expect(await read()).toEqual({ unclaimed: 2, running: 1 });
    await read();
    expect(notices).toEqual([
      `CircleCI announces the end of /api/v3/runner/tasks/running: ${name} is ${value}; update runner-scaler before`,
      `CircleCI announces the end of /api/v3/runner/tasks: ${name} is ${value}; update runner-scaler before`,
    ]);
  });

  test('is told once also where each answer names another moment', async () => {
    let second = 0;
    const { read, notices } = await circle((request) => ({
      ...counts({ running: 1, unclaimed: 2 })(request),
      headers: { sunset: `Wed, 31 Mar 2027 00:00:${String((second += 1)).padStart(2, '0')} GMT` },
    }));
    for (let pass = 0; pass < 5; pass += 1) await read();
    expect(notices).toHaveLength(2);
  });
});
