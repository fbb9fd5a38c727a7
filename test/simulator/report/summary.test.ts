import { describe, expect, test } from '@jest/globals';
import { printSummary, summarise } from '../../../simulator/report/summary.ts';
import { emptyRecord, sampleRecord } from './sample-record.ts';

describe('the summary', () => {
  const record = sampleRecord();
  const summary = summarise(record);

  test('adds the classes up', () => {
    for (const key of ['tasksServed', 'launches', 'instanceHours', 'machineCost'] as const) {
      const sum = summary.classes.reduce((total, one) => total + (one[key] ?? Number.NaN), 0);
      expect(summary.all[key]).toBeCloseTo(sum, 9);
    }
  });

  test('takes the percentiles over the waits of all classes together', () => {
    const all = record.classes.flatMap(({ waits }) => waits).toSorted((a, b) => a - b);
    expect(summary.all.wait?.p95).toBe(all[Math.ceil(all.length * 0.95) - 1]);
    expect(summary.all.wait?.max).toBe(all.at(-1));
  });

  test('counts as overhead every instance hour that is neither busy nor idle', () => {
    for (const one of [summary.all, ...summary.classes]) {
      const parts = one.busyHours + one.idleHours + one.overheadHours;
      expect(parts).toBeCloseTo(one.instanceHours, 9);
    }
    expect(summary.all.overheadHours).toBeGreaterThan(1);
  });

  test('adds the API calls of every kind', () => {
    expect(summary.calls.total).toBe(25_860 + 4_310 + 962 + 1);
  });

  test('has no wait and no launches per task when no task was served', () => {
    const { all } = summarise(emptyRecord());
    expect([all.wait, all.launchesPerTask]).toEqual([null, null]);
  });

  test('survives a run without resource classes', () => {
    const { all } = summarise({ ...record, classes: [] });
    expect([all.tasksServed, all.peakInstances, all.wait]).toEqual([0, 0, null]);
  });
});

describe('the printed summary', () => {
  const text = printSummary(summarise(sampleRecord()));

  test('fits 100 columns', () => {
    const widths = text.split('\n').map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(100);
  });

  test('fits 100 columns with long class names, and keeps their ends', () => {
    const record = sampleRecord();
    const [first] = record.classes;
    const classes = first ? [{ ...first, resourceClass: `acme/${'x'.repeat(80)}-the-end` }] : [];
    const long = printSummary(summarise({ ...record, classes }));
    expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(long).toMatch(/…x+-the-end /);
  });

  test('stands in columns: every row of a table ends in the same column', () => {
    for (const table of text.split('\n\n').slice(1, 4)) {
      const rows = table.split('\n');
      expect(rows.length).toBe(5);
      expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    }
  });

  test('names units, seed, rule and that it is a simulation', () => {
    for (const part of [
      '(seconds)',
      'hours',
      '(USD)',
      'seed 7',
      'rule runner-scaler',
      'simulation',
    ])
      expect(text).toContain(part);
  });

  test('has a row for each class and one for all, with its figures', () => {
    const { wait } = summarise(sampleRecord()).all;
    expect(text).toMatch(/^acme\/linux-large +\d/m);
    expect(text).toMatch(
      new RegExp(`^all .* ${wait?.p95.toFixed(1)} .* ${wait?.max.toFixed(1)}$`, 'm'),
    );
  });

  test('says when the run was stopped early', () => {
    expect(text).not.toContain('stopped early');
    expect(printSummary(summarise({ ...sampleRecord(), interrupted: true }))).toContain(
      'stopped early',
    );
  });

  test('shows a dash where there is nothing to say', () => {
    expect(printSummary(summarise(emptyRecord()))).toMatch(/acme\/quiet +0 +0( +–){5}$/m);
  });

  test('has no cost where the price of one class is not known, and says so', () => {
    const [first, ...others] = sampleRecord().classes;
    const classes = first
      ? [{ ...first, totals: { ...first.totals, machineCost: null } }, ...others]
      : [];
    const unpriced = summarise({ ...sampleRecord(), classes });
    expect(unpriced.all.machineCost).toBeNull();
    expect(unpriced.classes[0]?.machineCost).toBeNull();
    expect(unpriced.classes[1]?.machineCost).toBeGreaterThan(0);
    expect(printSummary(unpriced)).toMatch(/^all .* unknown$/m);
  });

  test('lets no control character of the data reach the terminal', () => {
    const title = 'a\u001B[2Jb\r\nc\u009Bd';
    expect(printSummary(summarise({ ...sampleRecord(), title }))).toContain(
      'a\uFFFD[2Jb\uFFFD\uFFFDc\uFFFDd',
    );
  });
});
