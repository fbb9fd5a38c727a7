/** The alarms of one scaler, and the topic they tell. */
import {
  aws_cloudwatch as cloudwatch,
  aws_cloudwatch_actions as actions,
  aws_sns as sns,
  Duration,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type {
  ResolvedAlarms,
  ResolvedConfig,
  ResolvedFleet,
} from '../../config/resolved-config.ts';
import { type AlarmKind, alarmKinds } from './alarm-kinds.ts';
import { functionMetric, scalerMetric } from './metrics.ts';
import { AlarmTopic } from './topic.ts';

const COMPARISON = {
  'at least': cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  'more than': cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
  'less than': cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

/** Were nothing filled in, no data would still mean 0. */
const MISSING = {
  'at least': cloudwatch.TreatMissingData.NOT_BREACHING,
  'more than': cloudwatch.TreatMissingData.NOT_BREACHING,
  'less than': cloudwatch.TreatMissingData.BREACHING,
} as const;

export interface AlarmsProps {
  readonly config: Pick<ResolvedConfig, 'fleets' | 'name'>;
  readonly alarms: ResolvedAlarms;
  /** The name of the scaler's function. */
  readonly functionName: string;
}

export class Alarms extends Construct {
  /** The kinds in their order; where each class has its own, the classes in theirs. */
  readonly all: readonly cloudwatch.Alarm[];
  readonly topic: sns.ITopic;

  constructor(scope: Construct, id: string, { config, alarms, functionName }: AlarmsProps) {
    super(scope, id);
    const { name, fleets } = config;
    this.topic =
      alarms.topicArn === undefined
        ? new AlarmTopic(this, 'Told', { name, emails: alarms.emails }).topic
        : sns.Topic.fromTopicArn(this, 'Told', alarms.topicArn);
    const action = new actions.SnsAction(this.topic);
    const make = (kind: AlarmKind, metric: cloudwatch.MathExpression, fleet?: ResolvedFleet) => {
      const of = fleet === undefined ? '' : `-${fleet.resourceClass}`;
      const alarm = metric.createAlarm(this, idOf(kind, fleet), {
        alarmName: `${name}-${kind.id}${of}`,
        alarmDescription:
          (fleet === undefined ? '' : `${fleet.resourceClass}: `) +
          `${kind.sentence} Scaler ${name}; docs/alarms.md, alarm ${kind.id}.`,
        comparisonOperator: COMPARISON[kind.comparison],
        threshold: kind.threshold,
        evaluationPeriods: kind.outOf,
        datapointsToAlarm: kind.periods,
        treatMissingData: MISSING[kind.comparison],
      });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    };
    this.all = alarmKinds(alarms).flatMap((kind) => {
      const { metric: metricName, statistic } = kind;
      const period = Duration.seconds(kind.periodSeconds);
      const wish = { name: metricName, statistic, period };
      if (kind.of === 'function') return [make(kind, filled(functionMetric(functionName, wish)))];
      const concerned = fleets.filter(
        ({ purchase }) => kind.needsSpot !== true || purchase.option === 'spot',
      );
      if (concerned.length === 0) return [];
      if (!alarms.perClass) return [make(kind, filled(scalerMetric({ scaler: name }, wish)))];
      return concerned.map((fleet) => {
        const of = { scaler: name, resourceClass: fleet.resourceClass };
        return make(kind, filled(scalerMetric(of, wish)), fleet);
      });
    });
  }
}

/**
 * The metric, and 0 for periods without data. CloudWatch looks for data in more periods than an alarm has before it takes
 * any for missing, by a number that it does not publish; so what is missing would be seen late, and old trouble for long.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
function filled(metric: cloudwatch.Metric): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: 'FILL(counted, 0)',
    label: metric.metricName,
    usingMetrics: { counted: metric },
    period: metric.period,
  });
}

/** A slash separates constructs. */
function idOf({ id }: AlarmKind, fleet: ResolvedFleet | undefined): string {
  return fleet === undefined ? id : `${id}-${fleet.resourceClass.replaceAll('/', '.')}`;
}
