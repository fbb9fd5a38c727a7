import { describe, expect, test } from '@jest/globals';
import { parseCompareOptions } from '../../../../simulator/experiment/compare/options.ts';
import { SCENARIOS } from '../../../../simulator/experiment/scenarios.ts';
import { RULES } from '../../../../simulator/experiment/rules/all.ts';

const parse = (...args: string[]) => parseCompareOptions(args, 2);

describe("the comparison's command line", () => {
  test('runs every rule on every built-in workload in the plain scenario by default', () => {
    expect(parse()).toMatchObject({
      rules: RULES.map(({ name }) => name),
      workloads: [
        'steady',
        'bursty',
        'sparse',
        'working-day',
        'ten-classes',
        'unannounced-day',
        'unannounced-week',
      ],
      scenarios: ['plain'],
      seeds: 8,
      processes: 2,
    });
  });

  test('keeps the order of the lists, whatever order is asked for', () => {
    expect(parse('--rules', 'vela, oracle', '--scenario=stuck,plain')).toMatchObject({
      rules: ['oracle', 'vela'],
      scenarios: ['plain', 'stuck'],
    });
  });

  test('takes "all" for every one of a list', () => {
    expect(parse('--scenario=all')?.scenarios).toEqual(SCENARIOS.map(({ name }) => name));
  });

  test('takes the options of the local run for a trace', () => {
    const options = parse('--trace', 'jobs.csv', '--stages', 'a,b,*', '--seeds', '3', '--hours=2');
    expect(options).toMatchObject({ seeds: 3, workloads: [] });
    expect(options?.run).toMatchObject({ trace: 'jobs.csv', stages: ['a', 'b', '*'], hours: 2 });
  });

  test('shows help', () => {
    expect(parse('--help')).toBeUndefined();
  });

  test.each([
    [['--rules', 'nobody'], '--rules names "nobody"; allowed: oracle, lagged-oracle,'],
    [['--seeds', '0'], '--seeds is "0"; allowed: a whole number from 1 to 9999'],
    [['--seeds'], '--seeds has no value'],
    [['--sedes', '3'], '--sedes'],
    [['--workload', 'steady', '--trace', 'x.csv'], 'allowed: one of them'],
  ])('refuses %j', (args, problem) => {
    expect(() => parse(...args)).toThrow(problem);
  });
});
