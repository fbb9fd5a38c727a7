/**
 * What running a rule costs, without the machines: list prices in USD of us-east-1, November 2026,
 * free tiers not counted, secrets, logs and metrics not included.
 */
import type { Host } from './rule.ts';
import type { Usage } from '../drive/usage.ts';

/** @see https://aws.amazon.com/lambda/pricing/ */
const LAMBDA = {
  perGbSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 },
  perInvocation: 0.2e-6,
};

/**
 * A message is sent, by EventBridge at the cost of the queue's owner, received and deleted. Lambda receives
 * and deletes up to ten with one request; the dearer, one each, is taken.
 *
 * @see https://aws.amazon.com/sqs/pricing/
 */
const QUEUE = { perRequest: 0.4e-6, requestsPerMessage: 3 };

/**
 * Lambda asks an empty queue for messages with five long polls at a time, which end after 20 s, the longest
 * there are. Where a maximum of concurrent invocations is set, it does not fall back to fewer. That is 657,000
 * requests a month; the first million of an account is free, which is not counted here.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const POLLS_PER_SECOND = 5 / 20;

/** Those of AWS services on the default bus are free: https://aws.amazon.com/eventbridge/pricing/ */
const PER_OWN_EVENT = 1e-6;

/** The function of this project as lib/scaler-function.ts deploys it. */
export const SCALER_FUNCTION = {
  kind: 'lambda',
  architecture: 'arm64',
  memoryMib: 256,
  queue: true,
} as const satisfies Host;

/** Hours of a month of 365 / 12 days. */
export const HOURS_PER_MONTH = 730;

export interface ControlPlane {
  readonly host: Host;
  readonly usage: Pick<
    Usage,
    'invocations' | 'looks' | 'ranMs' | 'asleepMs' | 'events' | 'messages'
  >;
  /** For how long it was used, in hours. */
  readonly hours: number;
}

/** How a controller gets from one look to the next within a minute. */
export type Waiting =
  /** The invocation sleeps, and is paid for. */
  | 'sleeping'
  /** Every further look is an invocation of its own, by a delayed message. */
  | 'messages';

/**
 * USD per month, if all months were like the hours it was used in. A daemon is 0: what it runs on is
 * paid for already, or is a machine of its own.
 */
export function controlPlanePerMonth(
  { host, usage, hours }: ControlPlane,
  waiting: Waiting = 'sleeping',
): number {
  if (host.kind !== 'lambda' || hours === 0) return 0;
  const perMonth = HOURS_PER_MONTH / hours;
  const perSecond = (host.memoryMib / 1024) * LAMBDA.perGbSecond[host.architecture];
  const awake = Math.max(usage.ranMs - usage.asleepMs, 0);
  const seconds = (waiting === 'sleeping' ? usage.ranMs : awake) / 1000;
  const running = seconds * perSecond + usage.events * PER_OWN_EVENT;
  const delayed = waiting === 'messages' ? Math.max(usage.looks - usage.invocations, 0) : 0;
  const polls = host.queue || waiting === 'messages' ? hours * 3600 * POLLS_PER_SECOND : 0;
  const requests = (usage.messages + delayed) * QUEUE.requestsPerMessage + polls;
  const invocations = usage.invocations + delayed;
  return (running + invocations * LAMBDA.perInvocation + requests * QUEUE.perRequest) * perMonth;
}
