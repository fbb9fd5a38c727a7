/** The metrics as alarms and the dashboard refer to them; their names are those that the scaler writes. */
import { aws_cloudwatch as cloudwatch, type Duration } from 'aws-cdk-lib';
import { DIMENSION, METRIC_NAMESPACE } from '../../lambda/scaler/contract.ts';

export interface MetricWish {
  readonly name: string;
  readonly statistic: 'Average' | 'Maximum' | 'Sum';
  readonly period: Duration;
  readonly label?: string;
  readonly color?: string;
}

/** One of a class, or, without it, of the scaler. */
export function scalerMetric(
  of: { readonly scaler: string; readonly resourceClass?: string },
  wish: MetricWish,
): cloudwatch.Metric {
  return metricOf(METRIC_NAMESPACE, {
    ...wish,
    dimensions: {
      [DIMENSION.scaler]: of.scaler,
      ...(of.resourceClass !== undefined && { [DIMENSION.resourceClass]: of.resourceClass }),
    },
  });
}

/** One that Lambda writes, free of charge. */
export function functionMetric(functionName: string, wish: MetricWish): cloudwatch.Metric {
  return metricOf('AWS/Lambda', { ...wish, dimensions: { FunctionName: functionName } });
}

/** One that Auto Scaling writes, free of charge. */
export function groupMetric(group: string, wish: MetricWish): cloudwatch.Metric {
  return metricOf('AWS/AutoScaling', { ...wish, dimensions: { AutoScalingGroupName: group } });
}

function metricOf(
  namespace: string,
  {
    name,
    statistic,
    dimensions,
    ...look
  }: MetricWish & { readonly dimensions: Readonly<Record<string, string>> },
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace,
    metricName: name,
    dimensionsMap: { ...dimensions },
    statistic,
    ...look,
  });
}
