import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Parameters } from '../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../simulator/world/task.ts';
import { task } from './drive/small-run.ts';
import { HOUR_S, MAX, ran } from './whole-run.ts';

/** A few pipelines within an hour, some of them one after the other. */
const workload: fc.Arbitrary<readonly TaskSpec[]> = fc
  .array(
    fc.record({
      second: fc.nat({ max: HOUR_S }),
      width: fc.integer({ min: 1, max: 8 }),
      seconds: fc.integer({ min: 5, max: 900 }),
      staged: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((pipelines) => {
    const tasks: TaskSpec[] = [];
    for (const { second, width, seconds, staged } of pipelines) {
      const first = tasks.length;
      for (let at = 0; at < width; at += 1) {
        const after = staged && at > 0 ? [first] : [];
        tasks.push(task(`${first}-${at}`, second, { durationMs: seconds * 1000, after }));
      }
    }
    return tasks;
  });

/** What one call takes: nothing, and passes of 0.2, 0.8 and 2.6 s. */
const CALL_TIMES = [0, 0.05, 0.2, 0.65].map((seconds) => ({ min: seconds, max: seconds }));

/** Everything that can go wrong for the first two hours, or at any time by a small chance. */
const faults: fc.Arbitrary<Partial<Parameters>> = fc.record({
  countLag: fc.nat({ max: 10 }),
  callTime: fc.constantFrom(...CALL_TIMES),
  countFault: fc.constantFrom(0, 0.1, 0.4),
  writeFault: fc.constantFrom(0, 0.1, 0.4),
  exitCallFailure: fc.constantFrom(0, 0.2),
  bootFailureWindows: fc.constantFrom([], [{ from: 0, to: HOUR_S }]),
  bootHangWindows: fc.constantFrom([], [{ from: 0, to: HOUR_S }]),
  noCapacityWindows: fc.constantFrom([], [{ from: 600, to: HOUR_S }]),
  pendingCancel: fc.constantFrom('none', 'pending', 'pending-and-waiting'),
  exit: fc.constantFrom({ min: 0, max: 2 }, { min: 20, max: 60 }),
  noticeLag: fc.constantFrom({ min: 1, max: 5 }, { min: 60, max: 180 }),
  proceed: fc.constantFrom({ min: 0, max: 2 }, { min: 5, max: 15 }),
  report: fc.constantFrom({ min: 0.2, max: 1 }, { min: 3, max: 10 }),
  bootFailure: fc.constantFrom(0, 0.3),
  agentDeath: fc.constantFrom(0, 0.2),
  // Before it could have a task.
  agentDeathAfter: fc.constant({ min: 0, max: 0 }),
  wordLoss: fc.constantFrom(0, 0.2, 1),
  lostAnswer: fc.constantFrom(0, 0.3),
  maxZeroWindows: fc.constantFrom([], [{ from: 900, to: 1800 }]),
  containers: fc.constantFrom(1, 3),
  routing: fc.constantFrom('most-recent', 'round-robin', 'random'),
});

const seeds = fc.nat({ max: 1_000_000 });

describe('whatever the workload and the faults', () => {
  test('every task is served once the faults stop, and nothing is left behind', async () => {
    await always(async ({ totals, groups, tasks }) => {
      // While a pass takes time, what it lowers may have begun to run.
      expect(totals.tasksKilled).toBe(totals.killedByLowering);
      expect(totals.tasksServed + totals.tasksKilled).toBe(tasks.length);
      expect(groups[0]).toMatchObject({ desired: 0, instances: [] });
    });
  });

  test('the capacity stays within the bounds of the group', async () => {
    await always(async ({ samples, totals }) => {
      for (const { desired } of samples) {
        expect(desired).toBeGreaterThanOrEqual(0);
        expect(desired).toBeLessThanOrEqual(MAX);
      }
      expect(totals.peakInstances).toBeLessThanOrEqual(2 * MAX);
    });
  });

  test('no pass cancels a booting machine, however long it takes', async () => {
    await always(async ({ totals }) => {
      const { pendingCancels, cancelsByDecrement, cancelsByBounds } = totals;
      // What machines and operators lower is not the scaler's.
      expect(pendingCancels - cancelsByDecrement - cancelsByBounds).toBe(0);
    });
  });

  test('the launches of a task are bounded', async () => {
    await always(async ({ totals, tasks }) => {
      // Ten in vain, two for each that is wanted, and in the hour of the faults a trial each two minutes.
      expect(totals.launches).toBeLessThanOrEqual(3 * tasks.length + 10 + 30);
    });
  });
});

test("one class's trouble changes nothing for another", async () => {
  await fc.assert(
    fc.asyncProperty(workload, seeds, async (tasks, seed) => {
      // What the other class's machines say comes through the same queue, and passes are sent when the look at
      // both has ended: either moves passes by moments, in which tasks come and go.
      const scene = {
        seed,
        parameters: { wordLoss: 1 },
        wakeUps: false,
        passIntervalSeconds: 60,
      };
      const alone = await ran({ ...scene, tasks, classes: ['acme/linux'] });
      const stuck = [1, 2, 3].map((name) =>
        task(`stuck ${name}`, 0, { resourceClass: 'acme/stuck', unclaimable: true }),
      );
      const beside = await ran({
        ...scene,
        tasks: [...tasks, ...stuck],
        classes: ['acme/linux', 'acme/stuck'],
      });
      expect(beside.totals).toEqual(alone.totals);
    }),
    { numRuns: 15 },
  );
});

test('a group whose boots succeed again serves what waits within half an hour or so', async () => {
  const repaired = { bootFailureWindows: [{ from: 0, to: 6 * HOUR_S }] };
  const tasks = [1, 2, 3, 4, 5].map((name) => task(`waits ${name}`, 0));
  const { totals, waits } = await ran({ tasks, seed: 1, parameters: repaired });
  expect(totals.tasksServed).toBe(5);
  expect(Math.max(...waits)).toBeLessThan(6 * HOUR_S + 35 * 60 + 120);
});

type Outcome = Awaited<ReturnType<typeof ran>>;

/** Of each world that was drawn. With one seed all properties draw the same worlds, which then run once for all. */
const outcomes = new Map<string, Promise<Outcome>>();

async function always(check: (outcome: Outcome) => Promise<void>) {
  await fc.assert(
    fc.asyncProperty(workload, faults, seeds, async (tasks, parameters, seed) => {
      const world = { tasks, parameters, seed };
      const key = JSON.stringify(world);
      const outcome = outcomes.get(key) ?? ran(world);
      outcomes.set(key, outcome);
      await check(await outcome);
    }),
    { numRuns: 25 },
  );
}
