/**
 * What running a rule costs, without the machines: list prices in USD of us-east-1, November 2026,
 * free tiers not counted, secrets and metrics not included. Of other rules' functions what they log and
 * what wakes them is not known, and not counted.
 */
import type { Host } from './rules/rule.ts';
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
const PER_REQUEST = 0.4e-6;

/**
 * Lambda asks the queue for messages with five long polls at a time. An empty one ends after 20 s, the longest
 * there are. Where a maximum of concurrent invocations is set, it does not fall back to fewer. That is 657,000
 * requests a month; the first million of an account is free, which is not counted here.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const POLLERS = 5;
const LONGEST_POLL_S = 20;

/**
 * How often the queue is asked in so many seconds: a poll ends with a message or after its longest time. The
 * messages come at random, and are shared evenly.
 */
function pollsIn(seconds: number, messages: number): number {
  if (messages === 0) return (seconds * POLLERS) / LONGEST_POLL_S;
  const perPoller = messages / seconds / POLLERS;
  return messages / (1 - Math.exp(-perPoller * LONGEST_POLL_S));
}

/** Those of AWS services on the default bus are free: https://aws.amazon.com/eventbridge/pricing/ */
const PER_OWN_EVENT = 1e-6;

/** The function of this project as lib/scaler-function.ts deploys it for a few classes. */
export const SCALER_FUNCTION = {
  kind: 'lambda',
  architecture: 'arm64',
  memoryMib: 256,
  queue: true,
} as const satisfies Host;

/** @see https://aws.amazon.com/eventbridge/pricing/ */
const PER_SCHEDULED = 1e-6;
const SCHEDULED_PER_MONTH = 730 * 60;

/**
 * Taking a line in; what is kept of it a month costs a seventeenth, and it comes compressed.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
const PER_LOGGED_BYTE = 0.5 / 1e9;

/** What Lambda writes of each invocation: START, END and REPORT, with 26 bytes that are added to each line. */
const BYTES_PER_INVOCATION = 420;

/** Hours of a month of 365 / 12 days. */
export const HOURS_PER_MONTH = 730;

export interface ControlPlane {
  readonly host: Host;
  readonly usage: Pick<
    Usage,
    'invocations' | 'ranMs' | 'events' | 'messages' | 'sends' | 'passesSent' | 'logBytes'
  >;
  /** For how long it was used, in hours. */
  readonly hours: number;
}

/** What a month costs, by what it is for, in USD. */
export interface ControlCost {
  readonly function: number;
  readonly events: number;
  readonly queue: number;
  readonly schedule: number;
  readonly log: number;
}

/**
 * USD per month, if all months were like the hours it was used in. A daemon is 0: what it runs on is
 * paid for already, or is a separate machine.
 */
export function controlCostPerMonth({ host, usage, hours }: ControlPlane): ControlCost {
  if (host.kind !== 'lambda' || hours === 0) {
    return { function: 0, events: 0, queue: 0, schedule: 0, log: 0 };
  }
  const perMonth = HOURS_PER_MONTH / hours;
  const perSecond = (host.memoryMib / 1024) * LAMBDA.perGbSecond[host.architecture];
  const running = (usage.ranMs / 1000) * perSecond + usage.invocations * LAMBDA.perInvocation;
  // Its own passes are sent in batches, a request each; all messages are deleted one by one.
  const received = usage.messages + usage.passesSent;
  const requests = host.queue
    ? usage.messages + usage.sends + received + pollsIn(hours * 3600, received)
    : 0;
  const logged = usage.logBytes + (host.queue ? usage.invocations * BYTES_PER_INVOCATION : 0);
  return {
    function: running * perMonth,
    events: usage.events * PER_OWN_EVENT * perMonth,
    queue: requests * PER_REQUEST * perMonth,
    schedule: host.queue ? SCHEDULED_PER_MONTH * PER_SCHEDULED : 0,
    log: logged * PER_LOGGED_BYTE * perMonth,
  };
}

export function controlPlanePerMonth(plane: ControlPlane): number {
  const { function: running, events, queue, schedule, log } = controlCostPerMonth(plane);
  return running + events + queue + schedule + log;
}
