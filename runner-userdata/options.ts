import type { Agent } from './linux/agents/agents.ts';
import type { Platform } from './platforms.ts';

/** When the values of the options are known: when the template is made, or some only when it is deployed. */
export type Known = 'at-synth' | 'at-deployment';

/** The proxy of a network. */
export interface Proxy {
  /** http or https, without a user name or password: everybody who may describe the template reads it. */
  readonly url: string;
  /** Hosts that are reached without it, the machine itself and the metadata service among them. */
  readonly noProxy: readonly string[];
}

/** What the user data of one fleet is made from. Texts may be CDK tokens: they are passed on unchanged. */
export interface UserDataOptions {
  readonly platform: Platform;
  /** Name of the Auto Scaling group that the instance belongs to. */
  readonly group: string;
  /** Name of the group's launch lifecycle hook, completed just before the agent starts. */
  readonly launchHook: string;
  /** For the log only: the agent's credential decides which tasks the machine takes. */
  readonly resourceClass: string;
  /** Source of the events by which a machine reports the end of its task, and its own. */
  readonly eventSource: string;
  /** Whether a machine reports the end of its task, which wakes the scaler. */
  readonly tellTaskEnd: boolean;
  /** Seconds without a task after which the agent ends, and the instance with it. */
  readonly idleTimeoutSeconds: number;
  /** Seconds a task may take. */
  readonly maxRunTimeSeconds: number;
  /** Seconds from the script's first line to the agent's start; after that the instance is ended. */
  readonly bootTimeoutSeconds: number;
  /**
   * Seconds for which a machine that is told to stop waits for its task. EC2 itself cuts the power of a
   * spot machine two minutes after its notice, and of any other some minutes after its stop.
   */
  readonly drainTimeoutSeconds: number;
  /** Whether the machine may be a spot instance, and so watches for the notice of its end. */
  readonly watchInterruption: boolean;
  /** Log group to which the logs of the boot and the agent are sent in the end. Default: they are not. */
  readonly logGroup?: string;
  /**
   * Commands run as root before the agent starts; on Linux by bash under `set -e` and pipefail. A failure
   * ends the instance. Default: none.
   */
  readonly bootScript?: string;
  /** Used for everything but the metadata service. Default: none. */
  readonly proxy?: Proxy;
  /** PEM texts of certificate authorities trusted besides those of the image, one each. Default: none. */
  readonly caCertificates?: readonly string[];
  /** Whether the machine has no IPv4. Default: false. */
  readonly ipv6Only?: boolean;
  /** The agent, by the source of its tasks. */
  readonly agent: Agent;
}
