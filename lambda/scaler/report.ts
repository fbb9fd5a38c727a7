/**
 * The report as CloudWatch takes it: one JSON line per class and pass, or per machine that ended, that is the log line and, by
 * the Embedded Metric Format, the metrics too. Writing it is no API call and needs no permission.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { BOOT_PHASE, type LastWord, type RunnerOutcome } from './contract/events.ts';
import { LIMIT_FIELD } from './contract/log-fields.ts';
import {
  CLASS_METRIC,
  DIMENSION,
  ENDED_METRIC,
  HOLD_BACK_METRIC,
  METRIC_NAMESPACE,
  SCALER_METRIC,
  unitOf,
} from './contract/metrics.ts';
import type { Settings } from './contract/settings.ts';
import type { RateLimit } from './demand/source.ts';
import type { Held } from './fleet/hold.ts';
import { heldAt, scheduledAt } from './fleet/scheduled.ts';
import { suspensionWarning } from './fleet/suspended.ts';
import { suspends } from './hold-back/launch-process.ts';
import { encodeState } from './hold-back/state.ts';
import { holdBackWarning } from './hold-back/warning.ts';
import type { Outcome, Report } from './pass.ts';
import { troublesOf, waitsOf } from './troubles.ts';

const OF_CLASS = [DIMENSION.scaler, DIMENSION.resourceClass];
const OF_SCALER = [DIMENSION.scaler];

/** The scaler's name, and whether what it counts becomes metrics. */
export type Reporting = Pick<Settings, 'name' | 'metrics'>;

/** A class at rest has a line once in so many minutes. */
export const REST_MINUTES = 10;
const MINUTE_MS = 60_000;

/**
 * Writes the lines of one container: one where something changed, and else one a minute for a class with
 * work and one in ten minutes for a class at rest. A line for each pass would cost more than the passes.
 */
export function outcomeLines(
  { name, metrics }: Reporting,
  write: (line: string) => void,
): Report['outcome'] {
  const told = new Map<string, string>();
  return (outcome, by) => {
    const { fleet, at } = outcome;
    const { _aws, ...line } = lineOf(name, outcome);
    const said = JSON.stringify({ ...line, ...PASSING });
    const isDue =
      by === 'schedule' &&
      (_aws !== undefined || !isAtRest(outcome) || Math.floor(at / MINUTE_MS) % REST_MINUTES === 0);
    if (isDue || told.get(fleet.group) !== said)
      write(JSON.stringify(metrics ? { ...line, _aws } : line));
    told.set(fleet.group, said);
  };
}

/** What differs from pass to pass is no change. */
const PASSING = {
  timestamp: undefined,
  [CLASS_METRIC.queueSeconds]: undefined,
  [SCALER_METRIC.queueSecondsBelowMax]: undefined,
  ...Object.fromEntries(Object.values(LIMIT_FIELD).map((field) => [field, undefined])),
};

/** The line for one outcome. */
export function outcomeLine(scaler: string, outcome: Outcome): string {
  return JSON.stringify(lineOf(scaler, outcome));
}

/**
 * Unknown counts are left out, never written as zero. CloudWatch bills each metric for each hour in which it
 * gets data, so two numbers of a class are metrics while it has tasks, and what is seldom is one when it happens.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
function lineOf(scaler: string, outcome: Outcome) {
  const { fleet, at, demand, decision, failure, holdBack } = outcome;
  const held = heldAt(fleet, at);
  const scheduled = scheduledAt(fleet, at);
  const warning = warningOf(outcome, held);
  const hasTasks = demand !== undefined && demand.unclaimed + demand.running > 0;
  const waits = waitsOf(outcome);
  const troubles = troublesOf(outcome);
  const ofClass = {
    ...(hasTasks && { [CLASS_METRIC.unclaimed]: demand.unclaimed }),
    ...waits.ofClass,
    ...troubles,
    ...(holdBack?.kind === 'held' && { [HOLD_BACK_METRIC[holdBack.cause]]: 1 }),
  };
  const ofScaler = { ...waits.ofScaler, ...troubles };
  return {
    level: failure ? 'ERROR' : warning ? 'WARN' : 'INFO',
    message: 'pass',
    timestamp: new Date(at).toISOString(),
    [DIMENSION.scaler]: scaler,
    [DIMENSION.resourceClass]: fleet.resourceClass,
    group: fleet.group,
    ...(demand && { [CLASS_METRIC.unclaimed]: demand.unclaimed }),
    ...ofClass,
    ...ofScaler,
    running: demand?.running,
    want: decision?.want,
    action: decision?.action,
    reason: decision?.reason,
    desired: decision?.desired,
    previousDesired: fleet.desired,
    min: fleet.min,
    max: fleet.max,
    headroom: scheduled.headroom,
    schedule: scheduled.sentence,
    pending: fleet.pending.length,
    inService: fleet.inService.length,
    finishing: outcome.finishing,
    hold: held?.sentence,
    holdBack: holdBack && encodeState(holdBack),
    warning,
    ...limitOf(outcome.rateLimit),
    failure: failure?.kind,
    error: failure?.message,
    _aws: metricsOf(at, { ofClass: Object.keys(ofClass), ofScaler: Object.keys(ofScaler) }),
  };
}

function limitOf(rateLimit: RateLimit | undefined): Readonly<Record<string, unknown>> {
  if (rateLimit === undefined) return {};
  const { of, left, limit, resetAt } = rateLimit;
  return {
    [LIMIT_FIELD.of]: of,
    [LIMIT_FIELD.left]: left,
    [LIMIT_FIELD.limit]: limit,
    [LIMIT_FIELD.percent]: Math.floor((100 * left) / limit),
    [LIMIT_FIELD.resets]: resetAt === undefined ? undefined : new Date(resetAt).toISOString(),
  };
}

/** Everything that a person should know of the class, in one text; undefined when there is nothing. */
function warningOf(outcome: Outcome, held: Held | undefined): string | undefined {
  const { fleet, holdBack, trouble } = outcome;
  // What is suspended for a hold-back is part of its warning.
  const others = fleet.suspended.filter((process) => process !== 'Launch');
  const found = [
    holdBackWarning(fleet, holdBack),
    suspensionWarning(suspends(holdBack) ? { ...fleet, suspended: others } : fleet),
    held?.unclear ? held.sentence : undefined,
    trouble === undefined
      ? undefined
      : `the last launch came to nothing; AWS says: ${trouble.replace(/\.$/, '')}; the group tries again by itself, and ` +
        'if it goes on, change what AWS names',
  ].filter((each) => each !== undefined);
  return found.length === 0 ? undefined : found.join('; ');
}

export function isAtRest({ fleet, demand, failure }: Outcome): boolean {
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
export function lastWordLine({ name, metrics }: Reporting, word: LastWord, at: number): string {
  const { resourceClass, instanceId, outcome, reason, phases } = word;
  const ended = outcome === 'served' || outcome === 'idle' ? undefined : ENDED_METRIC[outcome];
  return JSON.stringify({
    level: TROUBLE.has(outcome) ? 'WARN' : 'INFO',
    message: 'runner ended',
    timestamp: new Date(at).toISOString(),
    [DIMENSION.scaler]: name,
    [DIMENSION.resourceClass]: resourceClass,
    instanceId,
    outcome,
    reason,
    phases,
    bootSeconds: phases[BOOT_PHASE],
    ...(ended !== undefined && { [ended]: 1 }),
    ...(ended !== undefined &&
      metrics && { _aws: metricsOf(at, { ofClass: [ended], ofScaler: [ended] }) }),
  });
}

interface MetricNames {
  readonly ofClass: readonly string[];
  readonly ofScaler: readonly string[];
}

/** Undefined where there is none. */
function metricsOf(at: number, { ofClass, ofScaler }: MetricNames) {
  const directives = [
    { dimensions: OF_CLASS, names: ofClass },
    { dimensions: OF_SCALER, names: ofScaler },
  ].filter(({ names }) => names.length > 0);
  if (directives.length === 0) return undefined;
  return {
    Timestamp: at,
    CloudWatchMetrics: directives.map(({ dimensions, names }) => ({
      Namespace: METRIC_NAMESPACE,
      Dimensions: [dimensions],
      Metrics: names.map((Name) => ({ Name, Unit: unitOf(Name) })),
    })),
  };
}
