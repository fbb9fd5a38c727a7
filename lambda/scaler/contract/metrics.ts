/** The names and units of all metrics that the scaler writes. */
import type { Cause } from '../policy.ts';
import type { RunnerOutcome } from './events.ts';

/**
 * CloudWatch namespace and dimensions of every metric the scaler writes. One with the scaler alone has no class: it is
 * written by each class in trouble, so its maximum is that of the worst class, which the log names.
 */
export const METRIC_NAMESPACE = 'RunnerScaler';
export const DIMENSION = { scaler: 'Scaler', resourceClass: 'ResourceClass' } as const;

/**
 * Metrics per resource class while it has tasks. CloudWatch bills a metric for each hour in which it gets data, so there are
 * only these two. The group's own metrics (desired, in service, pending) come from Auto Scaling free of charge and
 * are not written again.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
export const CLASS_METRIC = {
  /** Tasks that wait for a runner. */
  unclaimed: 'UnclaimedTasks',
  /** Seconds for which a task has waited at least, while some wait; see `waiting.ts`. */
  queueSeconds: 'QueueSeconds',
} as const;

/** Written only while it is so, for the class and for the scaler: what somebody may have to be told of. */
export const TROUBLE_METRIC = {
  /** 1 when a pass failed for the class and its capacity was left alone. */
  failed: 'FailedPasses',
  /** 1 when it failed because the source refused the credential, or there is none. */
  credentialRefused: 'CredentialsRefused',
  /** Seconds for which a task has waited at least while its class might have had more machines, from two minutes on. */
  waitsBelowMax: 'QueueSecondsBelowMax',
  /** Tasks that wait while the class is at its maximum. */
  atMax: 'TasksAtMax',
  /** 1 while the group owes machines, and the last launch came to nothing. */
  launchFailed: 'LaunchesFailed',
  /** Runners that are wanted and held back because launching them is futile. */
  held: 'HeldRunners',
  /** Machines beyond the wanted ones, where they are many; see `EXCESS`. */
  excess: 'RunnersBeyondDemand',
  /** Scaling processes that somebody has suspended, and that the rule counts on. */
  suspended: 'ProcessesSuspended',
} as const;

/** Metrics per resource class: 1 in each pass in which launches are held back for the cause, else nothing. */
export const HOLD_BACK_METRIC = {
  'boots-fail': 'HeldForBoots',
  'agents-fail': 'HeldForAgents',
  'tasks-unclaimed': 'HeldForUnclaimedTasks',
} as const satisfies Record<Cause, string>;

/**
 * Metrics per resource class and for the scaler, written by a machine's last word: 1 for how it ended, if not as it
 * should. Those that served, or waited in vain for a task, are in the log alone.
 */
export const ENDED_METRIC = {
  'boot-failed': 'BootsFailed',
  'agent-failed': 'AgentsFailed',
  interrupted: 'RunnersInterrupted',
  expired: 'RunnersExpired',
} as const satisfies Record<Exclude<RunnerOutcome, 'served' | 'idle'>, string>;

/** Their unit as CloudWatch names it. */
export function unitOf(metric: string): 'Count' | 'Seconds' {
  return metric.startsWith('QueueSeconds') ? 'Seconds' : 'Count';
}
