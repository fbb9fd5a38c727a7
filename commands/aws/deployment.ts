/** What a deployment left in an account, as its stack names it: the function with its settings, the schedule, the secrets. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { decodeSettings, type Settings, SettingsError } from '../../lambda/scaler/contract.ts';
import { CommandError, NothingDeployed } from '../chosen-groups.ts';
import type { Account } from './account.ts';
import { asking } from './refusal.ts';
import { describedStack, type StackResource, stackResources } from './stack.ts';

export interface Deployment {
  /** CloudFormation's word, such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly resources: readonly StackResource[];
}

/** @throws NothingDeployed where the stack is not there, AwsError */
export async function deploymentOf(
  { client, where }: Pick<Account, 'client' | 'where'>,
  name: string,
): Promise<Deployment> {
  const cloudFormation = new CloudFormationClient(client);
  const stack = await describedStack(cloudFormation, name);
  if (stack === undefined) {
    throw new NothingDeployed(
      `there is no stack ${name} in ${where}; deploy it with npx cdk deploy, or choose with --region, AWS_REGION or AWS_PROFILE, or another --config`,
    );
  }
  return {
    status: stack.StackStatus ?? '',
    resources: await stackResources(cloudFormation, name),
  };
}

/**
 * The function that makes the passes, as Lambda has it.
 *
 * @throws CommandError where there is none, AwsError
 */
export async function deployedFunction(
  { client }: Pick<Account, 'client'>,
  { resources }: Pick<Deployment, 'resources'>,
): Promise<FunctionConfiguration> {
  const name = scalerFunctionIn({ resources });
  if (name === undefined) {
    throw new CommandError('the stack has no function of a scaler; deploy it with npx cdk deploy');
  }
  return asking('lambda:GetFunctionConfiguration', async () =>
    new LambdaClient(client).send(new GetFunctionConfigurationCommand({ FunctionName: name })),
  );
}

/**
 * The settings that the deployed function runs with.
 *
 * @throws CommandError where it has none that can be used, AwsError
 */
export async function deployedSettings(
  account: Pick<Account, 'client'>,
  deployment: Deployment,
): Promise<Settings> {
  return settingsOf(await deployedFunction(account, deployment));
}

/** @throws CommandError where it has none that can be used */
export function settingsOf({ FunctionName = '', Environment }: FunctionConfiguration): Settings {
  try {
    return decodeSettings(Environment?.Variables ?? {});
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new CommandError(
      `the function ${FunctionName} is deployed with other settings than this version knows (${error.problems.join('; ')}); deploy this version with npx cdk deploy`,
    );
  }
}

/** @returns the name of the function that makes the passes */
export function scalerFunctionIn({ resources }: Pick<Deployment, 'resources'>): string | undefined {
  return resources.find(
    ({ type, logicalId }) =>
      type === 'AWS::Lambda::Function' && logicalId.startsWith('ScalerFunction'),
  )?.physicalId;
}

/** @returns the name of the schedule that invokes it */
export function scheduleIn({ resources }: Pick<Deployment, 'resources'>): string | undefined {
  return resources.find(({ type }) => type === 'AWS::Scheduler::Schedule')?.physicalId;
}
