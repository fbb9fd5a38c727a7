/** What a config says of GitLab. */
import type { AgentConfig, FleetConfig } from './fleet-config.ts';

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
