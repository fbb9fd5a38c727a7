/**
 * The report as CloudWatch takes it: one JSON line per class and look that is the log line and, by
 * the Embedded Metric Format, the metrics too. Writing it is no API call and needs no permission.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { CLASS_METRIC, DIMENSION, METRIC_NAMESPACE } from './contract.ts';
import { suspensionWarning } from './fleet/suspended.ts';
import type { Outcome } from './look.ts';

const DIRECTIVE = {
  Namespace: METRIC_NAMESPACE,
  Dimensions: [[DIMENSION.scaler, DIMENSION.resourceClass]],
};

/**
 * The line for one outcome. Unknown counts are left out of the metrics, never written as zero. A fleet at
 * rest, without a task, an instance or a failure, writes its numbers as a log line only: CloudWatch bills
 * a metric for each hour in which it gets data.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
export function outcomeLine(scaler: string, outcome: Outcome): string {
  const { fleet, at, demand, decision, failure, memory } = outcome;
  const metrics = {
    ...(demand && {
      [CLASS_METRIC.unclaimed]: demand.unclaimed,
      [CLASS_METRIC.running]: demand.running,
    }),
    ...(decision && {
      [CLASS_METRIC.want]: decision.want,
      [CLASS_METRIC.held]: decision.held,
    }),
    [CLASS_METRIC.failed]: failure ? 1 : 0,
  };
  const warning = suspensionWarning(fleet);
  return JSON.stringify({
    level: failure ? 'ERROR' : warning ? 'WARN' : 'INFO',
    message: 'look',
    timestamp: new Date(at).toISOString(),
    [DIMENSION.scaler]: scaler,
    [DIMENSION.resourceClass]: fleet.resourceClass,
    group: fleet.group,
    ...metrics,
    action: decision?.action,
    reason: decision?.reason,
    desired: decision?.desired,
    previousDesired: fleet.desired,
    min: fleet.min,
    max: fleet.max,
    headroom: fleet.headroom,
    pending: fleet.pending.length,
    inService: fleet.inService.length,
    finishing: memory?.finishing,
    idle: memory?.idle,
    breaker: outcome.breaker,
    warning,
    failure: failure?.kind,
    error: failure?.message,
    _aws: isAtRest(outcome)
      ? undefined
      : {
          Timestamp: at,
          CloudWatchMetrics: [
            {
              ...DIRECTIVE,
              Metrics: Object.keys(metrics).map((Name) => ({ Name, Unit: 'Count' })),
            },
          ],
        },
  });
}

function isAtRest({ fleet, demand, failure }: Outcome): boolean {
  const instances = fleet.pending.length + fleet.inService.length + fleet.ending.length;
  return (
    failure === undefined &&
    demand?.unclaimed === 0 &&
    demand.running === 0 &&
    instances + fleet.desired === 0
  );
}
