/** The config as everything else uses it: complete, checked, in the units of use. */
import type { CircleCiApi } from '../lambda/scaler/contract.ts';
import type { Architecture, Platform } from '../runner-userdata/platforms.ts';

export interface ResolvedConfig {
  readonly name: string;
  /** Base URL of the runner API, without a trailing slash. */
  readonly circleciUrl: string;
  readonly circleciApi: CircleCiApi;
  /** Calls a second over all containers; 0 means any number. */
  readonly circleciCallsPerSecond: number;
  readonly apiToken: TokenSource;
  /** The network to use; absent when the stack makes one. */
  readonly network?: ResolvedNetwork;
  readonly tags: Readonly<Record<string, string>>;
  readonly passIntervalSeconds: number;
  readonly wakeUps: boolean;
  readonly metrics: boolean;
  readonly dryRun: boolean;
  readonly logRetentionDays: number;
  readonly reservedConcurrency?: number;
  readonly agent: ResolvedAgent;
  readonly fleets: readonly ResolvedFleet[];
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

/** A fleet, by the source whose tasks it takes: a union, of which CircleCI's is the first. */
export type ResolvedFleet = CircleCiFleet;

/** A fleet of the config's `resourceClasses`. */
export interface CircleCiFleet extends FleetMachines {
  readonly source: 'circleci';
  readonly retryInterruptedTasks: boolean;
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
