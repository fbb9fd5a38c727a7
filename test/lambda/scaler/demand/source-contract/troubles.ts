/** What passes is asked again, within the time of a pass. */
import { describe, expect, test } from '@jest/globals';
import { ATTEMPTS, CALL_TIMEOUT_MS } from '../../../../../lambda/scaler/demand/asking.ts';
import type { Answer } from '../../../../http-server.ts';
import type { Answering, StageOptions } from '../source-stage.ts';
import { failingFirst, GOOD, good, type SourceUnderTest, stageOf } from './under-test.ts';

export function describeTroubles(way: SourceUnderTest): void {
  const answered = good(way, GOOD);
  const staged = async (answer: Answering, options?: StageOptions) => stageOf(way, answer, options);

  describe('asks again after a trouble that passes', () => {
    const troubles: [name: string, trouble: Answer, kind: string][] = [
      ['500 with HTML', { status: 500, body: '<h1>oops</h1>' }, 'unavailable'],
      ['503', { status: 503 }, 'unavailable'],
      ['408 of a proxy', { status: 408 }, 'unavailable'],
      ['a connection reset', 'reset', 'unavailable'],
      [
        'an answer that is cut off',
        { headers: { 'content-length': '999' }, body: '{"run', cut: true },
        'unavailable',
      ],
    ];
    if (way.pausesAfter429 !== true) {
      troubles.push(['429 without a hint', { status: 429 }, 'throttled']);
    }

    test.each(troubles)('%s, then the answer is used', async (_name, trouble) => {
      const { read, clock } = await staged(failingFirst(way, 2, trouble));
      expect(await read()).toEqual(GOOD);
      expect(clock.waits).toEqual([150, 300]);
    });

    test.each(troubles)('%s again and again is given up', async (_name, trouble, kind) => {
      const { failure, received, rereads } = await staged(() => trouble);
      expect(await failure()).toMatchObject({
        kind,
        message: expect.stringMatching(/: .*\b(?:see|check|raise|find|give)\b/),
      });
      expect(received).toHaveLength(ATTEMPTS);
      expect(rereads()).toBe(0);
    });

    test('a refused connection says so', async () => {
      const { failure, stop } = await staged(answered);
      await stop();
      expect(await failure()).toMatchObject({
        kind: 'unavailable',
        message: expect.stringMatching(/ failed: .*ECONNREFUSED.*: .*or what lies between$/),
      });
    });
  });

  describe('keeps to its time', () => {
    test('a call without an answer is ended by its own deadline and made again', async () => {
      const { read, clock } = await staged(
        failingFirst(way, 1, () => {
          clock.advance(CALL_TIMEOUT_MS);
          return 'hang';
        }),
      );
      expect(await read()).toEqual(GOOD);
    });

    test('so is one whose answer does not come to its end', async () => {
      const { read, clock } = await staged(
        failingFirst(way, 1, () => ({
          body: '{"data":',
          stalled: () => clock.advance(CALL_TIMEOUT_MS),
        })),
      );
      expect(await read()).toEqual(GOOD);
    });

    test('nothing is asked again once the time of the pass is up', async () => {
      const hang = (): Answer => {
        clock.advance(5_000);
        return 'hang';
      };
      const { failure, clock, received } = await staged(hang, { budgetMs: 5_000 });
      expect(await failure()).toMatchObject({
        kind: 'timeout',
        message: expect.stringMatching(
          / gave no answer in time \(5 s per call\): .*or what lies between$/,
        ),
      });
      expect(received).toHaveLength(1);
    });
  });
}
