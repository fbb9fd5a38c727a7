/** What the topic of alarms allows. */
import type { Line } from './line.ts';

const TOPIC = 'the topic of alarms';

export const ALARM_LINES: readonly Line[] = [
  {
    action: 'sns:Publish',
    resource: TOPIC,
    condition:
      'ArnLike aws:SourceArn = arn:aws:cloudwatch:REGION:ACCOUNT:alarm:* and ' +
      'StringEquals aws:SourceAccount = ACCOUNT',
    why: 'Alarms of the account tell the topic when they go off, and when it is over.',
  },
];

export const CLEAR_TOPIC_LINES: readonly Line[] = [
  {
    action: 'not sns:Publish',
    resource: TOPIC,
    condition: 'Bool aws:SecureTransport = false',
    why: 'Nothing travels in the clear.',
  },
];
