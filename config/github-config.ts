/** What a config says of GitHub. */
import type { AgentConfig, FleetConfig } from './fleet-config.ts';

/** The GitHub whose jobs are counted, and the fleets that run them. Name either `owners` or `repositories`. */
export interface GitHubConfig {
  /**
   * Base URL as people open it, https, of up to 500 characters: GitHub Enterprise Server's address, or that of an
   * enterprise at `ghe.com`. The functions and the runners need a way to it and to its API.
   * Default: `https://github.com`.
   */
  readonly url?: string;

  /**
   * Complete ARN of a secret that holds the GitHub App as JSON, `{"appId": "…", "privateKey": "…"}` with the key in
   * PEM, when one exists already. It stays as it is when the stack is destroyed. Default: the stack makes a secret,
   * and its outputs say how to fill it.
   */
  readonly appSecretArn?: string;

  /**
   * ARN of the KMS key that `appSecretArn` is encrypted with, when it is a key of your own. The scaler and the
   * registrar may then decrypt with it. Default: the key that AWS manages, which needs no grant.
   */
  readonly appKmsKeyArn?: string;

  /**
   * Organisations and people whose jobs are counted: those of every repository that the App is installed for. Either
   * this or `repositories`.
   */
  readonly owners?: readonly string[];

  /**
   * Repositories whose jobs are counted, as `owner/name`. The App has to be installed for each. Either this or `owners`.
   */
  readonly repositories?: readonly string[];

  /**
   * Make an address for the App's webhook. What it is told only says where to read next, so that a job is seen at
   * the next pass and not when its repository's turn comes; without it nothing is missed. Default: false.
   */
  readonly webhook?: boolean;

  /**
   * The runner program on the machines. A pinned `version` has to be renewed by hand: GitHub gives no jobs to a
   * runner that is 30 days behind a release. `sha256`, of the file that is downloaded per architecture, needs a
   * `version`. Default: the version that GitHub offers when a machine boots, with the checksum that it names.
   *
   * @see https://docs.github.com/en/actions/hosting-your-own-runners/managing-self-hosted-runners/autoscaling-with-self-hosted-runners
   */
  readonly agent?: AgentConfig;

  /** One entry, and so one fleet, per set of labels. At least one. */
  readonly fleets: readonly GitHubFleetConfig[];
}

/** A set of labels in GitHub and the fleet that serves it. */
export interface GitHubFleetConfig extends FleetConfig {
  /**
   * What the fleet is called here, in its group's name, the names of its runners, the log and the metrics: 1 to 100
   * letters, digits and `_ . / : + -`. No other fleet of the config may have it, whatever its source. Another name
   * is another fleet; the old one is removed at the next deployment.
   */
  readonly name: string;

  /**
   * The labels of its runners, by which jobs ask for them: `runs-on: [self-hosted, acme, gpu]` runs on a fleet with
   * `['acme', 'gpu']`. `self-hosted`, `linux`, and `x64` or `arm64` are added. Their case does not matter. A job
   * that several fleets fit counts for the one with fewest labels. No two fleets of a place may have the same labels,
   * and none may have a label of GitHub's own machines, such as `ubuntu-latest`.
   */
  readonly labels: readonly string[];

  /**
   * Where its runners are registered: an organisation, `acme`, for the jobs of its repositories, or one repository,
   * `acme/app`, for its own jobs. A person's runners can only be registered at a repository.
   * Default: the only entry of `owners` or `repositories`; with several of them it is needed.
   */
  readonly registerAt?: string;

  /**
   * Name of the organisation's runner group, which says which repositories may use the runners. Only with an
   * organisation as `registerAt`. Default: the organisation's default group.
   */
  readonly runnerGroup?: string;
}
