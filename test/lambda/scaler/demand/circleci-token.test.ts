import { afterEach, describe, expect, test } from '@jest/globals';
import { DemandSourceError } from '../../../../lambda/scaler/demand/source.ts';
import type { Answer, Reply } from '../../../http-server.ts';
import { circle, closeCircle, COUNTS, FLEETS, good, TOKEN } from './circleci-stage.ts';

afterEach(closeCircle);

describe.each([COUNTS, FLEETS])('by $api, an answer that a wrong token may cause', (way) => {
  const answered = good(way, { running: 1, unclaimed: 2 });
  const wrong: readonly [name: string, reply: Reply][] = [
    ['401', { status: 401 }],
    ['403', { status: 403 }],
    ['404, by which CircleCI hides what a token may not see', { status: 404 }],
    ['400', { status: 400 }],
    ['a redirect to a login page', { status: 302, headers: { location: '/login' } }],
    ['a login page', { body: '<html>Log in</html>' }],
  ];

  test.each(wrong)('%s: the token is read anew, and a fresh one is used', async (_name, reply) => {
    const { read, received } = await circle(
      way,
      (request) => (way.tokenOf(request) === 'fresh' ? answered(request) : reply),
      { fresh: 'fresh' },
    );
    expect(await read()).toEqual({ unclaimed: 2, running: 1 });
    expect(received.map(way.tokenOf)).toEqual([TOKEN, 'fresh', 'fresh']);
  });

  test.each(wrong)('%s: a token that has not changed is not tried again', async (_name, reply) => {
    const { failure, rereads, received } = await circle(way, () => reply);
    await failure();
    expect(rereads()).toBe(1);
    expect(received).toHaveLength(1);
  });

  test.each(wrong)(
    '%s: a fresh token that is refused too is not read anew',
    async (_name, reply) => {
      const { failure, rereads, received } = await circle(way, () => reply, { fresh: 'fresh' });
      await failure();
      expect(rereads()).toBe(1);
      expect(received).toHaveLength(2);
    },
  );

  test('that comes after other trouble leaves one more call, not as many as the time allows', async () => {
    const statuses = [503, 503, 404];
    const { failure, received } = await circle(way, () => ({ status: statuses.shift() ?? 503 }), {
      fresh: 'fresh',
    });
    expect((await failure()).kind).toBe('unavailable');
    expect(received.map(way.tokenOf)).toEqual([TOKEN, TOKEN, TOKEN, 'fresh']);
  });

  test('tells the refusal and what is wrong with the secret', async () => {
    const { failure } = await circle(way, () => ({ status: 404 }), {
      fresh: new DemandSourceError('no-token', 'the secret s is empty; fill it'),
    });
    const error = await failure();
    expect(error.kind).toBe('not-found');
    expect(error.message).toContain('answered 404: ');
    expect(error.message).toMatch(/; the secret s is empty; fill it$/);
  });

  test.each<[name: string, trouble: Answer]>([
    ['5xx', { status: 503 }],
    ['429', { status: 429 }],
    ['a reset', 'reset'],
  ])('is not %s', async (_name, trouble) => {
    const { failure, rereads } = await circle(way, () => trouble);
    await failure();
    expect(rereads()).toBe(0);
  });
});

describe.each([COUNTS, FLEETS])('by $api, no message holds the token', (way) => {
  test('the token is not repeated, even when the server repeats it', async () => {
    const { failure } = await circle(way, () => ({
      status: 400,
      body: JSON.stringify({ message: `bad token ${TOKEN}` }),
    }));
    const error = await failure();
    expect(error.message).toContain('bad token ***');
    expect(error.message).not.toContain(TOKEN);
  });

  test.each([TOKEN, 'CCI"PAT\\_1', 'CCI/PAT<1>', '$&'])(
    'the token %s is not repeated, however the server writes it',
    async (token) => {
      const escaped = Array.from(token).map(
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      for (const message of [JSON.stringify(`bad ${token}`), `"bad ${escaped.join('')}"`]) {
        const { failure } = await circle(
          way,
          () => ({ status: 400, body: `{"message":${message}}` }),
          { token },
        );
        const error = await failure();
        expect(error.message).toContain('(bad ***)');
        await closeCircle();
      }
    },
  );

  test('the token is not repeated from an answer that is no count, nor from a header', async () => {
    const answered = good(way, { running: 1, unclaimed: 2 });
    const { failure, notices } = await circle(way, (request) => ({
      headers: { sunset: TOKEN },
      body: request.path === way.paths[0] ? answered(request).body : `The token: ${TOKEN}`,
    }));
    expect((await failure()).message).toContain('The token: ***');
    expect(notices.join()).toContain('sunset is ***');
  });
});
