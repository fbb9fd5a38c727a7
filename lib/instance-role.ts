/** What the machines of one fleet may do: read their token, say that they are done, leave their group. */
import { aws_iam as iam, Stack, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { groupArn } from './group-arn.ts';
import { TASK_ENDED } from '../lambda/scaler/contract.ts';
import { onlyValues } from './only-values.ts';
import type { ResolvedConfig, ResolvedFleet } from './resolved-config.ts';
import type { TokenSecret } from './token-secret.ts';

export interface InstanceRoleProps {
  readonly config: Pick<ResolvedConfig, 'name' | 'wakeUps'>;
  readonly fleet: ResolvedFleet;
  readonly token: TokenSecret;
}

export class InstanceRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, fleet: Pick<ResolvedFleet, 'resourceClass'>) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      description: `What runners of ${fleet.resourceClass} may do`,
    });
  }

  /** What the role may do; after the role, whose name is part of its token's. */
  allow({ config, fleet, token }: InstanceRoleProps): void {
    // A policy of its own: as part of the role, what names the group would come before the launch
    // template, and what the launch template needs after it.
    const policy = new iam.Policy(this, 'Policy', {
      roles: [this.role],
      statements: [
        ...token.readStatements,
        new iam.PolicyStatement({
          // No action can be narrowed to the calling machine, only to its group.
          actions: [
            'autoscaling:CompleteLifecycleAction',
            'autoscaling:SetInstanceProtection',
            'autoscaling:TerminateInstanceInAutoScalingGroup',
          ],
          resources: [groupArn(Stack.of(this), fleet.group)],
        }),
        ...(config.wakeUps ? [taskEndedStatement(Stack.of(this), config.name)] : []),
        sessionManagerStatement(),
      ],
    });
    Validations.of(policy).acknowledge(
      {
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:autoscaling:<AWS::Region>:<AWS::AccountId>:autoScalingGroup:*:autoScalingGroupName/${fleet.group}]`,
        reason: 'The star is the id that Auto Scaling gives a group; the name after it is whole.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'Session Manager: its channels have no resources that a policy could name.',
      },
    );
  }
}

/**
 * Events of this one kind only.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
 */
function taskEndedStatement(stack: Stack, scaler: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [
      stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
    ],
    conditions: onlyValues({
      'events:source': [TASK_ENDED.source(scaler)],
      'events:detail-type': [TASK_ENDED.detailType],
    }),
  });
}

/**
 * For Session Manager, which takes the place of a key pair and an open port. Not AWS's managed policy
 * AmazonSSMManagedInstanceCore, with which a machine may also read every parameter of the account.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
 */
function sessionManagerStatement(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: [
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    resources: ['*'],
  });
}
