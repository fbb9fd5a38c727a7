/** The names of the metrics that the scaler writes. */
import type { Cause } from '../policy.ts';
import type { RunnerOutcome } from './events.ts';

/** CloudWatch namespace and dimensions of every metric the scaler writes. */
export const METRIC_NAMESPACE = 'RunnerScaler';
export const DIMENSION = { scaler: 'Scaler', resourceClass: 'ResourceClass' } as const;

/**
 * Metrics per resource class and pass. The group's own metrics (desired, in service, pending) come
 * from Auto Scaling free of charge and are not written again.
 */
export const CLASS_METRIC = {
  /** Tasks that wait for a runner. */
  unclaimed: 'UnclaimedTasks',
  /** Runners that are wanted and held back because launching them is futile, while there are some. */
  held: 'HeldRunners',
  /** 1 when the pass failed for this class and its capacity was left alone. */
  failed: 'FailedPasses',
} as const;

/** Metrics per resource class: 1 in each pass in which launches are held back for the cause, else nothing. */
export const HOLD_BACK_METRIC = {
  'boots-fail': 'HeldForBoots',
  'agents-fail': 'HeldForAgents',
  'tasks-unclaimed': 'HeldForUnclaimedTasks',
} as const satisfies Record<Cause, string>;

/**
 * Metrics per resource class, written by a machine's last word: 1 for how it ended, if not as it should. Those
 * that served are in the log alone: a metric is billed for each hour in which it gets data.
 */
export const ENDED_METRIC = {
  idle: 'RunnersIdle',
  'boot-failed': 'BootsFailed',
  'agent-failed': 'AgentsFailed',
  interrupted: 'RunnersInterrupted',
  expired: 'RunnersExpired',
} as const satisfies Record<Exclude<RunnerOutcome, 'served'>, string>;
