/** What a config says of machines, for any source of tasks. */
import type { ScheduleConfig } from './schedule-config.ts';
import type { Architecture, Platform } from '../runner-userdata/platforms.ts';

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
   * Hours with more `min` or `headroom`, or in which nothing is launched, by the clocks of a time zone: about five at
   * most. Default: the same at all hours.
   */
  readonly schedules?: readonly ScheduleConfig[];

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
