/**
 * An alarm of a template, evaluated each minute as CloudWatch does. It looks at more periods than the alarm has, by a
 * number that AWS does not publish: enough real data points there are taken for all there is, and only else is
 * what is missing filled in.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
import { metricKey } from './emf.ts';
import type { MetricStore, Statistic } from './metric-store.ts';

/** The properties of `AWS::CloudWatch::Alarm` that are understood; others are refused. */
export interface AlarmProperties {
  readonly AlarmName: string;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Statistic?: Statistic;
  readonly Period?: number;
  readonly Metrics?: readonly MetricQuery[];
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
}

interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly ReturnData?: boolean;
  readonly MetricStat?: {
    readonly Metric: Pick<AlarmProperties, 'Namespace' | 'MetricName' | 'Dimensions'>;
    readonly Period: number;
    readonly Stat: Statistic;
  };
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const BREACHES: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

/** The only expression that the templates have. */
const BELOW_MAX = 'IF(FILL(atMax, 0) > 0, 0, waited)';

export interface Evaluating {
  readonly store: MetricStore;
  /** Milliseconds since the epoch, at the end of a minute; what comes later is not there yet. */
  readonly now: number;
  /** Periods that are looked at beyond those of the alarm. */
  readonly extraPeriods: number;
  /** Whether periods begin at their multiples since the epoch, or end at the moment of the evaluation. */
  readonly aligned: boolean;
}

export function stateOf(
  alarm: AlarmProperties,
  { store, now, extraPeriods, aligned }: Evaluating,
): AlarmState {
  const breaches = BREACHES[alarm.ComparisonOperator];
  if (breaches === undefined) throw new Error(`${alarm.ComparisonOperator} is not understood`);
  const { period, value } = dataFor(alarm, store);
  const periodMs = 1000 * period;
  const count = alarm.EvaluationPeriods;
  // An aligned one may still be under way.
  const end = aligned ? Math.ceil(now / periodMs) * periodMs : now;
  const points = Array.from({ length: count + extraPeriods }, (_, back) =>
    value({ from: end - (back + 1) * periodMs, to: Math.min(end - back * periodMs, now) }),
  );
  const real = points.filter((point) => point !== undefined);
  const missing = alarm.TreatMissingData === 'breaching';
  const judged =
    real.length >= count
      ? real.slice(0, count).map((point) => breaches(point, alarm.Threshold))
      : filled(points, { count, missing, breaches: (point) => breaches(point, alarm.Threshold) });
  return judged.filter(Boolean).length >= alarm.DatapointsToAlarm ? 'ALARM' : 'OK';
}

interface Filling {
  readonly count: number;
  readonly missing: boolean;
  readonly breaches: (point: number) => boolean;
}

/** All real data points of the range count, however old; as few missing ones as are needed beside them, newest first. */
function filled(points: readonly (number | undefined)[], { count, missing, breaches }: Filling) {
  const real = points.filter((point) => point !== undefined).map(breaches);
  return [...real, ...Array.from({ length: count - real.length }, () => missing)];
}

interface AlarmData {
  readonly period: number;
  readonly value: (span: { readonly from: number; readonly to: number }) => number | undefined;
}

function dataFor(alarm: AlarmProperties, store: MetricStore): AlarmData {
  if (alarm.Metrics === undefined) {
    const { Period = Number.NaN, Statistic = 'Sum' } = alarm;
    const key = keyOf(alarm);
    return { period: Period, value: (span) => store.value(key, Statistic, span) };
  }
  const named = new Map(alarm.Metrics.map((query) => [query.Id, query]));
  const expression = alarm.Metrics.find(({ Expression }) => Expression !== undefined);
  const [atMax, waited] = ['atMax', 'waited'].map((id) => named.get(id)?.MetricStat);
  if (expression?.Expression !== BELOW_MAX || !atMax || !waited) {
    throw new Error(`${alarm.AlarmName} has an expression that is not understood`);
  }
  return {
    period: waited.Period,
    value(span) {
      const isAtMax = (store.value(keyOf(atMax.Metric), atMax.Stat, span) ?? 0) > 0;
      return isAtMax ? 0 : store.value(keyOf(waited.Metric), waited.Stat, span);
    },
  };
}

function keyOf({
  Namespace = '',
  MetricName = '',
  Dimensions = [],
}: Pick<AlarmProperties, 'Namespace' | 'MetricName' | 'Dimensions'>): string {
  return metricKey(
    Namespace,
    MetricName,
    Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
  );
}
