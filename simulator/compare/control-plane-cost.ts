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
 * A message that is delayed, and leads to an invocation when it comes: it is sent, received and
 * deleted.
 *
 * @see https://aws.amazon.com/sqs/pricing/
 */
const QUEUE = { perRequest: 0.4e-6, requestsPerMessage: 3 };

/**
 * Lambda asks an empty queue for messages with five long polls of 20 s at a time. It may fall back to
 * two when there is little to do; the dearer is taken.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const POLLS_PER_SECOND = 5 / 20;

/** Those of AWS services on the default bus are free: https://aws.amazon.com/eventbridge/pricing/ */
const PER_OWN_EVENT = 1e-6;

/** The function of this project as lib/scaler-function.ts deploys it. */
export const SCALER_FUNCTION: Host = {
  kind: 'lambda',
  architecture: 'arm64',
  memoryMib: 256,
};

/** Hours of a month of 365 / 12 days. */
export const HOURS_PER_MONTH = 730;

export interface ControlPlane {
  readonly host: Host;
  readonly usage: Pick<Usage, 'invocations' | 'looks' | 'ranMs' | 'asleepMs' | 'events'>;
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
  if (waiting === 'sleeping') {
    return (running + usage.invocations * LAMBDA.perInvocation) * perMonth;
  }
  const messages = Math.max(usage.looks - usage.invocations, 0);
  const queue =
    (messages * QUEUE.requestsPerMessage + hours * 3600 * POLLS_PER_SECOND) * QUEUE.perRequest;
  return (running + usage.looks * LAMBDA.perInvocation + queue) * perMonth;
}
