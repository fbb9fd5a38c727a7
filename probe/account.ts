/** What probes have in an account. */
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateDescribeStacks,
} from '@aws-sdk/client-cloudformation';
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  paginateListSecrets,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { errorFacts } from '../lambda/scaler/contract.ts';
import type { ProbesAccount } from './clean-up.ts';
import { isProbeName, PROBE_PREFIX } from './names.ts';

export function probesIn(region: string): ProbesAccount {
  const autoScaling = new AutoScalingClient({ region });
  const cloudFormation = new CloudFormationClient({ region });
  const secrets = new SecretsManagerClient({ region });

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
    async stackStatus(name) {
      try {
        const { Stacks = [] } = await cloudFormation.send(
          new DescribeStacksCommand({ StackName: name }),
        );
        return Stacks[0]?.StackStatus;
      } catch (error) {
        if (/does not exist/.test(errorFacts(error).message)) return undefined;
        throw error;
      }
    },
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
  const { AutoScalingGroups = [] } = await client.send(
    new DescribeAutoScalingGroupsCommand({
      Filters: [{ Name: 'tag:runner-scaler-probe', Values: [name] }],
    }),
  );
  return AutoScalingGroups;
}
