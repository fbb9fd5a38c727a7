/** What the checks look at. What is asked of AWS is asked once, by the first check that needs it. */
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import type { Settings } from '../../lambda/scaler/contract.ts';
import type { Account } from '../aws/account.ts';
import { deployedFunction, type Deployment, deploymentOf, settingsOf } from '../aws/deployment.ts';
import type { FunctionLog } from '../aws/function-log.ts';
import type { OperatedGroup, OperatedGroups } from '../aws/groups.ts';
import { NothingDeployed } from '../chosen-groups.ts';
import { type DryPass, dryPass } from '../reconcile.ts';
import { NotThereYet, problem, type Said, unknown } from './finding.ts';
import { readSecrets, type SecretRead } from './secret-reads.ts';

export interface Patient {
  readonly config: ResolvedConfig;
  readonly account: Account;
  /** @throws NotThereYet where there is nothing that could be looked at */
  readonly deployment: () => Promise<Deployment>;
  readonly function: () => Promise<FunctionConfiguration>;
  readonly settings: () => Promise<Settings>;
  readonly groups: () => Promise<readonly OperatedGroup[]>;
  readonly secrets: () => Promise<readonly SecretRead[]>;
  readonly pass: () => Promise<DryPass>;
  /** The template that the config gives. */
  readonly template: () => Promise<unknown>;
  readonly log: FunctionLog;
  readonly now: () => number;
  /** What has to be typed behind a command to mean the same scaler. */
  readonly typed: string;
}

export interface PatientOptions extends Pick<
  Patient,
  'config' | 'account' | 'log' | 'now' | 'typed' | 'template'
> {
  readonly groups: Pick<OperatedGroups, 'list'>;
}

export function patientOf({ groups, template, ...given }: PatientOptions): Patient {
  const { account, config, typed } = given;
  const deployment = once(async () => usable(account, config.name));
  const found = once(async () => deployedFunction(account, await deployment()));
  const settings = once(async () => settingsOf(await found()));
  return {
    ...given,
    deployment,
    function: found,
    settings,
    groups: once(async () => groups.list()),
    secrets: once(async () => readSecrets({ account, config, deployment, settings, typed })),
    pass: once(async () => dryPass({ settings: await settings(), client: account.client })),
    template: once(template),
  };
}

const EVENTS = 'see its events in CloudFormation, mend what they say';

/** Asks at the first call, and answers every later one with the same. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return async () => (asked ??= ask());
}

/** States in which nothing is there yet, or no more. */
const ABSENT: Readonly<Record<string, (name: string) => Said>> = {
  REVIEW_IN_PROGRESS: (name) =>
    problem(
      `the stack ${name} is in REVIEW_IN_PROGRESS: a change set was made, and never deployed`,
      'npx cdk deploy',
    ),
  CREATE_IN_PROGRESS: (name) =>
    unknown(
      `the stack ${name} is being deployed for the first time`,
      'repeat the command when it has ended',
    ),
  CREATE_FAILED: firstFailed('CREATE_FAILED'),
  ROLLBACK_IN_PROGRESS: firstFailed('ROLLBACK_IN_PROGRESS'),
  ROLLBACK_COMPLETE: firstFailed('ROLLBACK_COMPLETE'),
  ROLLBACK_FAILED: firstFailed('ROLLBACK_FAILED'),
  DELETE_IN_PROGRESS: (name) =>
    problem(`the stack ${name} is being removed`, 'npx cdk deploy when it is gone'),
  DELETE_COMPLETE: (name) => problem(`the stack ${name} was removed`, 'npx cdk deploy'),
};

function firstFailed(status: string): (name: string) => Said {
  return (name) =>
    problem(
      `the stack ${name} is in ${status}: its first deployment failed`,
      `${EVENTS}, and npx cdk deploy, which first removes what is left`,
    );
}

async function usable(account: Account, name: string): Promise<Deployment> {
  const deployment = await deploymentOf(account, name).catch((error: unknown) => {
    if (!(error instanceof NothingDeployed)) throw error;
    throw new NotThereYet(
      problem(
        `there is no stack ${name} in ${account.where}`,
        'npx cdk deploy; if it is elsewhere, choose with --region, AWS_REGION or AWS_PROFILE, or another --config',
      ),
    );
  });
  const absent = ABSENT[deployment.status];
  if (absent !== undefined) throw new NotThereYet(absent(name));
  return deployment;
}
