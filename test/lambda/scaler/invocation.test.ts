import { describe, expect, test } from '@jest/globals';
import { invoke, LAG_MS } from '../../../lambda/scaler/invocation.ts';
import type { LookOptions, LookResult, Selection } from '../../../lambda/scaler/look.ts';
import { manualClock } from '../../manual-clock.ts';
import { fleet } from './quiet-fleet.ts';

const QUIET: LookResult = { busy: new Set(), timed: false, lagging: false, problems: [] };
const BUSY: LookResult = { busy: new Set(['a']), timed: false, lagging: false, problems: [] };

describe('an invocation', () => {
  test('is one look when nothing is busy', async () => {
    const { run, looks } = invoking([QUIET]);
    expect(await run()).toEqual({ looks: 1, timed: false });
    expect(looks).toEqual([{ at: 0, only: undefined }]);
  });

  test('looks again at the busy fleets, and only at those, until they are quiet', async () => {
    const { run, looks } = invoking([BUSY, BUSY, QUIET]);
    expect(await run()).toEqual({ looks: 3, timed: false });
    expect(looks).toEqual([
      { at: 0, only: undefined },
      { at: 5_000, only: ['a'] },
      { at: 10_000, only: ['a'] },
    ]);
  });

  test('ends before the next one is due, and leaves every look time to finish', async () => {
    const { run, looks } = invoking([BUSY]);
    await run();
    expect(looks.at(-1)?.at).toBe(50_000);
  });

  test('keeps the pace of its looks although each takes time', async () => {
    const { run, looks } = invoking([BUSY, BUSY, QUIET], { lookTakesMs: 1_200 });
    await run();
    expect(looks.map(({ at }) => at)).toEqual([0, 5_000, 10_000]);
  });

  test('starts the next look at once when one took longer than the interval', async () => {
    const { run, looks } = invoking([BUSY, BUSY, QUIET], { lookTakesMs: 7_000 });
    await run();
    expect(looks.map(({ at }) => at)).toEqual([0, 7_000, 14_000]);
  });

  test('that an event asked for looks once more where the counts are older than the groups', async () => {
    const old = { ...QUIET, lagging: true };
    const { run, looks } = invoking([old], { about: () => true });
    expect(await run()).toEqual({ looks: 2, timed: false });
    expect(looks.map(({ at }) => at)).toEqual([0, LAG_MS]);
    const scheduled = invoking([old]);
    expect(await scheduled.run()).toEqual({ looks: 1, timed: false });
    const short = invoking([old], { about: () => true, remainingMs: LAG_MS });
    expect(await short.run()).toEqual({ looks: 1, timed: false });
  });

  test('that an event asked for is one look, however busy that finds the fleets', async () => {
    const about = () => true;
    const { run, looks, asked } = invoking([BUSY], { about });
    expect(await run()).toEqual({ looks: 1, timed: false });
    expect(looks).toEqual([{ at: 0, only: undefined }]);
    expect(asked).toEqual([about]);
  });

  test('looks once only when the interval is 0', async () => {
    const { run } = invoking([BUSY], { busyIntervalMs: 0 });
    expect(await run()).toEqual({ looks: 1, timed: false });
  });

  test('looks once only when the function has little time', async () => {
    const { run } = invoking([BUSY], { remainingMs: 10_000 });
    expect(await run()).toEqual({ looks: 1, timed: false });
  });

  test('fails after all its looks, with every problem once', async () => {
    const { run, looks } = invoking([
      { busy: new Set(['a']), timed: false, lagging: false, problems: ['a: trouble'] },
      { busy: new Set(['a']), timed: false, lagging: false, problems: ['a: trouble', 'b: more'] },
      QUIET,
    ]);
    await expect(run()).rejects.toMatchObject({
      name: 'InvocationError',
      problems: ['a: trouble', 'b: more'],
      message: '2 problems: a: trouble | b: more',
    });
    expect(looks).toHaveLength(3);
  });

  test('ends at once when the fleets cannot be described', async () => {
    const clock = manualClock();
    const failing = invoke({
      clock,
      busyIntervalMs: 5_000,
      remainingMs: 60_000,
      look: async () => {
        throw new Error('rate exceeded');
      },
    });
    await expect(failing).rejects.toThrow('rate exceeded');
  });
});

interface Setting {
  readonly busyIntervalMs?: number;
  readonly remainingMs?: number;
  readonly lookTakesMs?: number;
  readonly about?: Selection;
}

/** The results are those of the looks in turn; the last one is repeated. */
function invoking(results: readonly LookResult[], setting: Setting = {}) {
  const { busyIntervalMs = 5_000, remainingMs = 60_000, lookTakesMs = 0, about } = setting;
  const clock = manualClock();
  const startedAt = clock.now();
  const looks: { readonly at: number; readonly only: string[] | undefined }[] = [];
  const asked: (Selection | undefined)[] = [];
  const look = async ({ only, about }: LookOptions) => {
    asked.push(about);
    looks.push({
      at: clock.now() - startedAt,
      only: only && ['a', 'b'].filter((group) => only(fleet(group))),
    });
    clock.advance(lookTakesMs);
    return results[Math.min(looks.length, results.length) - 1] ?? QUIET;
  };
  return {
    looks,
    asked,
    run: async () => invoke({ look, clock, busyIntervalMs, remainingMs, about }),
  };
}
