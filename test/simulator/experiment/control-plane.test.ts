import { describe, expect, test } from '@jest/globals';
import { CONTROL_PLANE } from '../../../simulator/experiment/evidence/topics/control-plane.ts';
import { runCell } from '../../../simulator/experiment/trial.ts';

const [table] = CONTROL_PLANE.tables({ seeds: 1, hours: 12, trace: undefined });

const rows = new Map<string, ReturnType<typeof rowOf>>();

/** USD a month of a row, by column. */
async function row(...name: readonly string[]) {
  const key = name.join();
  const found = rows.get(key) ?? rowOf(name);
  rows.set(key, found);
  return found;
}

async function rowOf(name: readonly string[]) {
  const found = table?.cases.find((one) => one.name.join() === name.join());
  const [trial] = await runCell(found === undefined ? [] : [found], { seed: 1 });
  if (trial === undefined) throw new Error(`no row is ${name.join(', ')}`);
  return new Map(table?.columns.map((column) => [column.heading, column.of(trial, trial)]));
}

describe('the cost of the control plane', () => {
  test('at rest is mostly that of a queue in which nothing comes', async () => {
    const rest = await row('10', 'no task for 14 days', '10');
    expect(rest.get('queue')).toBeCloseTo(0.2628, 1);
    expect(rest.get('schedule')).toBeCloseTo(0.0438, 4);
    const used = await row('10', 'no task today', '10');
    expect(used.get('function')).toBeGreaterThan(3 * (rest.get('function') ?? 0));
  });

  test('of 100 classes is that of a function with twice the memory', async () => {
    const ten = await row('10', 'no task today', '10');
    const hundred = await row('100', 'no task today', '10');
    const ratio = (hundred.get('function') ?? 0) / (ten.get('function') ?? 1);
    expect(ratio).toBeGreaterThan(1.7);
    expect(ratio).toBeLessThan(2.1);
  });

  test('all together is the sum of its parts', async () => {
    const storm = await row('1', 'a storm each hour', '10');
    const { 'all together': all = 0, ...parts } = Object.fromEntries(storm);
    expect(Object.values(parts).reduce((sum, usd) => sum + usd, 0)).toBeCloseTo(all, 10);
    expect(parts['events']).toBeGreaterThan(0);
  });

  test('of a trace has no table', () => {
    const trace = {
      work: { name: 'x', of: () => ({ startAt: 0, hours: 1, tasks: [] }) },
      fleet: {},
    };
    expect(CONTROL_PLANE.tables({ seeds: 1, hours: 1, trace })).toEqual([]);
  });
});
