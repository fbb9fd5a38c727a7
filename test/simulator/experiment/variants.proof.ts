import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../../lambda/scaler/composition.ts';
import { type Change, holdingWatch, shippedRule } from '../../../simulator/experiment/variants.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { SECOND, task } from '../world/tiny-world.ts';
import { play as playRule, type Scene } from './stage.ts';

const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

async function play(change: Change, scene: Scene) {
  const watch = holdingWatch();
  const outcomes: Outcome[] = [];
  const rule = shippedRule(change, (outcome) => {
    outcomes.push(outcome);
    watch.note(outcome);
  });
  const run = await playRule(rule, scene);
  return { run, outcomes, holdings: watch.holdings(), totals: run.classes[0]?.totals };
}

function tasks(count: number, differences: Partial<TaskSpec> = {}): readonly TaskSpec[] {
  return Array.from({ length: count }, () => task(differences));
}

/** Nobody can claim them; they are taken back after so long. */
function stuckFor(ms: number, count: number): readonly TaskSpec[] {
  return tasks(count, { unclaimable: true, cancelAfterMs: ms });
}

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
