/** What every source is held to, of both of CircleCI's APIs; and what is CircleCI's own in both. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { USER_AGENT } from '../../../../lambda/scaler/demand/asking.ts';
import { MAX_PLAUSIBLE_COUNT } from '../../../../lambda/scaler/demand/usable-count.ts';
import { circle, COUNTS, FLEETS, rateOf } from './circleci-stage.ts';
import { describeSource, failingFirst, good } from './source-contract.ts';
import { closeStage, TOKEN } from './source-stage.ts';

describeSource(COUNTS);
describeSource(FLEETS);

test('this version of the project is named to the sources', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  expect(USER_AGENT).toBe(`runner-scaler/${version}`);
});

describe.each([COUNTS, FLEETS])("by CircleCI's $api, the demand", (way) => {
  afterEach(closeStage);

  const answered = good(way, { running: 3, unclaimed: 7 });
  const refused = async (status: number, body = '') => circle(way, () => ({ status, body }));

  test('is asked for with GET, and with the class percent-encoded', async () => {
    const { read, received } = await circle(way, answered);
    await read('acme/linux+gpu:2');
    expect([...(received[0]?.query.values() ?? [])]).toEqual(['acme/linux+gpu:2']);
    for (const { method, headers } of received) {
      expect(method).toBe('GET');
      expect(headers.accept).toBe('application/json');
    }
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

  test.each(['running', 'unclaimed'] as const)(
    'whose %s count is none says which, and what it must be',
    async (which) => {
      const counts = { running: '4', unclaimed: '4', [which]: '-1' };
      const { failure } = await circle(
        way,
        way.answers(() => counts),
      );
      expect((await failure()).message).toContain(
        `answered 200 without a usable count: ${way.keys[which]} must be a whole number from 0 to ${MAX_PLAUSIBLE_COUNT}`,
      );
    },
  );

  test.each([
    [400, 'must be namespace/name'],
    [401, 'create a personal API token'],
    [403, 'runners are not enabled'],
    [404, 'its user may not see the class'],
    [409, 'being changed in CircleCI'],
    [410, `set circleci.api to '${way.successor}' in the config`],
    [429, 'raise passIntervalSeconds in the config'],
  ])('that is refused with %i says what to do', async (status, advice) => {
    const { failure } = await refused(status, '{"message":"the words of the server"}');
    const { message } = await failure();
    expect(message).toContain(`answered ${status} (the words of the server): `);
    expect(message).toContain(advice);
  });

  test.each([
    ['{"error":"plain words"}', '(plain words)'],
    ['{"error":{"title":"Title.","detail":"Detail.","id":"1f0c"}}', '(Title. Detail. 1f0c)'],
    ['<html><h1>Forbidden</h1></html>', '(Forbidden)'],
    ['', 'answered 403: '],
  ])("that is refused repeats the server's words in %s", async (body, words) => {
    const { failure } = await refused(403, body);
    expect((await failure()).message).toContain(words);
  });

  test('that is refused repeats no more of them than fits, on one line', async () => {
    const body = JSON.stringify({ message: `one\n\ttwo ${'x'.repeat(5_000)}` });
    const { message } = await (await refused(400, body)).failure();
    expect(message).toContain('(one two xxx');
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(600);
  });

  test('that comes to a refusal after other trouble is asked for once more, not as often as there is time', async () => {
    const statuses = [503, 503, 404];
    const { failure, received } = await circle(way, () => ({ status: statuses.shift() ?? 503 }), {
      fresh: 'fresh',
    });
    expect((await failure()).kind).toBe('unavailable');
    expect(received.map(way.tokenOf)).toEqual([TOKEN, TOKEN, TOKEN, 'fresh']);
  });

  test.each([TOKEN, 'CCI"PAT\\_1', 'CCI/PAT<1>', '$&'])(
    'repeats the token %s in no message, however the server writes it',
    async (token) => {
      const escaped = Array.from(token).map(
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      for (const message of [JSON.stringify(`bad ${token}`), `"bad ${escaped.join('')}"`]) {
        const answer = () => ({ status: 400, body: `{"message":${message}}` });
        const { failure } = await circle(way, answer, { token });
        expect((await failure()).message).toContain('(bad ***)');
        await closeStage();
      }
    },
  );

  test('repeats the token from no header', async () => {
    const { read, notices } = await circle(way, (request) => ({
      ...answered(request),
      headers: { sunset: TOKEN },
    }));
    await read();
    expect(notices.join()).toContain('sunset is ***');
  });
});
