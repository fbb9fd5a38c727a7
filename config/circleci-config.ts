/** What a config says of CircleCI. */
import type { CircleCiApi } from '../lambda/scaler/contract.ts';
import type { FleetConfig } from './fleet-config.ts';

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
