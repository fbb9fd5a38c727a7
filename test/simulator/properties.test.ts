import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { run } from '../../simulator/drive/run.ts';
import type { Parameters } from '../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../simulator/world/task.ts';
import { START, task, twin } from './drive/twin.ts';

const MAX = 6;
const HOUR_S = 3_600;

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

  test('no pass cancels a booting machine where boots succeed, however long it takes', async () => {
    await always(
      async ({ totals }) => {
        const { pendingCancels, cancelsByDecrement, cancelsByBounds } = totals;
        // What machines and operators lower is not the scaler's.
        expect(pendingCancels - cancelsByDecrement - cancelsByBounds).toBe(0);
      },
      { bootFailure: 0, bootFailureWindows: [], bootHangWindows: [] },
    );
  });

  test('the launches of a task are bounded', async () => {
    await always(async ({ totals, tasks }) => {
      expect(totals.launches).toBeLessThanOrEqual(3 * tasks.length + 30);
    });
  });
});

test("one class's trouble changes nothing for another", async () => {
  await fc.assert(
    fc.asyncProperty(workload, seeds, async (tasks, seed) => {
      // The other class's events would lead to looks at this one too, at other moments.
      const scene = { seed, parameters: {}, wakeUps: false };
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

test('tasks that nobody can claim cost a few launches, and ever fewer', async () => {
  const stuck = [1, 2, 3, 4, 5].map((name) => task(`stuck ${name}`, 0, { unclaimable: true }));
  const later = task('at last', 24 * HOUR_S);
  const { totals } = await ran({ tasks: [...stuck, later], seed: 1, parameters: {} });
  // For 36 hours: five at first and again when the claimable one was served, each time some in their
  // place until three have idled out, then probes after 2, 4, 8, … minutes and at last once an hour.
  expect(totals.launches).toBeGreaterThan(5);
  expect(totals.launches).toBeLessThan(70);
});

interface Ran {
  readonly tasks: readonly TaskSpec[];
  readonly seed: number;
  readonly parameters: Partial<Parameters>;
  readonly classes?: readonly string[];
  /** Default: whatever wakes the scaler does. */
  readonly wakeUps?: boolean;
}

async function ran({ tasks, seed, parameters, classes = ['acme/linux'], wakeUps = true }: Ran) {
  const { world, scalerIn } = twin({
    form: 'direct',
    tasks,
    seed,
    parameters,
    classes,
    fleet: { max: MAX },
  });
  const last = Math.max(...tasks.map(({ releaseAt }) => releaseAt));
  await run({ world, scalerIn, wakeUps, endAt: Math.max(last, START) + 12 * HOUR_S * 1000 });
  const [record] = world.record();
  if (record === undefined) throw new Error('the world has no class');
  return { ...record, groups: world.groups(), tasks };
}

/** @param given parameters that are not drawn */
async function always(
  check: (outcome: Awaited<ReturnType<typeof ran>>) => Promise<void>,
  given: Partial<Parameters> = {},
) {
  await fc.assert(
    fc.asyncProperty(workload, faults, seeds, async (tasks, parameters, seed) =>
      check(await ran({ tasks, parameters: { ...parameters, ...given }, seed })),
    ),
    { numRuns: 25 },
  );
}
