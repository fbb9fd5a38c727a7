/** What both of CircleCI's APIs are held to. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { ATTEMPTS, CALL_TIMEOUT_MS, USER_AGENT } from '../../../../lambda/scaler/demand/asking.ts';
import { MAX_PLAUSIBLE_COUNT } from '../../../../lambda/scaler/demand/usable-count.ts';
import { DemandSourceError } from '../../../../lambda/scaler/demand/source.ts';
import { type Answer, startServer } from '../../../http-server.ts';
import {
  circle,
  closeCircle,
  COUNTS,
  failingFirst,
  FLEETS,
  good,
  rateOf,
  TOKEN,
} from './circleci-stage.ts';

afterEach(closeCircle);

test('this version of the project is named to CircleCI', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  expect(USER_AGENT).toBe(`runner-scaler/${version}`);
});

describe.each([COUNTS, FLEETS])('read by $api, the demand', (way) => {
  const answered = good(way, { running: 3, unclaimed: 7 });
  const fails = async (answer: Answer, budgetMs?: number) =>
    circle(way, () => answer, budgetMs === undefined ? {} : { budgetMs });

  test('is both counts, whatever else is in the answer, with the token in its header', async () => {
    const { read, received, paths } = await circle(way, answered);

    expect(await read()).toEqual({ unclaimed: 7, running: 3 });

    expect(paths()).toEqual(way.paths);
    for (const request of received) {
      expect(request.method).toBe('GET');
      expect(way.tokenOf(request)).toBe(TOKEN);
      expect(request.headers).toMatchObject({
        accept: 'application/json',
        'user-agent': USER_AGENT,
      });
    }
  });

  test('is asked for with the class percent-encoded', async () => {
    const { read, received } = await circle(way, answered);
    await read('acme/linux+gpu:2');
    expect([...(received[0]?.query.values() ?? [])]).toEqual(['acme/linux+gpu:2']);
  });

  test('is found at the URL of a CircleCI Server installation under a path', async () => {
    const { read, paths } = await circle(way, answered, { path: '/ci' });
    expect(await read()).toEqual({ unclaimed: 7, running: 3 });
    expect(paths()).toEqual(way.paths.map((path) => `/ci${path}`));
  });

  test('of a class that is half read is asked for before those of others', async () => {
    const orders: string[] = [];
    const { read } = await circle(way, answered, { rate: rateOf(orders) });
    await read();
    expect(orders).toEqual(['new', 'begun']);
  });

  test.each([
    ['after a passing trouble', { status: 503 }],
    ['with a fresh token', { status: 401 }],
  ])('that is asked for again %s goes before those of others', async (_name, trouble) => {
    const orders: string[] = [];
    const { read } = await circle(way, failingFirst(way, 1, trouble), {
      rate: rateOf(orders),
      fresh: 'fresh',
    });
    await read();
    expect(orders).toEqual(['new', 'begun', 'begun']);
  });

  test('of nothing is zero', async () => {
    const { read } = await circle(way, good(way, { running: 0, unclaimed: 0 }));
    expect(await read()).toEqual({ unclaimed: 0, running: 0 });
  });

  describe.each(['running', 'unclaimed'] as const)(
    'whose %s count is not trustworthy is a failure, never a number',
    (which) => {
      test.each([
        ['missing', undefined],
        ['null', 'null'],
        ['negative', '-1'],
        ['a fraction', '1.5'],
        ['huge', String(MAX_PLAUSIBLE_COUNT + 1)],
        ['beyond all numbers', '1e400'],
        ['a text', '"7"'],
        ['a list', '[7]'],
      ])('%s', async (_name, text) => {
        const counts = { running: '4', unclaimed: '4', [which]: text };
        const { failure } = await circle(way, way.writing(counts));
        const error = await failure();
        expect(error.kind).toBe('invalid-answer');
        expect(error.message).toContain(
          `answered 200 without a usable count: ${way.keys[which]} must be a whole number from 0 to`,
        );
      });
    },
  );

  describe.each(way.paths)('whose answer at %s is none is a failure, never a number', (broken) => {
    test.each([
      ['HTML', '<!doctype html><html><body>Bad gateway</body></html>'],
      ['nothing at all', ''],
      ['an empty object', '{}'],
      ['a list', '[{"running_tasks":7,"running_runner_tasks":7,"unclaimed_task_count":7}]'],
      ['truncated JSON', '{"data":{"attributes":{"running_tasks":1,"queued_tasks":'],
      ['an endless body', 'x'.repeat(2_000_000)],
    ])('%s', async (_name, body) => {
      const { failure } = await circle(way, (request) =>
        request.path === broken ? { body } : answered(request),
      );
      const error = await failure();
      expect(error.kind).toBe('invalid-answer');
      expect(error.message).toContain('the answer was ');
    });

    test('a refusal of this one call alone', async () => {
      const { failure } = await circle(way, (request) =>
        request.path === broken ? { status: 403 } : answered(request),
      );
      expect(await failure()).toBeInstanceOf(DemandSourceError);
    });
  });

  test('is never read where a redirect leads, so the token goes nowhere else', async () => {
    const elsewhere = await startServer(answered);
    try {
      const { failure } = await fails({ status: 302, headers: { location: elsewhere.url } });
      expect((await failure()).kind).toBe('invalid-answer');
      expect(elsewhere.received).toHaveLength(0);
    } finally {
      await elsewhere.close();
    }
  });

  describe('is not asked for again where it is refused, and what to do is said', () => {
    test.each([
      [400, 'bad-request', 'must be namespace/name'],
      [401, 'unauthorized', 'create a personal API token'],
      [403, 'forbidden', 'runners are not enabled'],
      [404, 'not-found', 'its user may not see the class'],
      [409, 'conflict', 'being changed in CircleCI'],
      [410, 'gone', `set circleci.api to '${way.successor}' in the config`],
    ])('%i', async (status, kind, advice) => {
      const { failure, received } = await fails({
        status,
        body: '{"message":"the words of the server"}',
      });
      const error = await failure();
      expect(error.kind).toBe(kind);
      expect(error.message).toContain(`answered ${status} (the words of the server): `);
      expect(error.message).toContain(advice);
      expect(received).toHaveLength(1);
    });

    test.each([
      ['{"error":"plain words"}', '(plain words)'],
      ['{"error":{"title":"Title.","detail":"Detail.","id":"1f0c"}}', '(Title. Detail. 1f0c)'],
      ['<html><h1>Forbidden</h1></html>', '(Forbidden)'],
      ['', 'answered 403: '],
    ])('its words are found in the body %s', async (body, words) => {
      const { failure } = await fails({ status: 403, body });
      expect((await failure()).message).toContain(words);
    });

    test('long words of the server are cut off, and come on one line', async () => {
      const body = JSON.stringify({ message: `one\n\ttwo ${'x'.repeat(5_000)}` });
      const { message } = await (await fails({ status: 400, body })).failure();
      expect(message).toContain('(one two xxx');
      expect(message).not.toContain('\n');
      expect(message.length).toBeLessThan(600);
    });
  });

  describe('is asked for again after a passing trouble', () => {
    test.each<[name: string, trouble: Answer]>([
      ['500 with HTML', { status: 500, body: '<h1>oops</h1>' }],
      ['503', { status: 503, body: '{"error":{"title":"Unable to determine agent status."}}' }],
      ['408 of a proxy', { status: 408 }],
      ['a connection reset', 'reset'],
      [
        'an answer that is cut off',
        { headers: { 'content-length': '999' }, body: '{"run', cut: true },
      ],
      ['429 without a hint', { status: 429 }],
    ])('%s, then the answer is used', async (_name, trouble) => {
      const { read, clock } = await circle(way, failingFirst(way, 2, trouble));
      expect(await read()).toEqual({ unclaimed: 2, running: 1 });
      expect(clock.waits).toEqual([150, 300]);
    });

    test.each<[name: string, trouble: Answer, kind: string]>([
      ['5xx', { status: 502 }, 'unavailable'],
      ['a reset', 'reset', 'unavailable'],
      ['429', { status: 429 }, 'throttled'],
    ])('%s for ever is given up after the attempts are used', async (_name, trouble, kind) => {
      const { failure, received } = await fails(trouble);
      expect((await failure()).kind).toBe(kind);
      expect(received).toHaveLength(ATTEMPTS);
    });

    test('a refused connection says so', async () => {
      const { failure, stop } = await fails({});
      await stop();
      const error = await failure();
      expect(error.kind).toBe('unavailable');
      expect(error.message).toContain('ECONNREFUSED');
    });

    test('a call without an answer is ended by its own deadline and tried again', async () => {
      const { read, clock } = await circle(
        way,
        failingFirst(way, 1, () => {
          clock.advance(CALL_TIMEOUT_MS);
          return 'hang';
        }),
      );
      expect(await read()).toEqual({ unclaimed: 2, running: 1 });
    });

    test('nothing is tried again once the time of the pass is up', async () => {
      const hang = (): Answer => {
        clock.advance(5_000);
        return 'hang';
      };
      const { failure, clock, received } = await circle(way, hang, { budgetMs: 5_000 });
      const error = await failure();
      expect(error.kind).toBe('timeout');
      expect(error.message).toContain('gave no answer in time');
      expect(received).toHaveLength(1);
    });

    test.each([
      ['seconds', { 'retry-after': '3' }, 3_000],
      [
        'a date',
        { 'retry-after': 'Mon, 02 Mar 2026 09:00:04 GMT', date: 'Mon, 02 Mar 2026 09:00:00 GMT' },
        4_000,
      ],
    ])('429 with Retry-After in %s waits that long', async (_name, headers, ms) => {
      const { read, clock } = await circle(way, failingFirst(way, 1, { status: 429, headers }));
      expect(await read()).toEqual({ unclaimed: 2, running: 1 });
      expect(clock.waits).toEqual([ms]);
    });

    test('429 with a Retry-After beyond the time of the pass is left to the next pass', async () => {
      const { failure, clock, received } = await fails({
        status: 429,
        headers: { 'retry-after': '60' },
      });
      expect((await failure()).kind).toBe('throttled');
      expect(clock.waits).toEqual([]);
      expect(received).toHaveLength(1);
    });
  });
});
