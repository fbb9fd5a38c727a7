import { describe, expect, test } from '@jest/globals';
import { needOf } from '../../../../simulator/experiment/need.ts';
import { compared } from '../../../../simulator/experiment/compare/comparison.ts';
import { markdownOf } from '../../../../simulator/experiment/compare/markdown.ts';
import {
  ALL_COLUMNS,
  cellOf,
  columnsOf,
} from '../../../../simulator/experiment/compare/columns.ts';
import { overviewOf } from '../../../../simulator/experiment/compare/overview.ts';
import { tableOf } from '../../../../simulator/experiment/compare/text.ts';
import {
  ranCell,
  SAMPLE_RULES,
  sampleCell,
  sampleComparison,
  scenarioNamed,
  trialOf,
} from './sample-comparison.ts';

describe('a cell', () => {
  test('is the same when it is run again', async () => {
    expect(await ranCell(2)).toEqual(await sampleCell(2));
  });

  test('gives every rule the same jobs, whatever it does with them', async () => {
    const { trials } = await sampleCell(1);
    expect(trials.map(({ whole }) => whole.served + whole.killed)).toEqual(
      trials.map(() => trials[0]?.tasks),
    );
  });

  test('makes nobody wait less than the oracle, except with machines that are already there', async () => {
    const cell = await sampleCell(1);
    const oracle = trialOf(cell, 'oracle');
    for (const { name } of SAMPLE_RULES) {
      if (name === 'buildkite-reuse' || name === 'oracle') continue;
      expect(trialOf(cell, name).whole.waitMean).toBeGreaterThan(oracle.whole.waitMean);
    }
  });

  test('has a lagged oracle that waits for the launch lag of the world, and for nothing else', async () => {
    const plain = await sampleCell(1);
    const wait = trialOf(plain, 'oracle').whole.waitMean;
    // 1 to 6 s; machines that are idle take tasks without any.
    expect(trialOf(plain, 'lagged-oracle').whole.waitMean - wait).toBeGreaterThan(2.5);
    expect(trialOf(plain, 'lagged-oracle').whole.waitMean - wait).toBeLessThan(4);
    const slow = await sampleCell(1, { scenario: 'launch-lag' });
    expect(trialOf(slow, 'oracle').whole).toEqual(trialOf(plain, 'oracle').whole);
    expect(trialOf(slow, 'lagged-oracle').whole.waitMean - wait).toBeGreaterThan(30);
  });

  test('takes the boot time it is told', async () => {
    const [quick, slow] = [
      await sampleCell(1, { bootSeconds: 20 }),
      await sampleCell(1, { bootSeconds: 150 }),
    ].map((cell) => trialOf(cell, 'oracle').whole.waitP50);
    expect((slow ?? 0) - (quick ?? 0)).toBeGreaterThan(100);
  });

  test('caps every rule alike where the scenario says so', async () => {
    const { trials } = await sampleCell(1, { scenario: 'tight-cap', withBurst: true });
    const cap = trials[0]?.cap;
    expect(cap).toBeGreaterThan(0);
    expect(trials.map(({ burst }) => burst?.max)).toEqual(trials.map(() => cap));
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
      cell === undefined ? Number.NaN : trialOf(cell, rule).whole.waitMean;
    const pairs = (rule: string) => rules.find(({ name }) => name === rule)?.pairs;
    for (const [oracle, pair] of ORACLE_PAIRS) {
      const [one, two] = cells.map((cell) => wait(cell, 'tutorial') / wait(cell, oracle));
      const expected = ((one ?? 0) + (two ?? 0)) / 2;
      expect(pairs('tutorial')?.[pair].mean).toBeCloseTo(expected, 10);
      expect(pairs(oracle)?.[pair]).toEqual({ mean: 1, halfWidth: 0 });
    }
  });

  test('shows the ratios to the two oracles side by side', () => {
    const headings = ALL_COLUMNS.map(({ heading }) => heading);
    for (const figure of ['mean', 'p99', 'waste', 'time']) {
      const place = headings.indexOf(`${figure}/oracle`);
      expect(place).toBeGreaterThan(0);
      expect(headings[place + 1]).toBe(`${figure}/lagged-oracle`);
    }
  });

  test('shows nothing where the rule it is held against did not run', async () => {
    const rules = SAMPLE_RULES.filter(({ name }) => name !== 'oracle');
    const cell = await sampleCell(1);
    const without = {
      ...cell,
      trials: cell.trials.filter((_, place) => SAMPLE_RULES[place]?.name !== 'oracle'),
    };
    const { rules: shown } = compared(
      { workload: 'w', about: '', scenario: scenarioNamed('plain'), rules },
      [without],
    );
    expect(shown[0]?.pairs.waitMeanToOracle.mean).toBeNaN();
    expect(shown[0]?.figures.waitMean.mean).toBeGreaterThan(0);
  });

  test('is shown as a table with a line per rule, the shortest wait first', async () => {
    const comparison = await sampleComparison();
    const columns = columnsOf({ all: false });
    const lines = tableOf(comparison, columns).split('\n');
    const waits = comparison.rules.map(({ figures }) => figures.waitMean.mean);
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(
      comparison.rules.map(({ name }) => name),
    );
    const [column] = columns;
    const [rule] = comparison.rules;
    if (column === undefined || rule === undefined) throw new Error('nothing to show');
    expect(lines[1]).toContain(cellOf(column, rule));
    const about = { notes: ['a note'], command: 'npm run compare', columns };
    const markdown = markdownOf([comparison], about);
    expect(markdown).toContain('`npm run compare`');
    for (const { name } of SAMPLE_RULES) expect(markdown).toContain(`| ${name} |`);
  });

  test('shows all figures only where they are asked for', () => {
    expect(columnsOf({ all: false }).length).toBeLessThan(10);
    expect(columnsOf({ all: true })).toEqual(ALL_COLUMNS);
  });
});

describe('the overview', () => {
  test('has the mean and the worst of all workloads, and marks what is shipped', async () => {
    const one = await sampleComparison();
    const worse = {
      ...one,
      rules: one.rules.map((rule) => ({
        ...rule,
        shipped: rule.name === 'ours-10s',
        finished: rule.name !== 'tutorial',
        pairs: {
          ...rule.pairs,
          waitMeanToOracle: { mean: rule.pairs.waitMeanToOracle.mean + 1, halfWidth: null },
        },
      })),
    };
    const rows = overviewOf([worse, one]);
    const shown = (label: string) => rows.find((row) => row.label === label)?.cells.slice(0, 2);
    expect(shown('oracle')).toEqual(['1.500', '2.000']);
    const own = one.rules.find(({ name }) => name === 'ours-10s')?.pairs.waitMeanToOracle.mean ?? 0;
    expect(shown('ours-10s (shipped)')).toEqual([(own + 0.5).toFixed(3), (own + 1).toFixed(3)]);
    expect(shown('tutorial (tasks left)')).toBeDefined();
  });
});
