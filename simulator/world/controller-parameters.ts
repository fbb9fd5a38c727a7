/** What comes between a controller and the world: its calls, its schedule, its containers. */
import { choice, probability, seconds, spread } from './parameter-kinds.ts';

/** Which of the free containers Lambda gives an invocation to. */
export type Routing = 'most-recent' | 'round-robin' | 'random';

export const CONTROLLER_PARAMETERS = {
  callTime: spread({
    about:
      'that each call of a controller takes, to CircleCI or to AWS; it does its work at the end of it. ' +
      'A pass of describe, two counts and a write takes four times as long',
    default: { min: 0.1, max: 0.3 },
    range: [
      { min: 0.05, max: 0.05 },
      { min: 0.65, max: 0.65 },
    ],
    source: 'not published',
  }),
  schedulePhase: spread({
    about:
      "from the world's start to the first turn of a schedule, drawn once for each; modulo its period",
    default: { min: 0, max: 60 },
    range: [
      { min: 0, max: 0 },
      { min: 60, max: 60 },
    ],
    source:
      'EventBridge fires somewhere within the minute: ' +
      'https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html',
  }),
  eventLag: spread({
    about:
      'from an event of a machine or a group to the queue of the function, or to the invocation where a ' +
      'rule has no queue',
    default: { min: 1, max: 2 },
    range: [
      { min: 0.5, max: 0.5 },
      { min: 3, max: 10 },
    ],
    source: 'not published; EventBridge, and the start of an invocation',
  }),
  pollers: choice<number>({
    about:
      'of Lambda that read the queue, each of which gathers its own batch; Lambda begins with five, ' +
      'and keeps them where a maximum of invocations is set',
    unit: 'pollers',
    default: 5,
    range: [1, 10],
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html',
  }),
  duplicates: probability({
    about: 'a message comes twice',
    range: [0, 0.1],
    source:
      'rare: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html',
  }),
  containers: choice<number>({
    about:
      'containers of the function that are always there, each with its own memory; when all are ' +
      'busy, another is added',
    unit: 'containers',
    default: 1,
    range: [1, 4],
    source: 'not published: Lambda keeps as many as it likes',
  }),
  containerIdle: seconds({
    about: 'without an invocation, after which a further container is taken away',
    default: 600,
    range: [300, 3600],
    source: 'not published',
  }),
  routing: choice<Routing>({
    about: 'which of the free containers an invocation is given to',
    default: 'random',
    range: ['most-recent', 'round-robin'],
    choices: ['most-recent', 'round-robin', 'random'],
    source: 'not published',
  }),
} as const;
