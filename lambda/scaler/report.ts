/**
 * The report as CloudWatch takes it: one JSON line per class and look, or per machine that ended, that is the log line and, by
 * the Embedded Metric Format, the metrics too. Writing it is no API call and needs no permission.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import {
  BOOT_METRIC,
  BOOT_PHASE,
  CLASS_METRIC,
  DIMENSION,
  ENDED_METRIC,
  HOLD_BACK_METRIC,
  METRIC_NAMESPACE,
  type RunnerOutcome,
} from './contract.ts';
import type { LastWord } from './invocation-event.ts';
import { type Held, heldByOperator } from './fleet/hold.ts';
import { suspensionWarning } from './fleet/suspended.ts';
import { encodeState } from './hold-back/state.ts';
import { holdBackWarning } from './hold-back/warning.ts';
import type { Outcome } from './look-ports.ts';

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
  const { fleet, at, demand, decision, failure, holdBack } = outcome;
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
    ...(holdBack?.kind === 'held' && { [HOLD_BACK_METRIC[holdBack.cause]]: 1 }),
  };
  const held = heldByOperator(fleet, at);
  const warning = warningOf(outcome, held);
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
    finishing: outcome.finishing,
    hold: held?.sentence,
    holdBack: holdBack && encodeState(holdBack),
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

/** Everything that a person should know of the class, in one text; undefined when there is nothing. */
function warningOf(outcome: Outcome, held: Held | undefined): string | undefined {
  const { fleet, holdBack, trouble } = outcome;
  // What is suspended for a hold-back is told with it.
  const heldBoots = holdBack?.kind === 'held' && holdBack.cause === 'boots-fail';
  const others = fleet.suspended.filter((process) => process !== 'Launch');
  const found = [
    holdBackWarning(fleet, holdBack),
    suspensionWarning(heldBoots ? { ...fleet, suspended: others } : fleet),
    held?.unclear ? held.sentence : undefined,
    trouble === undefined ? undefined : `the last launch came to nothing; AWS says: ${trouble}`,
  ].filter((each) => each !== undefined);
  return found.length === 0 ? undefined : found.join('; ');
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

/** How a machine should not end: somebody has to look at its boot, its agent or its task. */
const TROUBLE: ReadonlySet<RunnerOutcome> = new Set(['boot-failed', 'agent-failed', 'expired']);

/**
 * The line for a machine's last word: its story, which outlives it.
 *
 * @param at milliseconds since the epoch at which the word was heard
 */
export function lastWordLine(scaler: string, word: LastWord, at: number): string {
  const { resourceClass, instanceId, outcome, reason, phases } = word;
  const ended = ENDED_METRIC[outcome];
  const bootSeconds = phases[BOOT_PHASE];
  return JSON.stringify({
    level: TROUBLE.has(outcome) ? 'WARN' : 'INFO',
    message: 'runner ended',
    timestamp: new Date(at).toISOString(),
    [DIMENSION.scaler]: scaler,
    [DIMENSION.resourceClass]: resourceClass,
    instanceId,
    outcome,
    reason,
    phases,
    [ended]: 1,
    [BOOT_METRIC]: bootSeconds,
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          ...DIRECTIVE,
          Metrics: [
            { Name: ended, Unit: 'Count' },
            ...(bootSeconds === undefined ? [] : [{ Name: BOOT_METRIC, Unit: 'Seconds' }]),
          ],
        },
      ],
    },
  });
}
