/**
 * An alarm of a template, evaluated at the end of each minute as CloudWatch does. It looks at more periods than the alarm
 * has, by a number that AWS does not publish: enough real data points there are taken for all there is, and only else is
 * what is missing filled in. What an expression fills in is a real data point.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
import { metricKey } from './emf.ts';
import { expressionOf, type Value } from './expression.ts';
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

const MINUTE_MS = 60_000;

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const BREACHES: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

export interface Evaluating {
  readonly store: MetricStore;
  /** Milliseconds since the epoch, at the end of a minute. */
  readonly now: number;
  /** Whole minutes from the end of a minute until its data are there; AWS says nothing of it. */
  readonly lateMinutes: number;
  /** Periods that are looked at beyond those of the alarm. */
  readonly extraPeriods: number;
  /** Whether periods begin at their multiples since the epoch, or end at the moment of the evaluation. */
  readonly aligned: boolean;
}

/** One evaluation; to evaluate an alarm often, see `evaluatorOf`. */
export function stateOf(alarm: AlarmProperties, { store, ...how }: Evaluating): AlarmState {
  return evaluatorOf(alarm, store)(how);
}

/** @throws Error for an alarm with what is not understood */
export function evaluatorOf(
  alarm: AlarmProperties,
  store: MetricStore,
): (how: Omit<Evaluating, 'store'>) => AlarmState {
  const isBeyond = BREACHES[alarm.ComparisonOperator];
  if (isBeyond === undefined) throw new Error(`${alarm.ComparisonOperator} is not understood`);
  const { period, value } = dataFor(alarm, store);
  const periodMs = 1000 * period;
  const { EvaluationPeriods: count, DatapointsToAlarm, Threshold } = alarm;
  const missing = alarm.TreatMissingData === 'breaching';
  const breaches = (point: number) => isBeyond(point, Threshold);
  return ({ now, lateMinutes, extraPeriods, aligned }) => {
    // An aligned one may still be under way.
    const end = aligned ? Math.ceil(now / periodMs) * periodMs : now;
    const thereUntil = now - lateMinutes * MINUTE_MS;
    const points = Array.from({ length: count + extraPeriods }, (_, back) =>
      value({ from: end - (back + 1) * periodMs, to: Math.min(end - back * periodMs, thereUntil) }),
    );
    const real = points.filter((point) => point !== undefined);
    const judged =
      real.length >= count
        ? real.slice(0, count).map(breaches)
        : filled(points, { count, missing, breaches });
    return judged.filter(Boolean).length >= DatapointsToAlarm ? 'ALARM' : 'OK';
  };
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

interface Period {
  readonly from: number;
  readonly to: number;
}

interface AlarmData {
  /** In seconds. */
  readonly period: number;
  readonly value: (period: Period) => Value;
}

function dataFor(alarm: AlarmProperties, store: MetricStore): AlarmData {
  if (alarm.Metrics === undefined) {
    const { Period = Number.NaN, Statistic = 'Sum' } = alarm;
    const key = keyOf(alarm);
    return { period: Period, value: (period) => store.value(key, Statistic, period) };
  }
  const metrics = new Map(
    alarm.Metrics.flatMap(({ Id, MetricStat }) =>
      MetricStat === undefined
        ? []
        : [[Id, { ...MetricStat, key: keyOf(MetricStat.Metric) }] as const],
    ),
  );
  const returned = alarm.Metrics.find(({ ReturnData }) => ReturnData !== false);
  const [period = Number.NaN, ...others] = new Set(
    [...metrics.values()].map((each) => each.Period),
  );
  if (returned?.Expression === undefined || others.length > 0) {
    throw new Error(`${alarm.AlarmName} has metrics that are not understood`);
  }
  const expression = expressionOf(returned.Expression);
  return {
    period,
    value: (span) =>
      expression((id) => {
        const metric = metrics.get(id);
        if (metric === undefined) throw new Error(`${alarm.AlarmName} has no metric ${id}`);
        return store.value(metric.key, metric.Stat, span);
      }),
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
