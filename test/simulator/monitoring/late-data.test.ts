/** Every alarm comes for a trouble that lasts, however late CloudWatch has the data, with the least and greatest thresholds. */
import { expect, test } from '@jest/globals';
import type { AlarmConfig } from '../../../config/monitoring-config.ts';
import { type AlarmProperties, stateOf } from '../../../simulator/monitoring/alarm.ts';
import { metricKey } from '../../../simulator/monitoring/emf.ts';
import { createMetricStore } from '../../../simulator/monitoring/metric-store.ts';
import { configOf } from '../../lib/stack-fixture.ts';
import { alarmsOf, WAYS } from './stage.ts';

const DAY = 1_440;

/** For more than a day each minute has much of what the alarm reads, or nothing where that is the trouble. */
function troubled({ Metrics = [], ComparisonOperator }: AlarmProperties) {
  const store = createMetricStore();
  const metric = Metrics.find(({ MetricStat }) => MetricStat !== undefined)?.MetricStat?.Metric;
  if (ComparisonOperator === 'LessThanThreshold' || metric === undefined) return store;
  const { Namespace = '', MetricName = '', Dimensions = [] } = metric;
  const names = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const key = metricKey(Namespace, MetricName, names);
  for (let minute = 0; minute < 2 * DAY; minute += 1) {
    store.put({ key, at: 60_000 * minute, value: 100_000 });
  }
  return store;
}

test.each<AlarmConfig>([
  { waitingMinutes: 2, atMaxMinutes: 5, excessMinutes: 15, failedBoots: 1, interruptions: 1 },
  {},
  {
    waitingMinutes: 240,
    atMaxMinutes: DAY,
    excessMinutes: DAY,
    failedBoots: 1_000,
    interruptions: 10_000,
  },
])('every alarm is on for what lasts, with %j', (alarms) => {
  const made = alarmsOf(configOf({ purchase: 'spot' }, { monitoring: { alarms } }));
  for (const alarm of made) {
    const store = troubled(alarm);
    for (const way of WAYS) {
      const state = stateOf(alarm, { ...way, store, now: 60_000 * 2 * DAY });
      expect([alarm.AlarmName, way, state]).toEqual([alarm.AlarmName, way, 'ALARM']);
    }
  }
});
