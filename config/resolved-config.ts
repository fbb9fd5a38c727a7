/** The config as everything else uses it: complete, checked, in the units of use. */
import type {
  CircleCiApi,
  GitHubScope,
  GitLabScope,
  ProxySettings,
  Schedule,
} from '../lambda/scaler/contract.ts';
import type { Architecture, Platform } from '../runner-userdata/platforms.ts';

export interface ResolvedConfig {
  readonly name: string;
  /** Absent where CircleCI is not read. */
  readonly circleci?: ResolvedCircleCi;
  /** Absent where GitHub is not read. */
  readonly github?: ResolvedGitHub;
  /** Absent where GitLab is not read. */
  readonly gitlab?: ResolvedGitLab;
  /** The network to use; absent when the stack makes one. */
  readonly network?: ResolvedNetwork;
  /** The way out; absent where there is none but the network's own. Its hosts are complete, as they are passed on. */
  readonly proxy?: ProxySettings;
  /** PEM texts of authorities that are trusted besides the public ones, one each. */
  readonly caCertificates?: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly passIntervalSeconds: number;
  readonly wakeUps: boolean;
  readonly metrics: boolean;
  readonly monitoring: ResolvedMonitoring;
  readonly dryRun: boolean;
  readonly logRetentionDays: number;
  readonly reservedConcurrency?: number;
  /** Those of `resourceClasses`, then those of GitHub and of GitLab, each in the order of the config. */
  readonly fleets: readonly ResolvedFleet[];
}

/** What is watched. */
export interface ResolvedMonitoring {
  readonly dashboard: boolean;
  /** Absent where nobody is to be told. */
  readonly alarms?: ResolvedAlarms;
}

export interface ResolvedAlarms {
  /** The topic to tell; absent where the stack makes one. */
  readonly topicArn?: string;
  readonly emails: readonly string[];
  readonly perClass: boolean;
  readonly waitingMinutes: number;
  readonly atMaxMinutes: number;
  readonly excessMinutes: number;
  readonly failedBoots: number;
  readonly interruptions: number;
}

/** How CircleCI is read. */
export interface ResolvedCircleCi {
  /** Base URL of the runner API, without a trailing slash. */
  readonly url: string;
  readonly api: CircleCiApi;
  /** Calls a second over all containers; 0 means any number. */
  readonly callsPerSecond: number;
  readonly apiToken: TokenSource;
}

/** How GitHub is read, and how its runners are registered. */
export interface ResolvedGitHub {
  /** Base URL as people open it, without a trailing slash. */
  readonly url: string;
  readonly scope: GitHubScope;
  /** Where the App's id and key are kept. */
  readonly app: TokenSource;
  /** Whether there is an address for the App's webhook. */
  readonly webhook: boolean;
  /** Default: the version that GitHub offers. */
  readonly runner: Partial<ResolvedAgent>;
}

/** How GitLab is read. */
export interface ResolvedGitLab {
  /** Base URL of the installation, without a trailing slash. */
  readonly url: string;
  readonly scope: GitLabScope;
  readonly apiToken: TokenSource;
}

/** Where a token is kept: a secret that exists or, without an ARN, one that the stack makes. */
export interface TokenSource {
  readonly existingSecretArn?: string;
  readonly kmsKeyArn?: string;
}

export interface ResolvedNetwork {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Runners have no IPv4. */
  readonly ipv6Only: boolean;
  /** Where the function runs; absent when it runs outside. */
  readonly scaler?: ScalerNetwork;
}

export interface ScalerNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly dualStack: boolean;
}

export interface ResolvedAgent {
  readonly version: string;
  readonly sha256?: { readonly x86_64?: string; readonly arm64?: string };
}

export type Purchase =
  | { readonly option: 'on-demand' }
  /** The first `onDemandBase` machines are on-demand, the others spot. */
  | { readonly option: 'spot'; readonly onDemandBase: number };

/** Which image is booted: a fixed one, or the one that a parameter names at the launch. */
export type ImageSource =
  | { readonly kind: 'ami'; readonly amiId: string }
  | { readonly kind: 'ssm-parameter'; readonly parameterName: string };

/** A fleet, by the source whose tasks it takes. */
export type ResolvedFleet = CircleCiFleet | GitHubFleet | GitLabFleet;

/** A fleet of the config's `resourceClasses`. */
export interface CircleCiFleet extends FleetMachines {
  readonly source: 'circleci';
  /** Where its machines claim their tasks. */
  readonly url: string;
  readonly agent: ResolvedAgent;
  readonly retryInterruptedTasks: boolean;
  /** Where the runner token is kept. */
  readonly token: TokenSource;
}

/** A fleet of the config's `github.fleets`. There is no secret for its machines. */
export interface GitHubFleet extends FleetMachines {
  readonly source: 'github';
  /** Base URL as people open it. */
  readonly url: string;
  /** As in the config, without those that every runner has. */
  readonly labels: readonly string[];
  /** Where its runners are registered: an organisation, or a repository. */
  readonly at: string;
  /** Value of the tag `runner-scaler:demand`. */
  readonly demand: string;
}

export type GitLabExecutor = 'docker' | 'shell';

/** A fleet of the config's `gitlab.fleets`. */
export interface GitLabFleet extends FleetMachines {
  readonly source: 'gitlab';
  /** Where its machines claim their jobs. */
  readonly url: string;
  /** GitLab's id of the runner. */
  readonly runner: number;
  /** Value of the tag `runner-scaler:demand`. */
  readonly demand: string;
  readonly executor: GitLabExecutor;
  /** Image of jobs that name none. Default: the machine's own. */
  readonly defaultImage?: string;
  readonly agent: ResolvedAgent;
  /** Where the runner token is kept. */
  readonly token: TokenSource;
}

/** What a fleet of any source has. */
export interface FleetMachines {
  readonly resourceClass: string;
  /** Name of the Auto Scaling group. */
  readonly group: string;
  readonly min: number;
  readonly max: number;
  readonly headroom: number;
  /** At least one; absent where all hours are alike. */
  readonly schedules?: readonly Schedule[];
  /** At least one, best first. */
  readonly instanceTypes: readonly string[];
  readonly architecture: Architecture;
  readonly purchase: Purchase;
  readonly platform: Platform;
  readonly image: ImageSource;
  readonly rootVolume: RootVolume;
  readonly idleTimeoutSeconds: number;
  readonly maxRunTimeSeconds: number;
  readonly bootTimeoutSeconds: number;
  readonly drainTimeoutSeconds: number;
  readonly bootScript?: string;
  readonly machineLogs: boolean;
}

export interface RootVolume {
  readonly device: string;
  readonly sizeGiB: number;
  readonly iops: number;
  readonly throughputMiBps: number;
}
