/**
 * What somebody is told of: one alarm of each kind, over the worst class, or one for each class. The sentences are for the
 * person who is woken; docs/alarms.md has a section for each id.
 *
 * A metric of the scaler's own is written only while there is the trouble, so no data means none: 0, in all of them. Real
 * trouble comes and goes: where time counts, an alarm wants some of the last periods, not all of them, and so is as soon for
 * what lasts, and comes for what flaps too.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
import type { ResolvedAlarms } from '../../config/resolved-config.ts';
import { ENDED_METRIC, TROUBLE_METRIC } from '../../lambda/scaler/contract.ts';

export interface AlarmKind {
  /** Ends the alarm's name, and is the heading of its section in docs/alarms.md. */
  readonly id: string;
  /** What it watches: a metric of the scaler's own, or of its function. */
  readonly of: 'scaler' | 'function';
  readonly metric: string;
  readonly statistic: 'Maximum' | 'Sum';
  readonly periodSeconds: number;
  /** It goes off when so many periods are beyond the threshold, … */
  readonly periods: number;
  /** … of the last so many. */
  readonly outOf: number;
  readonly comparison: 'at least' | 'more than' | 'less than';
  readonly threshold: number;
  /** Made only where a class buys spot. */
  readonly needsSpot?: boolean;
  /** One or two sentences: what is so, and what to look at first. */
  readonly sentence: string;
}

const MINUTE = 60;
const QUARTER = 900;
const HOUR = 3_600;

/**
 * Five minutes without a count are three without an invocation, as the metric of a minute comes up to two minutes later. A
 * schedule that invokes at any second of its minute, and one invocation that is lost, leave no more than two minutes empty.
 */
const NOT_RUNNING = { periods: 5, outOf: 5 } as const;

/** CloudWatch looks back a day at most. */
const MOST_PERIODS = 1_440;
/** The newest minutes may not be there yet, and count as if there were no trouble. */
const LEAST_BREAK = 3;

/** So many minutes, with breaks of a quarter of it. */
function lasting(minutes: number) {
  const pause = Math.max(Math.floor(minutes / 4), LEAST_BREAK);
  const outOf = Math.min(minutes + pause, MOST_PERIODS);
  return {
    periodSeconds: MINUTE,
    periods: Math.min(minutes, outOf - LEAST_BREAK),
    outOf,
  } as const;
}

function inWords({ periods, outOf }: Pick<AlarmKind, 'outOf' | 'periods'>): string {
  return `${periods} of the last ${outOf} minutes`;
}

const TROUBLE = {
  of: 'scaler',
  statistic: 'Maximum',
  comparison: 'at least',
  threshold: 1,
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
      ...NOT_RUNNING,
      comparison: 'less than',
      threshold: 1,
      sentence:
        'The scaler has not run for 3 minutes or more, so no machine is started for new jobs; those that run finish. Look whether its ' +
        'schedule is enabled and its function may be invoked.',
    },
    {
      id: 'passes-failing',
      of: 'function',
      metric: 'Errors',
      statistic: 'Sum',
      periodSeconds: MINUTE,
      periods: 5,
      outOf: 20,
      comparison: 'at least',
      threshold: 1,
      sentence:
        'Passes have failed in 5 of the last 20 minutes: a class, or all of them, cannot be read or changed and keep their capacity. The ' +
        'last line of level ERROR in the log names them and says why.',
    },
    {
      ...TROUBLE,
      id: 'credential-refused',
      metric: TROUBLE_METRIC.credentialRefused,
      periodSeconds: MINUTE,
      periods: 3,
      outOf: 10,
      sentence:
        'In 3 of the last 10 minutes the CI system refused the credential of the scaler, or its secret was empty, so nothing is ' +
        'known of the queue. Put a valid one into the secret; it is used within a minute.',
    },
    {
      ...TROUBLE,
      id: 'waiting',
      metric: TROUBLE_METRIC.waitsBelowMax,
      periodSeconds: MINUTE,
      periods: 1,
      outOf: 10,
      comparison: 'more than',
      threshold: waitingMinutes * MINUTE,
      sentence:
        `A job has waited for more than ${waitingMinutes} minutes although its class may have more machines. The log has the class ` +
        'with the greatest QueueSeconds, and its reason.',
    },
    {
      ...TROUBLE,
      id: 'at-max',
      metric: TROUBLE_METRIC.atMax,
      ...lasting(atMaxMinutes),
      sentence:
        `Jobs have waited in ${inWords(lasting(atMaxMinutes))} because their class is at its max. Raise it in the config if the wait is ` +
        'too long, or see what fills the queue.',
    },
    {
      ...TROUBLE,
      id: 'launches-failing',
      metric: TROUBLE_METRIC.launchFailed,
      periodSeconds: MINUTE,
      periods: 10,
      outOf: 30,
      sentence:
        "EC2 has refused to start machines of a class in 10 of the last 30 minutes. The warning in the log has AWS's reason: a quota, no " +
        'capacity in the zones, an image or a key.',
    },
    {
      ...TROUBLE,
      id: 'boots-failing',
      metric: ENDED_METRIC['boot-failed'],
      statistic: 'Sum',
      periodSeconds: QUARTER,
      periods: 1,
      outOf: 2,
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
      periods: 3,
      outOf: 20,
      sentence:
        'Launches of a class have been held back in 3 of the last 20 minutes because they were futile, while jobs wait. The warning in ' +
        'the log has the cause, and how to release it.',
    },
    {
      ...TROUBLE,
      id: 'too-many-machines',
      metric: TROUBLE_METRIC.excess,
      ...lasting(excessMinutes),
      sentence:
        `A class has had twice as many machines as it needs in ${inWords(lasting(excessMinutes))}, and they cost money. Look at one: its ` +
        'agent may hang, or it cannot leave its group.',
    },
    {
      ...TROUBLE,
      id: 'interruptions',
      metric: ENDED_METRIC.interrupted,
      statistic: 'Sum',
      periodSeconds: HOUR,
      periods: 1,
      outOf: 1,
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
      periodSeconds: MINUTE,
      periods: 15,
      outOf: 20,
      sentence:
        'In 15 of the last 20 minutes a process of a group was suspended without which the scaler cannot work. The warning in the log has the ' +
        'group and the command that resumes it.',
    },
  ];
}
