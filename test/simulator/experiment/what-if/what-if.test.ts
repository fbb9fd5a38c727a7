import { describe, expect, test } from '@jest/globals';
import { figuresOf } from '../../../../simulator/experiment/what-if/figures.ts';
import { together } from '../../../../simulator/experiment/what-if/instances-plot.ts';
import { tableOf } from '../../../../simulator/experiment/what-if/table.ts';
import {
  compared,
  namesOf,
  unservedOf,
  verdictsOf,
  warningsOf,
} from '../../../../simulator/experiment/what-if/what-if.ts';
import { tinyComparison, tinyRecord } from './tiny-runs.ts';

const CIRCUMSTANCES = {
  tasksUnserved: 0,
  workloadHours: 2,
};

describe('the figures of a config', () => {
  test('scale the machines of the workload to a month of 30 days', () => {
    const { machineCost, machineCostPerMonth } = figuresOf(tinyRecord([1]), CIRCUMSTANCES);
    expect(machineCost).toBe(0.5);
    expect(machineCostPerMonth).toBe((0.5 * 720) / 2);
  });

  test('price the time for which invocations ran, and the invocations, over a month', () => {
    const { controlCostPerMonth } = figuresOf(tinyRecord([1]), CIRCUMSTANCES);
    // In one hour 80 s, at 256 MB.
    const looking = 80 * 0.25 * 0.0000133334 + 60 * 0.2e-6;
    // The record's traffic: 8 events, 12 messages, 300 passes in 60 batches; each of five pollers gets 62.4 an hour.
    const polls = 312 / (1 - Math.exp((-20 * 62.4) / 3600));
    const requests = 12 * 2 + 300 + 60 + polls;
    const log = (50_000 + 60 * 420) * 0.5e-9;
    const hour = looking + 8 * 1e-6 + requests * 0.4e-6 + log;
    // The schedule's price is that of any month, of 730 hours.
    expect(controlCostPerMonth).toBeCloseTo(hour * 720 + (0.0438 * 720) / 730, 9);
  });

  test('add machines and control plane up', () => {
    const figures = figuresOf(tinyRecord([1]), CIRCUMSTANCES);
    expect(figures.costPerMonth).toBe(180 + (figures.controlCostPerMonth ?? 0));
  });

  test('have no month where the workload has no length', () => {
    const figures = figuresOf(tinyRecord([1]), { ...CIRCUMSTANCES, workloadHours: 0 });
    expect(figures.machineCostPerMonth).toBeNull();
    expect(figures.costPerMonth).toBeNull();
  });

  test('count the tasks that were neither served nor cancelled nor killed', () => {
    const record = tinyRecord([1, 2], { tasksArrived: 9, tasksCancelled: 3, tasksKilled: 1 });
    expect(figuresOf(record, CIRCUMSTANCES).tasksLeft).toBe(3);
  });
});

describe('configs side by side', () => {
  test('differ by the second minus the first', () => {
    const [first, second] = tinyComparison().whatIf.configs;
    expect(first?.differences).toBeNull();
    expect(second?.differences).toMatchObject({
      tasksServed: 0,
      waitMean: 65 - 250,
      waitP99: 80 - 400,
      peakInstances: 5,
      machineCost: 0.25,
      machineCostPerMonth: 90,
      controlCostPerMonth: 0,
    });
  });

  test('are summed up in one sentence: waits and dollars', () => {
    expect(verdictsOf(tinyComparison().whatIf)).toEqual([
      'many.ts against few.ts: 185.0 s shorter mean wait, 320.0 s shorter p95, 90.00 USD a month more.',
    ]);
  });

  test('that do not serve as many tasks are not held against each other', () => {
    const { runs } = tinyComparison();
    const { configs: _, ...head } = tinyComparison().whatIf;
    const whatIf = compared(
      head,
      runs.map((run, index) => ({ ...run, figures: { ...run.figures, tasksUnserved: index } })),
    );
    expect(whatIf.configs[1]?.differences).toMatchObject({
      tasksUnserved: 1,
      costPerMonth: null,
      waitMean: null,
    });
    expect(verdictsOf(whatIf)).toEqual([
      'many.ts against few.ts: not comparable, because 1 and 0 tasks have no fleet; serve the same classes in both.',
    ]);
  });

  test('have no difference where one has no figure', () => {
    const { whatIf } = tinyComparison();
    expect(tableOf(whatIf)).toMatch(/wait mean \(s\) +250\.0 +65\.0 +-185\.0\n/);
    const without = {
      ...whatIf,
      configs: whatIf.configs.map((one) => ({
        ...one,
        differences: one.differences && { ...one.differences, waitMean: null },
      })),
    };
    expect(tableOf(without)).toMatch(/wait mean \(s\) +250\.0 +65\.0 +–\n/);
  });

  test('mark what is more with a plus, and nothing that rounds to 0', () => {
    const table = tableOf(tinyComparison().whatIf);
    expect(table).toMatch(/machines per month \(USD\) +180\.00 +270\.00 +\+90\.00\n/);
    expect(table).toMatch(/tasks served +4 +4 +0\n/);
  });

  test('name the classes no fleet serves and the types without a price, for each config', () => {
    const warnings = warningsOf(tinyComparison().whatIf).join('\n');
    for (const name of ['few.ts', 'many.ts']) {
      expect(warnings).toContain(`${name}: no fleet serves acme/<mac>; its tasks (7)`);
      expect(warnings).toContain(`${name}: no price is known for x9.large`);
    }
  });

  test('count the unserved tasks by class, most first', () => {
    const task = { id: 't', pipeline: 'p', releaseAt: 0, durationMs: 1, after: [] };
    const tasks = ['a', 'b', 'c', 'c'].map((resourceClass) => ({ ...task, resourceClass }));
    expect(unservedOf(tasks, new Set(['a']))).toEqual([
      { resourceClass: 'c', tasks: 2 },
      { resourceClass: 'b', tasks: 1 },
    ]);
  });

  test('are named by their files, or by their paths where the files are named alike', () => {
    expect(namesOf(['x/a.ts', 'y/b.ts'])).toEqual(['a.ts', 'b.ts']);
    expect(namesOf(['x/a.ts', 'y/a.ts'])).toEqual(['x/a.ts', 'y/a.ts']);
  });
});

test('the instances of all classes add up at every moment', () => {
  const quiet = { unclaimed: 0, running: 0, desired: 0, booting: 0, idle: 0, finishing: 0 };
  const one = (at: number, busy: number) => ({ ...quiet, at, busy });
  const classes = [{ samples: [one(0, 1), one(5, 0)] }, { samples: [one(0, 2), one(3, 4)] }];
  expect(together(classes).map(({ at, busy }) => [at, busy])).toEqual([
    [0, 3],
    [3, 5],
    [5, 4],
  ]);
});
