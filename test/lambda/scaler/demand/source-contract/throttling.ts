/** After 429 a source waits as long as it is told to. */
import { describe, expect, test } from '@jest/globals';
import type { Answering, StageOptions } from '../source-stage.ts';
import { failingFirst, GOOD, type SourceUnderTest, stageOf } from './under-test.ts';

type Headers = Readonly<Record<string, string>>;

const DATE = 'Mon, 02 Mar 2026 09:00:00 GMT';

export function describeThrottling(way: SourceUnderTest): void {
  const [, other] = way.queues;
  const staged = async (answer: Answering, options?: StageOptions) => stageOf(way, answer, options);

  describe('waits as long as it is told to after 429', () => {
    const { resetHeader } = way;
    const dateOf = (seconds: number) => Date.parse(DATE) + seconds * 1000;
    /** Each form in which a server says "in so many seconds". */
    const forms: [form: string, headers: (seconds: number) => Headers][] = [
      ['seconds', (seconds) => ({ 'retry-after': String(seconds) })],
      [
        'an HTTP date',
        (seconds) => ({ 'retry-after': new Date(dateOf(seconds)).toUTCString(), date: DATE }),
      ],
    ];
    if (resetHeader !== undefined) {
      const inEpoch = (seconds: number) => String(dateOf(seconds) / 1000);
      forms.push([
        'seconds since the epoch',
        (seconds) => ({ [resetHeader]: inEpoch(seconds), date: DATE }),
      ]);
    }

    test.each(forms)('in %s', async (_form, headers) => {
      const trouble = { status: 429, headers: headers(3) };
      const { read, clock } = await staged(failingFirst(way, 1, trouble));
      expect(await read()).toEqual(GOOD);
      expect(clock.waits).toEqual([3_000]);
    });

    test.each(forms)(
      'in %s, beyond the pass: it fails and names the moment',
      async (_form, headers) => {
        const trouble = { status: 429, headers: headers(600) };
        const { failure, clock, received } = await staged(() => trouble);
        expect(await failure()).toMatchObject({
          kind: 'throttled',
          retryAt: clock.now() + 600_000,
        });
        expect(clock.waits).toEqual([]);
        expect(received).toHaveLength(1);
      },
    );

    test('and is asked again as soon as it may be', async () => {
      const trouble = { status: 429, headers: { 'retry-after': '600' } };
      const { source, pass, read, failure, clock, received } = await staged(
        failingFirst(way, 1, trouble),
      );
      await failure();
      clock.advance(60_000);
      const early = await source.currentDemand(other, pass()).catch(String);
      // Whichever class is read.
      const refusal = expect.stringContaining('is not to be asked before 2026-03-02T09:10:00.000Z');
      expect(early).toEqual(way.waitsUntilRetryAt === true ? refusal : GOOD);
      const asked = way.waitsUntilRetryAt === true ? 1 : 1 + way.paths.length;
      expect(received).toHaveLength(asked);
      clock.advance(540_000);
      expect(await read()).toEqual(GOOD);
    });
  });
}
