import { describe, expect, test } from '@jest/globals';
import { InvocationError, invoke } from '../../../lambda/scaler/invocation.ts';
import type { Heard, PassOptions, PassResult } from '../../../lambda/scaler/pass.ts';
import { manualClock } from '../../manual-clock.ts';

const QUIET: PassResult = {
  timed: false,
  fleets: 2,
  left: 1,
  inUse: true,
  throttled: false,
  problems: [],
};
const ASKED: Heard = { pass: true, lastWords: [] };

describe('an invocation', () => {
  test('is one pass that leaves the function time to report', async () => {
    const { run, asked } = invoking(QUIET);
    expect(await run()).toEqual({ timed: false, fleets: 2, left: 1 });
    expect(asked).toEqual([{ heard: undefined, budgetMs: 58_000 }]);
  });

  test('is about what it was told', async () => {
    const { run, asked } = invoking(QUIET);
    await run(ASKED);
    expect(asked).toMatchObject([{ heard: ASKED }]);
  });

  test('fails after its pass with every problem, each once', async () => {
    const { run } = invoking({ ...QUIET, problems: ['a: trouble', 'b: more', 'a: trouble'] });
    await expect(run()).rejects.toEqual(new InvocationError(['a: trouble', 'b: more']));
    await expect(run()).rejects.toThrow('2 problems: a: trouble | b: more');
  });

  test('of the schedule is told of when it began, and what it found', async () => {
    const { run, scheduled, startedAt } = invoking(QUIET);
    await run();
    expect(scheduled).toEqual([[startedAt, QUIET]]);
  });

  test('of the schedule is told of although its pass failed', async () => {
    const { run, scheduled, startedAt } = invoking(new Error('rate exceeded'));
    await expect(run()).rejects.toThrow('rate exceeded');
    expect(scheduled).toEqual([[startedAt, undefined]]);
  });

  test('between two of the schedule is followed by nothing', async () => {
    const { run, scheduled } = invoking(QUIET);
    await run(ASKED);
    expect(scheduled).toEqual([]);
  });
});

function invoking(result: PassResult | Error) {
  const clock = manualClock();
  const startedAt = clock.now();
  const asked: PassOptions[] = [];
  const scheduled: unknown[] = [];
  return {
    asked,
    scheduled,
    startedAt,
    run: async (heard?: Heard) =>
      invoke({
        clock,
        heard,
        remainingMs: 60_000,
        reconcile: async (options) => {
          asked.push(options);
          clock.advance(700);
          if (result instanceof Error) throw result;
          return result;
        },
        onScheduled: async (beganAt, found) => void scheduled.push([beganAt, found]),
      }),
  };
}
