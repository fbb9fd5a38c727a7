import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../../lambda/scaler/look.ts';
import { runRule } from '../../../simulator/compare/run-rule.ts';
import { type Change, breakerWatch, shippedRule } from '../../../simulator/evidence/variants.ts';
import type { FleetSpec } from '../../../simulator/world/fleet-spec.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { desiredOf } from '../compare/stage.ts';
import { SECOND, SURE, fleet, task } from '../world/tiny-world.ts';

const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Scene {
  readonly tasks: readonly TaskSpec[];
  readonly fleet?: Partial<FleetSpec>;
  readonly parameters?: Partial<Parameters>;
}

async function play(change: Change, scene: Scene) {
  const watch = breakerWatch();
  const outcomes: Outcome[] = [];
  const rule = shippedRule(change, (outcome) => {
    outcomes.push(outcome);
    watch.note(outcome);
  });
  const run = await runRule(rule, {
    seed: 1,
    startAt: 0,
    tasks: scene.tasks,
    fleets: [fleet(scene.fleet)],
    parameters: { ...SURE, ...scene.parameters },
    sampleLimit: 10_000,
  });
  return { run, outcomes, openings: watch.openings(), totals: run.classes[0]?.totals };
}

function tasks(count: number, differences: Partial<TaskSpec> = {}): readonly TaskSpec[] {
  return Array.from({ length: count }, () => task(differences));
}

/** Nobody can claim them; they are taken back after so long. */
function stuckFor(ms: number, count: number): readonly TaskSpec[] {
  return tasks(count, { unclaimable: true, cancelAfterMs: ms });
}

describe('a growth that is limited', () => {
  test('raises by no more than that in one look, and by the rest in the next ones', async () => {
    const { run } = await play({ growth: (desired) => desired + 3 }, { tasks: tasks(8) });
    const steps = desiredOf(run).filter(([, desired]) => desired > 0);
    expect(steps.slice(0, 3).map(([at, desired]) => [Math.floor(at), desired])).toEqual([
      [0, 3],
      [5, 6],
      [10, 8],
    ]);
  });

  test('does not keep the scaler from taking back what never came', async () => {
    const { run } = await play(
      { growth: (desired) => desired + 3 },
      {
        tasks: tasks(3, { cancelAfterMs: 4 * MINUTE }),
        parameters: { noCapacityWindows: [{ from: 0, to: 3600 }] },
      },
    );
    expect(desiredOf(run).at(-1)?.[1]).toBe(0);
  });
});

describe('the rule without breakers', () => {
  const scene: Scene = { tasks: stuckFor(4 * HOUR, 2), fleet: { idleTimeoutMs: 5 * MINUTE } };

  test('launches for tasks that nobody can claim for as long as they are there', async () => {
    const { totals, openings } = await play({ breakers: false }, scene);
    expect(openings).toEqual([]);
    // One machine for each of the two every six or seven minutes.
    expect(totals?.launches).toBeGreaterThan(60);
  });

  test('launches for failing boots, and for a group without capacity, without a breaker', async () => {
    const failing = { bootFailureWindows: [{ from: 0, to: 3600 }] };
    const { openings, run } = await play(
      { breakers: false },
      { tasks: tasks(5), parameters: failing },
    );
    const without = { noCapacityWindows: [{ from: 0, to: 3600 }] };
    const other = await play({ breakers: false }, { tasks: tasks(5), parameters: without });
    expect([...openings, ...other.openings]).toEqual([]);
    expect(run.finished).toBe(true);
  });

  test('remembers all else: a machine that finishes is counted out', async () => {
    // A machine that cleans up for a minute would mask the second task.
    const { outcomes } = await play(
      { breakers: false },
      {
        tasks: [task(), task({ after: [0] })],
        parameters: { exit: { min: 60, max: 60 }, tellFailure: 1 },
      },
    );
    expect(outcomes.some(({ memory }) => memory?.finishing === 1)).toBe(true);
  });
});

describe('the rule as shipped', () => {
  test('opens a breaker, which is watched with its reason and for how long it is open', async () => {
    const { openings, totals } = await play({}, { tasks: stuckFor(4 * HOUR, 3) });
    expect(openings).toMatchObject([{ group: 'linux', reason: 'tasks-unclaimed' }]);
    const [{ at, openMs } = { at: 0, openMs: 0 }] = openings;
    // It closes when the tasks are gone.
    expect((at + openMs) / HOUR).toBeCloseTo(4, 1);
    expect(totals?.launches).toBeLessThan(20);
  });

  test('opens none on a healthy day', async () => {
    const { openings, run } = await play({}, { tasks: tasks(5) });
    expect(openings).toEqual([]);
    expect(run.finished).toBe(true);
  });
});

test('shorter pauses mean more probes', async () => {
  const scene: Scene = { tasks: stuckFor(12 * HOUR, 3) };
  const shipped = await play({}, scene);
  const shorter = await play({ longestPauseSeconds: 300 }, scene);
  expect(shorter.totals?.launches).toBeGreaterThan(2 * (shipped.totals?.launches ?? 0));
});

test('what could not be read is no closing of a breaker', async () => {
  const { openings } = await play(
    {},
    { tasks: stuckFor(4 * HOUR, 3), parameters: { countFault: 0.3 } },
  );
  expect(openings).toHaveLength(1);
});
