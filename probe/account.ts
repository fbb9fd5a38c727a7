/** What probes have in an account. */
import {
  AutoScalingClient,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  paginateListSecrets,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { AwsClientConfig } from '../commands/aws/account.ts';
import { groupsTagged } from '../commands/aws/groups.ts';
import { describedStack } from '../commands/aws/stack.ts';
import { errorFacts } from '../lambda/scaler/contract.ts';
import type { ProbesAccount } from './clean-up.ts';
import { isProbeName, PROBE_PREFIX } from './names.ts';

export function probesIn(config: AwsClientConfig): ProbesAccount {
  const autoScaling = new AutoScalingClient(config);
  const cloudFormation = new CloudFormationClient(config);
  const secrets = new SecretsManagerClient(config);

  return {
    async names() {
      const names = new Set<string>();
      for await (const { Stacks = [] } of paginateDescribeStacks({ client: cloudFormation }, {})) {
        for (const { StackName = '' } of Stacks) names.add(StackName);
      }
      // A secret is searched for separately: it may outlive its stack.
      const filter = { Filters: [{ Key: 'name' as const, Values: [PROBE_PREFIX] }] };
      for await (const { SecretList = [] } of paginateListSecrets({ client: secrets }, filter)) {
        for (const { Name = '' } of SecretList) names.add(Name);
      }
      return [...names].filter(isProbeName);
    },
    async closeGroups(name) {
      for (const { AutoScalingGroupName } of await groupsOf(autoScaling, name)) {
        await autoScaling.send(
          new UpdateAutoScalingGroupCommand({
            AutoScalingGroupName,
            MinSize: 0,
            MaxSize: 0,
            DesiredCapacity: 0,
          }),
        );
      }
    },
    async instances(name) {
      const groups = await groupsOf(autoScaling, name);
      return groups.flatMap(({ Instances = [] }) =>
        Instances.map(({ InstanceId = '', LifecycleState = '' }) => ({
          id: InstanceId,
          lifecycle: LifecycleState,
        })),
      );
    },
    async terminate(id) {
      await autoScaling
        .send(
          new TerminateInstanceInAutoScalingGroupCommand({
            InstanceId: id,
            ShouldDecrementDesiredCapacity: false,
          }),
        )
        .catch((error: unknown) => {
          if (!/not found/i.test(errorFacts(error).message)) throw error;
        });
    },
    stackStatus: async (name) => (await describedStack(cloudFormation, name))?.StackStatus,
    async deleteSecret(name) {
      try {
        await secrets.send(new DescribeSecretCommand({ SecretId: name }));
        await secrets.send(
          new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }),
        );
        return true;
      } catch (error) {
        if (errorFacts(error).name === 'ResourceNotFoundException') return false;
        throw error;
      }
    },
  };
}

async function groupsOf(client: AutoScalingClient, name: string) {
  return groupsTagged(client, { key: 'runner-scaler-probe', value: name });
}
