import { describe, expect, test } from '@jest/globals';
import { invoke } from '../../../lambda/scaler/invocation.ts';
import type { Heard, LookOptions, LookResult } from '../../../lambda/scaler/look.ts';
import { manualClock } from '../../manual-clock.ts';
import { fleet } from './quiet-fleet.ts';

const QUIET: LookResult = { busy: new Set(), timed: false, fleets: 1, left: 0, problems: [] };
const BUSY: LookResult = { busy: new Set(['a']), timed: false, fleets: 1, left: 0, problems: [] };

describe('an invocation', () => {
  test('is one look when nothing is busy', async () => {
    const { run, looks } = invoking([QUIET]);
    expect(await run()).toEqual({ looks: 1, timed: false, fleets: 1, left: 0 });
    expect(looks).toEqual([{ at: 0, only: undefined }]);
  });

  test('looks again at the busy fleets, and only at those, until they are quiet', async () => {
    const { run, looks } = invoking([BUSY, BUSY, QUIET]);
    expect(await run()).toEqual({ looks: 3, timed: false, fleets: 1, left: 0 });
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

  test('that an event asked for is one look, however busy that finds the fleets', async () => {
    const heard = { about: () => true, lastWords: [] };
    const { run, looks, asked } = invoking([BUSY], { heard });
    expect(await run()).toEqual({ looks: 1, timed: false, fleets: 1, left: 0 });
    expect(looks).toEqual([{ at: 0, only: undefined }]);
    expect(asked).toEqual([heard]);
  });

  test('looks once only when the interval is 0', async () => {
    const { run } = invoking([BUSY], { busyIntervalMs: 0 });
    expect(await run()).toEqual({ looks: 1, timed: false, fleets: 1, left: 0 });
  });

  test('looks once only when the function has little time', async () => {
    const { run } = invoking([BUSY], { remainingMs: 10_000 });
    expect(await run()).toEqual({ looks: 1, timed: false, fleets: 1, left: 0 });
  });

  test('fails after all its looks, with every problem once', async () => {
    const { run, looks } = invoking([
      { busy: new Set(['a']), timed: false, fleets: 1, left: 0, problems: ['a: trouble'] },
      {
        busy: new Set(['a']),
        timed: false,
        fleets: 1,
        left: 0,
        problems: ['a: trouble', 'b: more'],
      },
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
  readonly heard?: Heard;
}

/** The results are those of the looks in turn; the last one is repeated. */
function invoking(results: readonly LookResult[], setting: Setting = {}) {
  const { busyIntervalMs = 5_000, remainingMs = 60_000, lookTakesMs = 0, heard } = setting;
  const clock = manualClock();
  const startedAt = clock.now();
  const looks: { readonly at: number; readonly only: string[] | undefined }[] = [];
  const asked: (Heard | undefined)[] = [];
  const look = async ({ only, heard }: LookOptions) => {
    asked.push(heard);
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
    run: async () => invoke({ look, clock, busyIntervalMs, remainingMs, heard }),
  };
}
