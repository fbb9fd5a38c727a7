/**
 * The type of the config that a user edits, read when the template is made. Plain data, so that the local run
 * and the tests read the same file as the deployment. `docs/configuration.md` has examples.
 *
 * Only options without a stated default are required. A key that is not declared here is refused.
 */
import type { CircleCiConfig, ResourceClassConfig } from './circleci-config.ts';
import type { AgentConfig } from './fleet-config.ts';
import type { GitHubConfig } from './github-config.ts';
import type { GitLabConfig } from './gitlab-config.ts';
import type { MonitoringConfig } from './monitoring-config.ts';
import type { ExistingNetworkConfig, ProxyConfig } from './network-config.ts';

/** One scaler: a stack with a function that runs at least once a minute, and the fleets it serves. */
export interface ScalerConfig {
  /**
   * Name of the scaler: up to 32 letters, digits and hyphens, beginning with a letter. It names the
   * stack, begins the name of every fleet (`ci.acme.linux` for the class `acme/linux` of the scaler `ci`),
   * and is the value of the tag `runner-scaler:name` by which the function finds its fleets. Another name
   * is another stack; the old one stays until destroyed.
   */
  readonly name: string;

  /**
   * CircleCI as a source. Default: CircleCI Cloud, with a secret for the API token made by the stack; with `github` or
   * `gitlab` and without `resourceClasses`, none.
   */
  readonly circleci?: CircleCiConfig;

  /**
   * Where runners are started. Default: the stack makes a small VPC with two public subnets, no NAT
   * gateway and no inbound rule; each running instance then pays for its public IPv4 address.
   */
  readonly network?: ExistingNetworkConfig;

  /**
   * An HTTP proxy for all calls of the function, of machines and of jobs. docs/private-networks.md has an example.
   * Default: none.
   */
  readonly proxy?: ProxyConfig;

  /**
   * PEM text of up to 10 certificate authorities that the function, machines and jobs trust besides the public ones:
   * the root that signed the CI system's certificate, and that of a proxy that opens TLS. A file is read with
   * `readFileSync('ca.pem', 'utf8')`. Default: none.
   */
  readonly caCertificates?: string;

  /**
   * Tags for every resource of the stack but the dashboard, instances and their volumes included. At most 40, with keys of
   * up to 127 characters and values of up to 255. Keys that begin with `aws:` or `runner-scaler:`, the key
   * `Name`, values that begin with `aws:`, and two keys that differ in case only are refused; with `github` also more than 38, and keys
   * with blanks, slashes or letters beyond a to z. Default: none.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * Seconds from one pass to the next, at all hours, as long as a class has had a task within 14 days: a whole
   * number from 5 to 60. Small values shorten the wait of jobs that no event announces, and cost function time
   * and messages; 60 means one pass a minute. With `github` at least 15, because of its limit of requests an hour.
   * Default: 10, with `github` 15.
   */
  readonly passIntervalSeconds?: number;

  /**
   * Make a pass as soon as a runner reports the end of its task, and as soon as a machine shuts down, rather
   * than at the next interval: the next stage of a pipeline then starts seconds after the one before. A
   * runner's event costs a dollar per million, and its network must reach EventBridge. EC2 reports every
   * machine of the account and Region, so machines that are not runners wake the function too, for one
   * describe call each; switch it off where those are many thousands a day. Default: true.
   */
  readonly wakeUps?: boolean;

  /**
   * Write two CloudWatch metrics for each class while it has tasks, those that wait and for how long, and further ones for
   * what goes wrong while it does: 0.30 USD a month each, by the hours in which they get data. The log has all numbers in
   * any case. Default: true.
   */
  readonly metrics?: boolean;

  /**
   * Alarms with a topic of SNS, and a dashboard: see docs/alarms.md, and docs/cost.md for their price. `false`
   * switches all of it off. Default: on; without `metrics` off.
   */
  readonly monitoring?: MonitoringConfig | false;

  /**
   * Decide and report, but change nothing: no fleet grows. Each change that would be made is logged once, as a
   * warning. For a first deployment beside runners that exist already. Default: false.
   */
  readonly dryRun?: boolean;

  /**
   * Days until a line of the function's log, or of a machine's, is deleted: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180,
   * 365, 400, 545 or 731. CloudWatch bills what is kept by size and month. Default: 30.
   */
  readonly logRetentionDays?: number;

  /**
   * Concurrent executions reserved for the function: a whole number from 3 to 10. Keeps other
   * functions of the account from crowding it out. The minimum is what may run at one time: the schedule's
   * invocation, and two for events of machines, which would be lost if Lambda had no room for them. New
   * accounts cannot reserve any: the deployment then rolls back. With `github` its registrar and its webhook each
   * get as many, which is also the most they get: a flood of the webhook's address then takes nothing from other
   * functions. Default: nothing is reserved.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly reservedConcurrency?: number;

  /** CircleCI's program on a runner, which takes the job. Default: the version this project was tested with. */
  readonly agent?: AgentConfig;

  /**
   * What jobs of CircleCI can ask for: one entry, and so one fleet, per resource class. At least one; with `github` or
   * `gitlab` it may be left out.
   */
  readonly resourceClasses?: readonly ResourceClassConfig[];

  /** GitHub Actions as a source, with its fleets. docs/github.md says what to do in GitHub first. Default: none. */
  readonly github?: GitHubConfig;

  /** GitLab as a source, with its fleets. docs/gitlab.md says what to do in GitLab first. Default: none. */
  readonly gitlab?: GitLabConfig;
}
