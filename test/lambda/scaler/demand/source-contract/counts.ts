/** Two trustworthy counts, or a failure. */
import { describe, expect, test } from '@jest/globals';
import { MAX_PLAUSIBLE_COUNT } from '../../../../../lambda/scaler/demand/usable-count.ts';
import { type Answering, type StageOptions, TOKEN } from '../source-stage.ts';
import { GOOD, good, type SourceUnderTest, stageOf } from './under-test.ts';

export function describeCounts(way: SourceUnderTest): void {
  const [queue, other] = way.queues;
  const answered = good(way, GOOD);
  const staged = async (answer: Answering, options?: StageOptions) => stageOf(way, answer, options);

  test('reads both counts, with the token in its header and a name for itself', async () => {
    const { read, received, paths } = await staged(good(way, { unclaimed: 7, running: 3 }));
    expect(await read()).toEqual({ unclaimed: 7, running: 3 });
    expect(paths()).toEqual(way.paths);
    for (const request of received) {
      expect(way.tokenOf(request)).toBe(TOKEN);
      expect(request.headers['user-agent']).toMatch(/^runner-scaler\//);
    }
  });

  test('reads nothing as zero', async () => {
    const { read } = await staged(good(way, { unclaimed: 0, running: 0 }));
    expect(await read()).toEqual({ unclaimed: 0, running: 0 });
  });

  test('reads two classes at once, each as its own', async () => {
    const { source, pass } = await staged(
      way.answers((resourceClass) =>
        resourceClass === queue.resourceClass
          ? { unclaimed: '1', running: '2' }
          : { unclaimed: '3', running: '4' },
      ),
    );
    const budget = pass();
    const both = [queue, other].map(async (each) => source.currentDemand(each, budget));
    expect(await Promise.all(both)).toEqual([
      { unclaimed: 1, running: 2 },
      { unclaimed: 3, running: 4 },
    ]);
  });

  test('serves one class at a time at least', async () => {
    const { source } = await staged(answered);
    expect(source.classesAtOnce).toBeGreaterThanOrEqual(1);
  });

  describe.each(['running', 'unclaimed'] as const)(
    'takes a %s count that is not trustworthy for a failure, never for a number',
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
        const { failure } = await staged(
          way.answers(() => ({ running: '4', unclaimed: '4', [which]: text })),
        );
        expect((await failure()).kind).toBe('invalid-answer');
      });
    },
  );
}
