/** Reads what is watched, and when somebody is told. */
import type { AlarmConfig, MonitoringConfig } from './monitoring-config.ts';
import { type ConfigReader, keysOf } from './reader.ts';
import type { ResolvedAlarms, ResolvedFleet, ResolvedMonitoring } from './resolved-config.ts';

const DAY_MINUTES = 1_440;
const MOST_EMAILS = 10;

/** Launches are held back after twelve in a row at the earliest, and what comes after is slow. */
const MOST_FAILED_BOOTS = 10;

/** Reads the config's `monitoring`; off without metrics, of which all of it is made. */
export function readMonitoring(
  config: ConfigReader,
  { fleets, metrics }: { readonly fleets: readonly ResolvedFleet[]; readonly metrics: boolean },
): ResolvedMonitoring {
  if (config.raw('monitoring') === false || (!metrics && !config.has('monitoring'))) {
    return { dashboard: false };
  }
  const reader = config.object('monitoring', MONITORING_KEYS);
  if (!metrics) {
    config.complain(
      'monitoring has a value while metrics is false; allowed: only one of the two, because alarms and the dashboard ' +
        'are made of the metrics',
    );
  }
  const alarms =
    reader.raw('alarms') === false
      ? undefined
      : readAlarms(reader.object('alarms', ALARM_KEYS), fleets);
  return { dashboard: reader.flag('dashboard', true), ...(alarms && { alarms }) };
}

function readAlarms(reader: ConfigReader, fleets: readonly ResolvedFleet[]): ResolvedAlarms {
  const topicArn = reader.optionalText('topicArn', {
    accepts: (text) => /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(text),
    allowed: 'the ARN of a standard topic, such as arn:aws:sns:eu-central-1:111122223333:on-call',
  });
  const emails = reader.textList('emails', {
    accepts: (text) => /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(text),
    allowed: 'an address such as on-call@example.com',
    least: 0,
    most: MOST_EMAILS,
  });
  if (topicArn !== undefined && emails.length > 0) {
    reader.complain(
      'emails and topicArn both have a value; allowed: one of them, because only the topic of the stack sends to emails',
    );
  }
  // A value that was refused has no part in a default.
  const known = (values: readonly number[]) => values.filter((value) => Number.isFinite(value));
  const slowest = (secondsOf: (fleet: ResolvedFleet) => number) =>
    Math.ceil(Math.max(0, ...known(fleets.map(secondsOf))) / 60);
  const minutes = (key: keyof AlarmConfig, least: number, fallback: number) =>
    reader.wholeNumber(key, { least, most: DAY_MINUTES, fallback });
  const most = (some: readonly ResolvedFleet[]) =>
    known(some.map(({ max }) => max)).reduce((sum, max) => sum + max, 0);
  const machines = most(fleets);
  const spot = most(fleets.filter(({ purchase }) => purchase.option === 'spot'));
  return {
    ...(topicArn !== undefined && { topicArn }),
    emails,
    perClass: reader.flag('perClass', false),
    waitingMinutes: reader.wholeNumber('waitingMinutes', {
      least: 2,
      most: 240,
      fallback: slowest(({ bootTimeoutSeconds }) => bootTimeoutSeconds) + 2,
    }),
    atMaxMinutes: minutes('atMaxMinutes', 5, 60),
    excessMinutes: minutes(
      'excessMinutes',
      15,
      Math.min(slowest(({ idleTimeoutSeconds }) => idleTimeoutSeconds) + 30, DAY_MINUTES),
    ),
    failedBoots: reader.wholeNumber('failedBoots', {
      least: 1,
      most: 1_000,
      fallback: Math.min(Math.max(3, Math.ceil(machines / 10)), MOST_FAILED_BOOTS),
    }),
    interruptions: reader.wholeNumber('interruptions', {
      least: 1,
      most: 10_000,
      fallback: Math.min(Math.max(3, Math.ceil(spot / 5)), 10_000),
    }),
  };
}

const MONITORING_KEYS = keysOf<MonitoringConfig>({ alarms: true, dashboard: true });
const ALARM_KEYS = keysOf<AlarmConfig>({
  topicArn: true,
  emails: true,
  perClass: true,
  waitingMinutes: true,
  atMaxMinutes: true,
  excessMinutes: true,
  failedBoots: true,
  interruptions: true,
});
