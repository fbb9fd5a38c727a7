/**
 * What somebody is told of: one alarm of each kind, over the worst class, or one for each class. The sentences are for the
 * person who is woken; docs/alarms.md has a section for each id.
 *
 * A metric of the scaler's own is written only while there is the trouble, so no data means none. CloudWatch may look at
 * a few periods more than an alarm has, which makes it go a little later, and never come for less.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
import type { ResolvedAlarms } from '../../config/resolved-config.ts';
import { ENDED_METRIC, SCALER_METRIC, TROUBLE_METRIC } from '../../lambda/scaler/contract.ts';

export interface AlarmKind {
  /** Ends the alarm's name, and is the heading of its section in docs/alarms.md. */
  readonly id: string;
  /** What it watches: a metric of the scaler's own, or of its function. */
  readonly of: 'scaler' | 'function';
  readonly metric: string;
  readonly statistic: 'Maximum' | 'Sum';
  readonly periodSeconds: number;
  /** It goes off when so many periods one after the other are beyond the threshold. */
  readonly periods: number;
  readonly comparison: 'at least' | 'more than' | 'less than';
  readonly threshold: number;
  /** What a period without data means. */
  readonly missing: 'breaching' | 'notBreaching';
  /** What it watches where each class has its own; absent where it is of no class. */
  readonly ofClass?: 'metric' | 'waiting';
  /** Made only where a class buys spot. */
  readonly needsSpot?: boolean;
  /** One or two sentences: what is so, and what to look at first. */
  readonly sentence: string;
}

const MINUTE = 60;
const FIVE_MINUTES = 300;
const QUARTER = 900;
const HOUR = 3_600;

const TROUBLE = {
  of: 'scaler',
  statistic: 'Maximum',
  comparison: 'at least',
  threshold: 1,
  missing: 'notBreaching',
  ofClass: 'metric',
} as const;

export function alarmKinds({
  waitingMinutes,
  atMaxMinutes,
  excessMinutes,
  failedBoots,
  interruptions,
}: ResolvedAlarms): readonly AlarmKind[] {
  return [
    {
      id: 'not-running',
      of: 'function',
      metric: 'Invocations',
      statistic: 'Sum',
      periodSeconds: MINUTE,
      periods: 3,
      comparison: 'less than',
      threshold: 1,
      missing: 'breaching',
      sentence:
        'The scaler has not run for 3 minutes, so no machine is started for new jobs; those that run finish. Look whether its ' +
        'schedule is enabled and its function may be invoked.',
    },
    {
      id: 'passes-failing',
      of: 'function',
      metric: 'Errors',
      statistic: 'Sum',
      periodSeconds: MINUTE,
      periods: 5,
      comparison: 'at least',
      threshold: 1,
      missing: 'notBreaching',
      sentence:
        'Every pass has failed for 5 minutes: a class, or all of them, cannot be read or changed and keep their capacity. The ' +
        'last line of level ERROR in the log names them and says why.',
    },
    {
      ...TROUBLE,
      id: 'credential-refused',
      metric: TROUBLE_METRIC.credentialRefused,
      periodSeconds: MINUTE,
      periods: 3,
      ofClass: 'metric',
      sentence:
        'The CI system refuses the credential of the scaler, or its secret is empty, so nothing is known of the queue. Put a ' +
        'valid one into the secret; it is used within a minute.',
    },
    {
      ...TROUBLE,
      id: 'waiting',
      metric: SCALER_METRIC.queueSecondsBelowMax,
      periodSeconds: MINUTE,
      periods: 3,
      comparison: 'more than',
      threshold: waitingMinutes * MINUTE,
      ofClass: 'waiting',
      sentence:
        `A job waits for more than ${waitingMinutes} minutes although its class may have more machines. The log has the class ` +
        'with the greatest QueueSeconds, and its reason.',
    },
    {
      ...TROUBLE,
      id: 'at-max',
      metric: TROUBLE_METRIC.atMax,
      periodSeconds: FIVE_MINUTES,
      periods: Math.ceil((atMaxMinutes * MINUTE) / FIVE_MINUTES),
      sentence:
        `Jobs have waited for ${atMaxMinutes} minutes because their class is at its max. Raise it in the config if the wait is ` +
        'too long, or see what fills the queue.',
    },
    {
      ...TROUBLE,
      id: 'launches-failing',
      metric: TROUBLE_METRIC.launchFailed,
      periodSeconds: FIVE_MINUTES,
      periods: 3,
      sentence:
        "EC2 has not started the machines of a class for 15 minutes. The warning in the log has AWS's reason: a quota, no " +
        'capacity in the zones, an image or a key.',
    },
    {
      ...TROUBLE,
      id: 'boots-failing',
      metric: ENDED_METRIC['boot-failed'],
      statistic: 'Sum',
      periodSeconds: QUARTER,
      periods: 1,
      threshold: failedBoots,
      sentence:
        `${failedBoots} or more machines have failed to boot within 15 minutes. The lines \`runner ended\` have the step and the ` +
        'reason.',
    },
    {
      ...TROUBLE,
      id: 'held-back',
      metric: TROUBLE_METRIC.held,
      periodSeconds: MINUTE,
      periods: 5,
      sentence:
        'Launches of a class have been held back for 5 minutes because they were futile, while jobs wait. The warning in ' +
        'the log has the cause, and how to release it.',
    },
    {
      ...TROUBLE,
      id: 'too-many-machines',
      metric: TROUBLE_METRIC.excess,
      periodSeconds: FIVE_MINUTES,
      periods: Math.ceil((excessMinutes * MINUTE) / FIVE_MINUTES),
      sentence:
        `A class has had twice as many machines as it needs for ${excessMinutes} minutes, and they cost money. Look at one: its ` +
        'agent may hang, or it cannot leave its group.',
    },
    {
      ...TROUBLE,
      id: 'interruptions',
      metric: ENDED_METRIC.interrupted,
      statistic: 'Sum',
      periodSeconds: HOUR,
      periods: 1,
      threshold: interruptions,
      needsSpot: true,
      sentence:
        `${interruptions} or more machines were interrupted within an hour, and their jobs with them. Give the class more ` +
        'instance types, or buy on demand.',
    },
    {
      ...TROUBLE,
      id: 'processes-suspended',
      metric: TROUBLE_METRIC.suspended,
      periodSeconds: FIVE_MINUTES,
      periods: 3,
      sentence:
        'Somebody has suspended a process of a group without which the scaler cannot work. The warning in the log has the ' +
        'group and the command that resumes it.',
    },
  ];
}
