/** A token that may be wrong is read again, and none is repeated in a message. */
import { describe, expect, test } from '@jest/globals';
import { DemandSourceError } from '../../../../../lambda/scaler/demand/source.ts';
import type { Reply } from '../../../../http-server.ts';
import { type Answering, type StageOptions, TOKEN } from '../source-stage.ts';
import { GOOD, good, type SourceUnderTest, stageOf } from './under-test.ts';

export function describeToken(way: SourceUnderTest): void {
  const answered = good(way, GOOD);
  const staged = async (answer: Answering, options?: StageOptions) => stageOf(way, answer, options);

  describe('reads a token that may be wrong again', () => {
    const wrong: readonly [name: string, reply: Reply][] = [
      ['401', { status: 401 }],
      ['a refusal that may hide what the token may not see', { status: 404 }],
      ['a redirect to a login page', { status: 302, headers: { location: '/login' } }],
      ['a login page', { body: '<html>Log in</html>' }],
    ];

    test.each(wrong)('after %s, and uses a fresh one', async (_name, reply) => {
      const { read, received } = await staged(
        (request) => (way.tokenOf(request) === 'fresh' ? answered(request) : reply),
        { fresh: 'fresh' },
      );
      expect(await read()).toEqual(GOOD);
      expect(received.map(way.tokenOf)).toEqual([TOKEN, ...way.paths.map(() => 'fresh')]);
    });

    test.each(wrong)(
      'after %s, once: one that has not changed is not tried',
      async (_name, reply) => {
        const { failure, rereads, received } = await staged(() => reply);
        await failure();
        expect(rereads()).toBe(1);
        expect(received).toHaveLength(1);
      },
    );

    test.each(wrong)('after %s, once: a fresh one may be refused too', async (_name, reply) => {
      const { failure, rereads, received } = await staged(() => reply, { fresh: 'fresh' });
      await failure();
      expect(rereads()).toBe(1);
      expect(received).toHaveLength(2);
    });

    test('and tells the refusal together with what is wrong with the secret', async () => {
      const { failure } = await staged(() => ({ status: 404 }), {
        fresh: new DemandSourceError('no-token', 'the secret s is empty; fill it'),
      });
      expect(await failure()).toMatchObject({
        kind: 'not-found',
        message: expect.stringMatching(/answered 404: .*; the secret s is empty; fill it$/),
      });
    });
  });

  describe('repeats the token in no message', () => {
    test.each([TOKEN, 'CCI"PAT\\_1', 'CCI/PAT<1>', '$&'])('%s, in plain text', async (token) => {
      const { failure } = await staged(() => ({ status: 400, body: `bad ${token}` }), { token });
      expect((await failure()).message).not.toContain(token);
    });

    /** Of others than the one that was sent. */
    const OTHERS = [
      'CCIPAT_AbCdEf_0123456789abcdef0123456789abcdef01234567',
      'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
      'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
      'github_pat_11ABCDEFG0abcdefghijkl_0123456789',
      'glpat-AbCdEfGhIjKlMnOpQrSt.01.120abcdef',
      'glrt-t1_AbCdEfGhIjKlMnOpQrSt',
      'GR1348941AbCdEfGhIjKlMnOpQrSt',
      'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjEyMzQ1Nn0.c2lnbmF0dXJl',
    ] as const;
    const PLACES: readonly [place: string, reply: (token: string) => Reply][] = [
      ['a text', (token) => ({ status: 400, body: `the token ${token} is bad` })],
      ['a login page', (token) => ({ status: 403, body: `<b>x</b><i>${token}</i>` })],
      [
        'a message',
        (token) => ({ status: 400, body: JSON.stringify({ message: `bad ${token}.` }) }),
      ],
      ['an address', (token) => ({ status: 500, body: `GET /x?private_token=${token}&y=1` })],
      [
        'a header that is repeated',
        (token) => ({ status: 404, body: `Authorization: Bearer ${token}\nCookie: a` }),
      ],
      ['an answer that is no count', (token) => ({ body: `{"runners_token":"${token}"}` })],
      [
        'a header',
        (token) => ({
          status: 410,
          headers: { sunset: token, deprecation: token, link: `<https://x.invalid/${token}>` },
        }),
      ],
      ['a redirect', (token) => ({ status: 302, headers: { location: `/login?token=${token}` } })],
    ];

    test.each(
      PLACES.flatMap(([place, reply]) => OTHERS.map((other) => [other, place, reply] as const)),
    )('nor %s, in %s', async (other, _place, reply) => {
      const { failure, notices } = await staged(() => reply(other));
      const message = [(await failure()).message, ...notices].join(' ');
      expect(message).not.toContain(other.slice(0, 20));
      expect(message).not.toContain(other.slice(-12));
    });

    test('from an answer that is no count', async () => {
      const { failure } = await staged(() => ({ body: `The token: ${TOKEN}` }));
      expect((await failure()).message).toContain('The token: ***');
    });

    test('cut in two by the length of a message', async () => {
      const body = `${'x'.repeat(190)}${TOKEN}`;
      const { failure } = await staged(() => ({ status: 400, body }));
      expect((await failure()).message).not.toContain(TOKEN.slice(0, 6));
    });
  });
}
