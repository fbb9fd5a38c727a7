import { describe, expect, test } from '@jest/globals';
import { expressionOf } from '../../../simulator/monitoring/expression.ts';

describe('metric math', () => {
  const values = new Map([
    ['one', 1],
    ['zero', 0],
    ['many', 30],
  ]);
  const valueOf = (id: string) => values.get(id);

  test.each([
    ['many', 30],
    ['missing', undefined],
    ['FILL(missing, 0)', 0],
    ['FILL(missing, 2.5)', 2.5],
    ['FILL(many, 0)', 30],
    ['many > 29', 1],
    ['many<=29', 0],
    ['missing >= 1', undefined],
    // The table in AWS's page on IF.
    ['IF(one, many, zero)', 30],
    ['IF(one, missing, zero)', 0],
    ['IF(zero, zero, many)', 30],
    ['IF(zero, one, missing)', undefined],
    ['IF(zero, one)', undefined],
    ['IF(missing, many, many)', undefined],
    ['IF(FILL(missing, 0) > 0, 0, many)', 30],
  ])('%s is %j', (text, value) => {
    expect(expressionOf(text)(valueOf)).toBe(value);
  });

  test.each(['', 'FILL(one', 'SUM(one)', 'one + one', 'one one', 'FILL()', 'IF one', '1 < 2 < 3'])(
    '%j is not understood',
    (text) => {
      expect(() => expressionOf(text)).toThrow('the expression');
    },
  );
});
