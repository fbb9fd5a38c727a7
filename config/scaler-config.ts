/**
 * The type of the config that a user edits, read when the template is made. Plain data, so that the local run
 * and the tests read the same file as the deployment. `docs/configuration.md` has examples.
 *
 * Only options without a stated default are required. A key that is not declared here is refused.
 */
import type { CircleCiApi } from '../lambda/scaler/contract.ts';
import type { Architecture, Platform } from '../runner-userdata/platforms.ts';

export type { Architecture, Platform };

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
   * CircleCI as a source. Default: CircleCI Cloud, with a secret for the API token made by the stack; with `gitlab` and
   * without `resourceClasses`, none.
   */
  readonly circleci?: CircleCiConfig;

  /**
   * Where runners are started. Default: the stack makes a small VPC with two public subnets, no NAT
   * gateway and no inbound rule; each running instance then pays for its public IPv4 address.
   */
  readonly network?: ExistingNetworkConfig;

  /**
   * Tags for every resource of the stack, instances and their volumes included. At most 40, with keys of
   * up to 127 characters and values of up to 255. Keys that begin with `aws:` or `runner-scaler:`, the key
   * `Name`, values that begin with `aws:`, and two keys that differ in case only are refused. Default:
   * none.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * Seconds from one pass to the next, at all hours, as long as a class has had a task within 14 days: a whole
   * number from 5 to 60. Small values shorten the wait of jobs that no event announces, and cost function time
   * and messages; 60 means one pass a minute. Default: 10.
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
   * Write a CloudWatch metric for the waiting tasks of each class in use, and one for what goes wrong when it does:
   * 0.30 USD a month each, by the hours in which they get data. The log has all numbers in any case. Default: true.
   */
  readonly metrics?: boolean;

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
   * accounts cannot reserve any: the deployment then rolls back. Default: nothing is reserved.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly reservedConcurrency?: number;

  /** CircleCI's program on a runner, which takes the job. Default: the version this project was tested with. */
  readonly agent?: AgentConfig;

  /**
   * What jobs of CircleCI can ask for: one entry, and so one fleet, per resource class. At least one; with `gitlab` it may be
   * left out.
   */
  readonly resourceClasses?: readonly ResourceClassConfig[];

  /** GitLab as a source, with its fleets. docs/gitlab.md says what to do in GitLab first. Default: none. */
  readonly gitlab?: GitLabConfig;
}

/** The CircleCI installation whose queue is read. */
export interface CircleCiConfig {
  /**
   * Base URL of the runner API, https, of up to 500 characters. For CircleCI Server the address of the installation, for
   * example `https://circleci.example.com`. The function reads the queue there and runners claim
   * their jobs there, so both need a way to it. Default: `https://runner.circleci.com`.
   */
  readonly url?: string;

  /**
   * Which of CircleCI's APIs says how many tasks wait and run. `counts`: two calls per class to the runner
   * API, which CircleCI no longer intends for this use and has put on notice, without a date. `fleets`: one call
   * per class to the runner fleets of API v3, which the function asks at `https://circleci.com` for CircleCI
   * Cloud; CircleCI calls it experimental, and CircleCI Server did not answer it in October 2026. `auto`: the
   * fleets where they are answered; where they are refused with 404, 400 or 410 and the counts are
   * answered, the counts, with one warning in the log of each container. Where CircleCI announces the end of
   * the one in use, or has ended it, the log says when and what to set here. Default: `counts`.
   *
   * @see https://circleci.com/docs/guides/execution-runner/runner-api/ and
   *   https://circleci.com/docs/guides/server/toolkit/api-intro/
   */
  readonly api?: CircleCiApi;

  /**
   * Calls a second that the installation takes from the function, all its containers together: a whole
   * number from 3 to 10,000. Each of the at most three that run at a time keeps to a third of it. A pass that
   * this leaves no time for all classes reads those that waited longest, and says so. Default: 100 with a `url`
   * of your own, two thirds of the 150 that the front end of CircleCI Server allows in all; any number with
   * CircleCI Cloud, for which no such limit is known.
   *
   * @see https://circleci.com/docs/server-admin/latest/overview/circleci-server-overview/
   */
  readonly callsPerSecond?: number;

  /**
   * Complete ARN of a secret whose string is the bare CircleCI API token, when one exists already.
   * It stays as it is when the stack is destroyed. Default: the stack makes a secret, and its outputs
   * say how to fill it.
   */
  readonly existingTokenSecretArn?: string;

  /**
   * ARN of the KMS key that `existingTokenSecretArn` is encrypted with, when it is a key of your own.
   * The function may then decrypt with it. Default: the key that AWS manages, which needs no grant.
   */
  readonly tokenKmsKeyArn?: string;
}

/** The GitLab whose jobs are counted, and the fleets that run them. */
export interface GitLabConfig {
  /**
   * Base URL of the installation, https, of up to 500 characters: `https://gitlab.com`, or the address of your own.
   * The function counts the jobs there and runners claim them there, so both need a way to it.
   */
  readonly url: string;

  /**
   * Whose jobs are counted. `'instance'`: those of the whole installation, in one request in which GitLab itself matches
   * jobs with runners; it takes the token of an administrator, so gitlab.com cannot. `{ group }`: those of all projects in the
   * group of that path and below. `{ projects }`: those of the projects, each by path or id.
   */
  readonly scope:
    'instance' | { readonly group: string } | { readonly projects: readonly (string | number)[] };

  /**
   * Complete ARN of a secret whose string is the bare API token, when one exists already. It stays as it is when
   * the stack is destroyed. Default: the stack makes a secret, and its outputs say how to fill it.
   */
  readonly tokenSecretArn?: string;

  /**
   * ARN of the KMS key that `tokenSecretArn` is encrypted with, when it is a key of your own. The function may
   * then decrypt with it. Default: the key that AWS manages, which needs no grant.
   */
  readonly tokenKmsKeyArn?: string;

  /**
   * GitLab Runner on the machines: its version, 16.0.0 or later, and the SHA-256 of the program that is downloaded per
   * architecture. Default: the version of this release, and the checksums that GitLab publishes with it, which come from
   * the same place as the program.
   */
  readonly agent?: AgentConfig;

  /** One entry, and so one fleet, per runner in GitLab. At least one. */
  readonly fleets: readonly GitLabFleetConfig[];
}

/** A VPC that exists. Runners need a way out to the CI system and to the AWS APIs, and none in. */
export interface ExistingNetworkConfig {
  /** Id of the VPC, such as `vpc-0123456789abcdef0`. */
  readonly vpcId: string;

  /**
   * Ids of subnets of that VPC, such as `subnet-0123456789abcdef0`, best in several availability zones.
   * Each needs a NAT gateway, or to give public addresses to what starts in it.
   */
  readonly subnetIds: readonly string[];

  /**
   * Ids of security groups that runners get besides the stack's own, which allows everything out and
   * nothing in; for example one that a database lets in. At most 4. Default: none.
   */
  readonly securityGroupIds?: readonly string[];
}

/** The agent of a source: CircleCI's machine runner, or GitLab Runner. */
export interface AgentConfig {
  /** Version to install. Of CircleCI's 3.1.13 or later: older ones do not always end at their maximum run time. */
  readonly version?: string;

  /**
   * SHA-256 of the download per architecture, 64 hexadecimal digits. A download that
   * differs ends the instance. Default: the checksums that are published with the release.
   */
  readonly sha256?: { readonly x86_64?: string; readonly arm64?: string };
}

/** An image of your own. It boots with the same steps as the stock image of its platform. */
export interface CustomImageConfig {
  /** The stock image that yours is built from: decides how the boot installs packages. */
  readonly platform: Platform;

  /** Id of the image, such as `ami-0123456789abcdef0`. Either this or `ssmParameter`. */
  readonly amiId?: string;

  /**
   * Name of a Systems Manager parameter that holds the image's id, such as `/ci/runner-image`. It is
   * read at each launch: a new value needs no deployment. Either this or `amiId`.
   */
  readonly ssmParameter?: string;

  /**
   * Device name of the image's root volume. A wrong name leaves the root volume as the image has it
   * and adds a second one. Default: `/dev/sda1` on Ubuntu, `/dev/xvda` on Amazon Linux.
   */
  readonly rootDevice?: string;
}

/** A resource class of CircleCI and the fleet that serves it. */
export interface ResourceClassConfig extends FleetConfig {
  /**
   * The class as jobs name it, `namespace/name`. It must exist in CircleCI: its token is made with it.
   * Another name is another fleet; the old one is removed at the next deployment.
   */
  readonly resourceClass: string;

  /**
   * Whether a job whose machine is taken away starts again from its beginning on another runner. A job
   * that deploys or publishes may then do so twice. Default: true with spot, false with on-demand.
   *
   * @see https://circleci.com/docs/reference/machine-runner-3-configuration-reference/
   */
  readonly retryInterruptedTasks?: boolean;

  /**
   * Complete ARN of a secret whose string is the bare token of this resource class, when one exists
   * already. It stays as it is when the class is removed. Default: the stack makes a secret, and its
   * outputs say how to fill it.
   */
  readonly existingTokenSecretArn?: string;

  /**
   * ARN of the KMS key that `existingTokenSecretArn` is encrypted with, when it is a key of your own.
   * The fleet's machines may then decrypt with it. Default: the key that AWS manages.
   */
  readonly tokenKmsKeyArn?: string;
}

/** A runner of GitLab and the fleet that is its machines. */
export interface GitLabFleetConfig extends FleetConfig {
  /**
   * What the fleet is called here, in its group's name, the log and the metrics: 1 to 100 letters, digits and `_ . / : + -`.
   * GitLab does not know it. No other fleet of the config may have it, whatever its source. Another name is
   * another fleet; the old one is removed at the next deployment.
   */
  readonly name: string;

  /** Id of the runner in GitLab, a whole number: `#123` on its page. One fleet per runner. */
  readonly runner: number;

  /**
   * The runner's tags as GitLab has them, up to 50. Only with a group or projects as `scope`, where the scaler finds the jobs
   * that the runner takes: those of which each tag is one of these. Default: none.
   */
  readonly tags?: readonly string[];

  /**
   * Whether the runner takes jobs without tags, as set in GitLab. Only with a group or projects as `scope`, where it is
   * needed without `tags`. Default: false.
   */
  readonly runUntagged?: boolean;

  /**
   * How jobs run: each in containers (`docker`), or as the job user on the machine itself (`shell`), which shows jobs what
   * is installed there. Default: `docker`.
   */
  readonly executor?: 'docker' | 'shell';

  /** Image of jobs that name none, with the executor `docker`. Default: `ubuntu:24.04`. */
  readonly defaultImage?: string;

  /**
   * Complete ARN of a secret whose string is the bare `glrt-` token of the runner, when one exists already. It stays
   * as it is when the fleet is removed. Default: the stack makes a secret, and its outputs say how to fill it.
   */
  readonly tokenSecretArn?: string;

  /**
   * ARN of the KMS key that `tokenSecretArn` is encrypted with, when it is a key of your own. The fleet's
   * machines may then decrypt with it. Default: the key that AWS manages.
   */
  readonly tokenKmsKeyArn?: string;
}

/** The machines of one fleet, for any source of tasks. */
export interface FleetConfig {
  /**
   * Greatest number of runners at one time: a whole number from 1 to 10000, of GitLab's to 1000, because it counts
   * the jobs of a runner no further. Jobs beyond it wait. More than the runner concurrency of your CircleCI plan buys
   * machines that get no job. Lowering it to less than what runs ends no machine; 0 is not allowed here: set the
   * group's maximum to 0 by hand to stop a fleet at once.
   */
  readonly max: number;

  /**
   * Runners that exist even without jobs: a whole number from 0 to `max`. Each is replaced whenever it
   * idled for `idleTimeoutMinutes`, and is paid for all the time. With more than 0, fill the token's
   * secret soon: until then each boot fails and is repeated. Default: 0.
   */
  readonly min?: number;

  /**
   * Runners kept ready beyond the jobs that wait or run: a whole number from 0 to `max`. Jobs start
   * without a boot, at the price of idle machines. Default: 0.
   */
  readonly headroom?: number;

  /**
   * EC2 instance types, best first, all of one architecture. Each machine takes one job, whatever its
   * size. Several types make a mixed-instances group that falls back to the later ones when the first
   * is not to be had; with spot the pool least likely to be interrupted is chosen.
   * Default by architecture: `m7i.large` or `m7g.large`; with spot, some of about that size.
   */
  readonly instanceTypes?: readonly string[];

  /**
   * How machines are bought. Spot costs less and can be taken back by AWS two minutes after a notice,
   * with the job on it. Default: `on-demand`.
   */
  readonly purchase?: 'on-demand' | 'spot';

  /**
   * With spot: how many of the fleet's machines, the first ones, are on-demand all the same; a whole
   * number from 0 to one less than `max`. Default: 0.
   */
  readonly onDemandBase?: number;

  /**
   * What machines boot. A stock image is the newest one at each launch. Default: `ubuntu-24.04`.
   */
  readonly image?: Platform | CustomImageConfig;

  /** Architecture of the image. Default: that of the instance types, or `x86_64` without any. */
  readonly architecture?: Architecture;

  /**
   * Size of the encrypted gp3 root volume in GiB: a whole number from 8 to 16384, at least that of
   * the image. Paid for while the machine exists. Default: 40.
   */
  readonly rootVolumeGiB?: number;

  /**
   * I/O operations per second of the root volume: a whole number from 3000 to 16000, at most 500 per
   * GiB. What is beyond 3000 is billed. Default: 3000.
   */
  readonly rootVolumeIops?: number;

  /**
   * Throughput of the root volume in MiB per second: a whole number from 125 to 1000, at most a
   * quarter of the I/O operations. What is beyond 125 is billed. Default: 125.
   */
  readonly rootVolumeThroughputMiBps?: number;

  /**
   * Minutes without a job after which a runner ends itself: a whole number from 2 to 1440. Less than
   * two passes of the schedule (2 minutes) would end machines before they get their job. A runner takes one
   * job and never waits for a second, so this bounds only the cost of machines whose job went elsewhere. With
   * `min` or `headroom` choose several times the boot time. Default: 5.
   */
  readonly idleTimeoutMinutes?: number;

  /**
   * Minutes after which a running job is ended: a whole number from 5 to 10080, not less than
   * `idleTimeoutMinutes`. A machine whose agent hangs is ended a little later. Default: 300, as
   * CircleCI's own.
   */
  readonly maxRunTimeMinutes?: number;

  /**
   * Minutes a machine may take from launch to a started agent: a whole number from 2 to 120. After
   * that the group ends it and starts another. Include the time of `bootScript`. Default: 10.
   */
  readonly bootTimeoutMinutes?: number;

  /**
   * Minutes for which a machine that is told to stop waits for its running job before it ends it: a
   * whole number from 1 to 60. EC2 has its own limits, which no setting changes: it cuts the power of a
   * spot machine two minutes after its notice, and of another machine some minutes after it was stopped
   * or terminated; how many is not documented. So more than the default only helps where the shutdown
   * was begun on the machine itself. Default: 2.
   *
   * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
   */
  readonly drainTimeoutMinutes?: number;

  /**
   * Send the log of each machine's boot and agent to CloudWatch Logs just before it powers off: the
   * group `/runner-scaler/<name>/machines`, one stream per machine, named by its instance id, kept for
   * `logRetentionDays` and removed with the stack. CloudWatch bills it by size; a machine that loses its
   * power before that leaves none. An output says how to read one. Default: false.
   */
  readonly machineLogs?: boolean;

  /**
   * Text of a script of your own, run as root before the agent starts, on each boot; for example to
   * install Docker. When it fails the machine is ended. It is part of the user data, which EC2 limits
   * to 16384 bytes in all and shows to everyone who may describe the launch template: no secrets.
   * What takes long belongs in an image. Default: none.
   */
  readonly bootScript?: string;
}
