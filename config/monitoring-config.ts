/** What a config says of alarms and the dashboard. */

export interface MonitoringConfig {
  /** Default: on, with the thresholds that follow from the classes. `false`: none, and no topic. */
  readonly alarms?: AlarmConfig | false;
  /**
   * A dashboard of CloudWatch with a row for each class, and saved queries of the log. The first three of an account are
   * free of charge with up to 50 metrics each, which are eleven classes; another one costs 3.00 USD a month. Default: true.
   */
  readonly dashboard?: boolean;
}

/** Times are in whole minutes. */
export interface AlarmConfig {
  /** ARN of a topic of SNS that gets every change of an alarm. Default: the stack makes one. */
  readonly topicArn?: string;
  /** Addresses to which the topic of the stack sends mail, each after it was confirmed. At most 10. Default: none. */
  readonly emails?: readonly string[];
  /**
   * Alarms of their own for each class, 0.80 or 0.90 USD a month for each, rather than one of each kind over the
   * worst class. Default: false.
   */
  readonly perClass?: boolean;
  /**
   * A task waits for so long although its class is below its maximum: 2 to 240. Default: two minutes more than the
   * greatest `bootTimeoutMinutes`.
   */
  readonly waitingMinutes?: number;
  /**
   * Tasks wait because their class is at its maximum, for so long, with breaks of a quarter of it at most: 5 to 1440. Default: 60.
   */
  readonly atMaxMinutes?: number;
  /**
   * Twice as many machines as are wanted, and three at least too many, are there for so long, with such breaks: 15 to 1440. Default: half
   * an hour more than the greatest `idleTimeoutMinutes`.
   */
  readonly excessMinutes?: number;
  /**
   * So many boots fail within a quarter of an hour: 1 to 1000. Default: a tenth of the machines that all classes may have
   * together, from 3 to 10.
   */
  readonly failedBoots?: number;
  /**
   * So many machines are interrupted within an hour, where a class buys spot: 1 to 10,000. Default: a fifth of the
   * machines that such classes may have together, 3 at least.
   */
  readonly interruptions?: number;
}
