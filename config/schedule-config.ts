/** What a config says of the hours of a fleet, for any source of tasks. */
import type { Day } from '../lambda/scaler/contract.ts';

/**
 * Hours in which a fleet keeps more runners ready, or launches none. It holds whenever the clocks of `timeZone` show
 * one of its hours: in the hour that daylight saving leaves out it does not, in the one that comes twice it does twice.
 *
 * @example { days: ['mon-fri'], from: '08:00', to: '18:00', timeZone: 'Europe/Berlin', min: 2 }
 */
export interface ScheduleConfig {
  /** Days on which the hours begin: days and ranges of days, such as `mon-fri`. Default: every day. */
  readonly days?: readonly (Day | `${Day}-${Day}`)[];

  /** When it begins, `00:00` to `23:59`. Default: `00:00`. */
  readonly from?: string;

  /**
   * When it ends, `00:01` to `24:00`. A time before `from` is on the next day: `fri` from `22:00` to `06:00` ends on
   * Saturday. Default: `24:00`.
   */
  readonly to?: string;

  /** Whose clocks count: the IANA name of a place's zone, such as `Europe/Berlin`, or `UTC`. */
  readonly timeZone: string;

  /**
   * Runners that exist in these hours even without jobs: a whole number, more than the fleet's `min`, up to its
   * `max`. Where several schedules hold, the greatest counts. They end by themselves afterwards, when they have idled for
   * `idleTimeoutMinutes`. Default: the fleet's `min`.
   */
  readonly min?: number;

  /**
   * Runners kept ready in these hours beyond the jobs that wait or run: a whole number, more than the fleet's
   * `headroom`, up to its `max`. Where several schedules hold, the greatest counts. Default: the fleet's `headroom`.
   */
  readonly headroom?: number;

  /**
   * In these hours nothing is launched, whatever other schedules say: jobs that run go on to their end, the others wait.
   * Only for a fleet whose own `min` is 0. Default: false.
   */
  readonly stop?: boolean;
}
