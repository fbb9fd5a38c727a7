/** One pass of the real scaler as a dry run. */
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { sourceSettings } from '../config/source-settings.ts';
import {
  createScaler,
  type Failure,
  FleetError,
  InvocationError,
  type Outcome,
  outcomeLine,
  systemClock,
} from '../lambda/scaler/composition.ts';
import type { Settings } from '../lambda/scaler/contract.ts';
import type { AwsClientConfig } from './aws/account.ts';
import { refusal } from './aws/refusal.ts';
import { CommandError } from './chosen-groups.ts';
import { decisionSentence } from './decision-words.ts';
import { readLine } from './log-lines.ts';

export interface DryPass {
  readonly classes: readonly {
    readonly resourceClass: string;
    readonly group: string;
    readonly sentence: string;
    readonly failure: Failure | undefined;
  }[];
  /** What it would have changed, and what else a person should know. */
  readonly notices: readonly string[];
  /** What went wrong beside the failures of classes, such as a group that cannot be served. */
  readonly problems: readonly string[];
}

export interface DryPassOptions {
  readonly settings: Settings;
  readonly client: AwsClientConfig;
}

/** Milliseconds that the pass may take. */
const BUDGET_MS = 60_000;

export async function dryPass({ settings, client }: DryPassOptions): Promise<DryPass> {
  const outcomes: Outcome[] = [];
  const notices: string[] = [];
  const { region, endpoint, credentials } = client;
  // This machine has its own way out, and may be far from the function's proxy.
  const { proxy: _proxy, ...own } = settings;
  const scaler = createScaler({
    settings: { ...own, dryRun: true, queueUrl: undefined },
    clock: systemClock,
    report: {
      outcome: (outcome) => void outcomes.push(outcome),
      warning: (message) => void notices.push(message),
    },
    aws: {
      ...(region !== undefined && { region }),
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials !== undefined && { credentials }),
    },
  });
  const problems = await scaler(BUDGET_MS).then(
    () => [],
    (error: unknown) => {
      if (error instanceof InvocationError) return error.problems;
      // The groups themselves could not be described.
      if (!(error instanceof FleetError)) throw error;
      throw refusal('autoscaling:DescribeAutoScalingGroups', error.cause ?? error);
    },
  );
  const told = new Set(
    outcomes.flatMap(({ fleet, failure }) =>
      failure === undefined ? [] : [`${fleet.resourceClass}: ${failure.message}`],
    ),
  );
  return {
    classes: outcomes
      .map((outcome) => {
        const line = readLine({ at: outcome.at, message: outcomeLine(settings.name, outcome) });
        const { resourceClass, group } = outcome.fleet;
        const sentence = line?.kind === 'pass' ? decisionSentence(line) : '';
        return { resourceClass, group, sentence, failure: outcome.failure };
      })
      .sort((one, other) => one.resourceClass.localeCompare(other.resourceClass)),
    notices,
    problems: problems.filter((each) => !told.has(each)),
  };
}

/**
 * The settings of a scaler that is not deployed yet.
 *
 * @throws CommandError where the credential would be in a secret that only the deployment makes
 */
export function settingsOf(config: ResolvedConfig): Settings {
  const { name, passIntervalSeconds, metrics } = config;
  return {
    name,
    sources: sourceSettings(config, (_, { existingSecretArn }) =>
      existing(existingSecretArn, name),
    ),
    passIntervalSeconds,
    metrics,
    queueUrl: undefined,
    dryRun: true,
  };
}

function existing(arn: string | undefined, name: string): string {
  if (arn !== undefined) return arn;
  throw new CommandError(
    `there is no stack ${name}, and the config names no secret that holds the credential of its CI system; deploy it with npx cdk deploy, or put it into a secret of your own and its ARN into the config`,
  );
}
