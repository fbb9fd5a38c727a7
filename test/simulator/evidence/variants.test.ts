import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../../lambda/scaler/pass.ts';
import { runRule } from '../../../simulator/compare/run-rule.ts';
import { type Change, holdingWatch, shippedRule } from '../../../simulator/evidence/variants.ts';
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
  const watch = holdingWatch();
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
  return { run, outcomes, holdings: watch.holdings(), totals: run.classes[0]?.totals };
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
      [11, 6],
      [21, 8],
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

describe('the rule without hold-backs', () => {
  test('launches for tasks that nobody can claim for as long as they are there', async () => {
    const scene: Scene = { tasks: stuckFor(4 * HOUR, 2), fleet: { idleTimeoutMs: 5 * MINUTE } };
    const { totals, holdings } = await play({ holdBacks: false }, scene);
    expect(holdings).toEqual([]);
    // One machine for each of the two every six or seven minutes.
    expect(totals?.launches).toBeGreaterThan(60);
  });

  test('launches for boots that fail as long as they do', async () => {
    const failing = { bootFailureWindows: [{ from: 0, to: 3 * 3600 }] };
    const { holdings, run, totals } = await play(
      { holdBacks: false },
      { tasks: tasks(5), parameters: failing },
    );
    expect(holdings).toEqual([]);
    expect(run.finished).toBe(true);
    expect(totals?.launches).toBeGreaterThan(500);
  });
});

describe('the rule as shipped', () => {
  test('holds launches back, which is watched with the cause and for how long', async () => {
    const { holdings, totals } = await play({}, { tasks: stuckFor(4 * HOUR, 3) });
    expect(holdings).toMatchObject([{ group: 'linux', cause: 'tasks-unclaimed' }]);
    expect(totals?.launches).toBeLessThan(75);
  });

  test('holds nothing back on a healthy day', async () => {
    const { holdings, run } = await play({}, { tasks: tasks(5) });
    expect(holdings).toEqual([]);
    expect(run.finished).toBe(true);
  });
});

test('what could not be read is no release', async () => {
  const { holdings } = await play(
    {},
    { tasks: stuckFor(4 * HOUR, 3), parameters: { countFault: 0.3 } },
  );
  expect(holdings).toHaveLength(1);
});
