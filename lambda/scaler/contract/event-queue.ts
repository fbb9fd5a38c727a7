/** The queue through which the events of machines come, and the containers that this leads to. */

/**
 * The queue through which events of machines come, in seconds where nothing else is said. A message's
 * retention of a minute is the least that SQS has. Two invocations at a time, which is the least that
 * Lambda has, and the schedule's are the containers that run at a time.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
 */
export const EVENT_QUEUE = {
  retentionSeconds: 60,
  /** For how long Lambda gathers messages, from the first one on. */
  windowSeconds: 1,
  /** Messages at most; Lambda hands over fewer where they reach 6 MB. */
  batchSize: 1_000,
  /** Invocations at a time. */
  concurrency: 2,
} as const;

/** Invocations that may run at a time: those of the queue, and the schedule's. */
export const CONTAINERS_AT_A_TIME = EVENT_QUEUE.concurrency + 1;
