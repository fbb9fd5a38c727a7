/** What is no answer, and what does not pass by itself: a failure of the right kind, without a repeat. */
import { describe, expect, test } from '@jest/globals';
import { type Reply, startServer } from '../../../../http-server.ts';
import type { Answering, StageOptions } from '../source-stage.ts';
import { GOOD, good, type SourceUnderTest, stageOf } from './under-test.ts';

/** Nobody takes these for a count, whatever a wrong token or a proxy has to do with them. */
const NO_ANSWERS: readonly [name: string, reply: Reply][] = [
  ['HTML', { body: '<!doctype html><html><body>Log in</body></html>' }],
  ['nothing at all', { body: '' }],
  ['an empty object', { body: '{}' }],
  ['a list', { body: '[{"running":7,"unclaimed":7}]' }],
  ['truncated JSON', { body: '{"data":{"attributes":{"running_tasks":1,"queued_tasks":' }],
  ['an endless body', { body: 'x'.repeat(2_000_000) }],
  ['no content', { status: 204 }],
];

const REFUSALS: readonly [status: number, kind: string][] = [
  [400, 'bad-request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [409, 'conflict'],
  [410, 'gone'],
];

export function describeRefusals(way: SourceUnderTest): void {
  const answered = good(way, GOOD);
  const staged = async (answer: Answering, options?: StageOptions) => stageOf(way, answer, options);

  describe.each(way.paths)('takes what is no answer at %s for a failure', (broken) => {
    test.each(NO_ANSWERS)('%s', async (_name, reply) => {
      const { failure } = await staged((request) =>
        request.path === broken ? reply : answered(request),
      );
      expect((await failure()).kind).toBe('invalid-answer');
    });

    test('a refusal of this one call alone', async () => {
      const { failure } = await staged((request) =>
        request.path === broken ? { status: 403 } : answered(request),
      );
      expect((await failure()).kind).toBe('forbidden');
    });
  });

  test('follows no redirect, so that the token goes nowhere else', async () => {
    const elsewhere = await startServer(answered);
    try {
      const { failure } = await staged(() => ({
        status: 302,
        headers: { location: elsewhere.url },
      }));
      expect((await failure()).kind).toBe('invalid-answer');
      expect(elsewhere.received).toHaveLength(0);
    } finally {
      await elsewhere.close();
    }
  });

  test.each(REFUSALS)('does not ask again after %i, and says what to do', async (status, kind) => {
    const { failure, received } = await staged(() => ({
      status,
      body: 'the words of the server',
    }));
    const error = await failure();
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(/ answered \d+ \(the words of the server\): ./);
    expect(received).toHaveLength(1);
  });
}
