import { describe, expect, test } from '@jest/globals';
import { callsIn } from '../../../simulator/drive/called.ts';
import { directScaler } from '../../../simulator/drive/direct.ts';
import { run } from '../../../simulator/drive/run.ts';
import { createVirtualTime } from '../../../simulator/drive/virtual-time.ts';
import { SECOND, exactly, task, tinyWorld, totals } from '../world/tiny-world.ts';

const SILENT = { outcome: () => undefined, warning: () => undefined };

describe('a pass', () => {
  test('takes as long as its calls, in whatever order a rule makes them', async () => {
    const world = tinyWorld({
      tasks: [task({ releaseAt: 90 * SECOND })],
      parameters: { callTime: exactly(0.2) },
    });
    const time = createVirtualTime(world);
    const called = callsIn(world, time);
    const moments: number[] = [];
    const note = () => moments.push(world.now() / SECOND);
    time.start(async () => {
      for (const call of ['running', 'unclaimed', 'describe', 'write'] as const) {
        await called(call, note);
      }
    });
    await time.run(10 * SECOND);
    expect(moments).toEqual([0.2, 0.4, 0.6, 0.8]);
  });

  test('reads several classes side by side, each call of a class after the one before', async () => {
    const world = tinyWorld({
      tasks: [task({ releaseAt: 90 * SECOND })],
      parameters: { callTime: exactly(1) },
    });
    const time = createVirtualTime(world);
    const called = callsIn(world, time);
    const moments: string[] = [];
    time.start(async () => {
      await called('describe', () => moments.push(`describe ${world.now() / SECOND}`));
      await Promise.all(
        ['a', 'b'].map(async (name) => {
          await called('running', () => moments.push(`${name} ${world.now() / SECOND}`));
          await called('unclaimed', () => moments.push(`${name} ${world.now() / SECOND}`));
        }),
      );
    });
    await time.run(10 * SECOND);
    expect(moments).toEqual(['describe 1', 'a 2', 'b 2', 'a 3', 'b 3']);
  });

  test('gives a call the same time whatever was called before', async () => {
    const momentOf = async (before: boolean) => {
      const world = tinyWorld({
        tasks: [task({ releaseAt: 90 * SECOND })],
        parameters: { callTime: { min: 0.1, max: 0.9 } },
      });
      const time = createVirtualTime(world);
      const called = callsIn(world, time);
      let moment = 0;
      time.start(async () => {
        if (before) await called('running', () => undefined);
        await time.sleepUntil(5 * SECOND);
        await called('write', () => {
          moment = world.now();
        });
      });
      await time.run(10 * SECOND);
      return moment;
    };
    expect(await momentOf(true)).toBe(await momentOf(false));
    expect(await momentOf(true)).toBeGreaterThanOrEqual(5.1 * SECOND);
  });
});

describe('a machine that leaves with its decrement between describe and write', () => {
  /**
   * Claimed at 62.4 s, the first task ends at 176.5 s and releases the second; its machine leaves at
   * 180.5 s. The pass at 180 s describes at 180.2 s, or at once, and would write two: one machine for the
   * task that waits and one for the machine that it saw finishing. Described again at 180.8 s, that one is
   * gone, and one is written.
   */
  const played = async (callTime: number) => {
    const world = tinyWorld({
      tasks: [task({ durationMs: 114.1 * SECOND }), task({ after: [0] })],
      parameters: { callTime: exactly(callTime), launchLag: exactly(callTime === 0 ? 5.4 : 4.6) },
    });
    await run({
      world,
      wakeUps: false,
      scalerIn: (pace, usage) =>
        directScaler({ world, pace, usage, report: SILENT, passIntervalSeconds: 5 }),
    });
    const { launches, pendingCancels, tasksServed } = totals(world);
    return { launches, pendingCancels, tasksServed };
  };

  test.each([0.2, 0])('has no further one launched in calls of %s s', async (callTime) => {
    expect(await played(callTime)).toEqual({ launches: 2, pendingCancels: 0, tasksServed: 2 });
  });
});
