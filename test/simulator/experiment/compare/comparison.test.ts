import { describe, expect, test } from '@jest/globals';
import { needOf } from '../../../../simulator/experiment/cell.ts';
import { compared } from '../../../../simulator/experiment/compare/comparison.ts';
import { markdownOf } from '../../../../simulator/experiment/compare/markdown.ts';
import { COLUMNS, cellOf, tableOf } from '../../../../simulator/experiment/compare/table.ts';
import { SAMPLE_RULES, sampleCell, sampleComparison, scenarioNamed } from './sample-comparison.ts';

describe('a cell', () => {
  test('comes out the same again', async () => {
    expect(await sampleCell(3)).toEqual(await sampleCell(3));
  });

  test('gives every rule the same jobs, whatever it does with them', async () => {
    const { rules, tasks } = await sampleCell(1);
    expect(rules.map(({ figures }) => figures.served + figures.killed)).toEqual(
      rules.map(() => tasks),
    );
  });

  test('makes nobody wait less than the oracle, except with machines that are already there', async () => {
    const { rules } = await sampleCell(1);
    const [oracle, ...others] = rules;
    for (const { name, figures } of others) {
      if (name === 'buildkite-reuse') continue;
      expect(figures.waitMean).toBeGreaterThan(oracle?.figures.waitMean ?? Infinity);
    }
  });

  test('has a lagged oracle that waits for the launch lag of the world, and for nothing else', async () => {
    const [oracle, lagged] = (await sampleCell(1)).rules;
    const lag = (lagged?.figures.waitMean ?? 0) - (oracle?.figures.waitMean ?? 0);
    // 1 to 6 s; machines that are idle take tasks without any.
    expect(lag).toBeGreaterThan(2.5);
    expect(lag).toBeLessThan(4);
    const [same, slow] = (await sampleCell(1, { scenario: 'launch-lag' })).rules;
    expect(same?.figures).toEqual(oracle?.figures);
    expect((slow?.figures.waitMean ?? 0) - (same?.figures.waitMean ?? 0)).toBeGreaterThan(30);
  });

  test('takes the boot time it is told', async () => {
    const [quick] = (await sampleCell(1, { bootSeconds: 20 })).rules;
    const [slow] = (await sampleCell(1, { bootSeconds: 150 })).rules;
    expect((slow?.figures.waitP50 ?? 0) - (quick?.figures.waitP50 ?? 0)).toBeGreaterThan(100);
  });

  test('caps every rule alike where the scenario says so', async () => {
    const { cap, rules } = await sampleCell(1, { scenario: 'tight-cap', withBurst: true });
    expect(cap).toBeGreaterThan(0);
    expect(rules.map(({ burst }) => burst?.max)).toEqual(rules.map(() => cap));
  });
});

describe('the need', () => {
  test('is the greatest mean number of instances over eight hours', () => {
    const hour = 3_600_000;
    const at = (hours: number, busy: number) => ({
      at: hours * hour,
      unclaimed: 0,
      running: 0,
      desired: 0,
      booting: 0,
      idle: 0,
      busy,
      finishing: 0,
    });
    const samples = [at(0, 1), at(4, 10), at(12, 2)];
    expect(needOf({ samples }, { from: 0, to: 24 * hour })).toBe(10);
    expect(needOf({ samples }, { from: 0, to: 6 * hour })).toBe((4 * 1 + 2 * 10) / 6);
  });
});

const ORACLE_PAIRS = [
  ['oracle', 'waitMeanToOracle'],
  ['lagged-oracle', 'waitMeanToLaggedOracle'],
] as const;

describe('a comparison', () => {
  test('forms ratios seed by seed, not from the means', async () => {
    const cells = [await sampleCell(1), await sampleCell(2)];
    const { rules } = compared(
      { workload: 'w', about: '', scenario: scenarioNamed('plain'), rules: SAMPLE_RULES },
      cells,
    );
    const wait = (cell: (typeof cells)[number] | undefined, rule: string) =>
      cell?.rules.find(({ name }) => name === rule)?.figures.waitMean ?? Number.NaN;
    const pairs = (rule: string) => rules.find(({ name }) => name === rule)?.pairs;
    for (const [oracle, pair] of ORACLE_PAIRS) {
      const [one, two] = cells.map((cell) => wait(cell, 'tutorial') / wait(cell, oracle));
      const expected = ((one ?? 0) + (two ?? 0)) / 2;
      expect(pairs('tutorial')?.[pair].mean).toBeCloseTo(expected, 10);
      expect(pairs(oracle)?.[pair]).toEqual({ mean: 1, halfWidth: 0 });
    }
  });

  test('shows the ratios to the two oracles side by side', () => {
    const headings = COLUMNS.map(({ heading }) => heading);
    for (const figure of ['mean', 'p99', 'waste', 'time']) {
      const place = headings.indexOf(`${figure}/oracle`);
      expect(place).toBeGreaterThan(0);
      expect(headings[place + 1]).toBe(`${figure}/lagged-oracle`);
    }
  });

  test('shows nothing where the rule it is held against did not run', async () => {
    const rules = SAMPLE_RULES.filter(({ name }) => name !== 'oracle');
    const cell = await sampleCell(1);
    const without = { ...cell, rules: cell.rules.filter(({ name }) => name !== 'oracle') };
    const { rules: shown } = compared(
      { workload: 'w', about: '', scenario: scenarioNamed('plain'), rules },
      [without],
    );
    expect(shown[0]?.pairs.waitMeanToOracle.mean).toBeNaN();
    expect(shown[0]?.figures.waitMean.mean).toBeGreaterThan(0);
  });

  test('is shown as a table with a line per rule, in the terminal and as Markdown', async () => {
    const comparison = await sampleComparison();
    const lines = tableOf(comparison).split('\n');
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(
      SAMPLE_RULES.map(({ name }) => name),
    );
    const [column] = COLUMNS;
    const [rule] = comparison.rules;
    if (column === undefined || rule === undefined) throw new Error('nothing to show');
    expect(lines[1]).toContain(cellOf(column, rule));
    const markdown = markdownOf([comparison], { notes: ['a note'], command: 'npm run compare' });
    expect(markdown).toContain('`npm run compare`');
    for (const { name } of SAMPLE_RULES) expect(markdown).toContain(`| ${name} |`);
  });
});
