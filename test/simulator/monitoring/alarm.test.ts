import { describe, expect, test } from '@jest/globals';
import { type AlarmProperties, stateOf } from '../../../simulator/monitoring/alarm.ts';
import { dataOf, metricKey } from '../../../simulator/monitoring/emf.ts';
import { createMetricStore } from '../../../simulator/monitoring/metric-store.ts';

const ALARM: AlarmProperties = {
  AlarmName: 'a',
  Namespace: 'N',
  MetricName: 'M',
  Statistic: 'Maximum',
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 3,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
};
const KEY = metricKey('N', 'M', {});

const HOW = { extraPeriods: 2, aligned: true, lateMinutes: 0 };

/** Oldest first, as AWS writes it: 0 is well, X is beyond the threshold, - is missing. */
function storeOf(points: string) {
  const store = createMetricStore();
  for (const [minute, point] of points.split(' ').entries()) {
    if (point !== '-') store.put({ key: KEY, at: 60_000 * minute, value: point === 'X' ? 1 : 0 });
  }
  return store;
}

describe('an alarm of three periods that looks at five', () => {
  // The table in AWS's page on missing data.
  test.each([
    ['0 - X - X', 'OK', 'OK'],
    ['0 - - - -', 'OK', 'OK'],
    ['- - - - -', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'OK'],
  ] as const)(
    'is, after %s, %s where missing is breaching, and else %s',
    (points, breaching, not) => {
      const how = {
        store: storeOf(points),
        now: 300_000,
        extraPeriods: 2,
        aligned: true,
        lateMinutes: 0,
      };
      expect(stateOf({ ...ALARM, TreatMissingData: 'breaching' }, how)).toBe(breaching);
      expect(stateOf(ALARM, how)).toBe(not);
    },
  );

  // The second table: two of three.
  test.each([
    ['0 - X - X', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM'],
    ['0 - X - -', 'ALARM', 'OK'],
    ['- - - - 0', 'ALARM', 'OK'],
    ['- - - - X', 'ALARM', 'OK'],
  ] as const)('and wants two is, after %s, %s, or else %s', (points, breaching, not) => {
    const how = { ...HOW, store: storeOf(points), now: 300_000 };
    const alarm = { ...ALARM, DatapointsToAlarm: 2 };
    expect(stateOf({ ...alarm, TreatMissingData: 'breaching' }, how)).toBe(breaching);
    expect(stateOf(alarm, how)).toBe(not);
  });

  test('does not see what comes late', () => {
    const how = { ...HOW, store: storeOf('0 0 X X X'), now: 300_000 };
    expect(stateOf(ALARM, how)).toBe('ALARM');
    expect(stateOf(ALARM, { ...how, lateMinutes: 1 })).toBe('OK');
  });

  test('judges what an expression fills in, and looks no farther back', () => {
    const metric = { Namespace: 'N', MetricName: 'M', Dimensions: [] };
    const alarm: AlarmProperties = {
      ...ALARM,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      Metrics: [
        { Id: 'expr_1', Expression: 'FILL(m, 0)' },
        { Id: 'm', ReturnData: false, MetricStat: { Metric: metric, Period: 60, Stat: 'Sum' } },
      ],
    };
    const how = { ...HOW, store: storeOf('X X - - -'), now: 300_000 };
    expect(stateOf(alarm, how)).toBe('ALARM');
    expect(stateOf({ ...ALARM, Threshold: 2 }, how)).toBe('OK');
    expect(stateOf(alarm, { ...how, now: 240_000 })).toBe('OK');
    const strange = { ...alarm, Metrics: [{ Id: 'expr_1', Expression: 'FILL(other, 0)' }] };
    expect(() => stateOf(strange, how)).toThrow('a has');
  });

  test('adds up a long period, and takes an aligned one as far as it is', () => {
    const alarm: AlarmProperties = {
      ...ALARM,
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      Threshold: 3,
    };
    const how = { store: storeOf('X - X X - - - -'), extraPeriods: 0, lateMinutes: 0 };
    expect(stateOf(alarm, { ...how, now: 180_000, aligned: true })).toBe('OK');
    expect(stateOf(alarm, { ...how, now: 240_000, aligned: true })).toBe('ALARM');
    expect(stateOf(alarm, { ...how, now: 360_000, aligned: false })).toBe('OK');
  });
});

describe('the metrics of a line', () => {
  const directive = (Name: string, Unit = 'Count') => ({
    CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [['D']], Metrics: [{ Name, Unit }] }],
    Timestamp: 60_000,
  });

  test('have their value, dimensions and time, and are billed by the hour', () => {
    const [datum] = dataOf(JSON.stringify({ D: 'd', M: 2, _aws: directive('M') }));
    expect(datum).toEqual({ key: metricKey('N', 'M', { D: 'd' }), at: 60_000, value: 2 });
    const store = createMetricStore();
    for (const at of [0, 60_000, 3_599_999, 3_600_000, 9_000_000]) {
      store.put({ key: 'k', at, value: 1 });
    }
    expect(store.billedHours().get('k')).toBe(3);
    expect(dataOf('{"D":"d"}')).toEqual([]);
  });

  test.each([
    [{ D: 'd', _aws: directive('M') }, 'CloudWatch would drop M'],
    [{ M: 1, _aws: directive('M') }, 'CloudWatch would drop M'],
    [{ D: 'd', M: 1, _aws: directive('M', 'Tasks') }, 'M has the unit Tasks'],
  ])('of %j are an error', (line, message) => {
    expect(() => dataOf(JSON.stringify(line))).toThrow(message);
  });
});
