/** What the machines of one fleet may do: join the CI system, report their state, leave their group. */
import { ArnFormat, aws_iam as iam, Stack, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { groupArn } from './group-arn.ts';
import { encodeEventSource, RUNNER_ENDED, TASK_ENDED } from '../lambda/scaler/contract.ts';
import { MACHINE_LOG_STREAMS } from './machine-log.ts';
import { machineLogGroup } from '../config/fleet-names.ts';
import { onlyValues } from './only-values.ts';
import type { ResolvedConfig, ResolvedFleet } from '../config/resolved-config.ts';

export interface InstanceRoleProps {
  readonly config: Pick<ResolvedConfig, 'name'>;
  readonly fleet: ResolvedFleet;
  /** What they may do to join the CI system. */
  readonly joining: readonly iam.PolicyStatement[];
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

  /** Grants the permissions. Not part of the constructor, because a token's secret is named for the role. */
  allow({ config, fleet, joining }: InstanceRoleProps): void {
    // A separate policy: the launch template needs the role, and must not wait for statements that name the
    // group.
    const policy = new iam.Policy(this, 'Policy', {
      roles: [this.role],
      statements: [
        ...joining,
        new iam.PolicyStatement({
          // None of these actions can be limited to the calling machine, only to its group.
          actions: [
            'autoscaling:CompleteLifecycleAction',
            'autoscaling:DetachInstances',
            'autoscaling:SetInstanceProtection',
            'autoscaling:TerminateInstanceInAutoScalingGroup',
          ],
          resources: [groupArn(Stack.of(this), fleet.group)],
        }),
        eventsStatement(
          Stack.of(this),
          encodeEventSource({ scaler: config.name, resourceClass: fleet.resourceClass }),
        ),
        ...(fleet.machineLogs ? [logStatement(Stack.of(this), config.name)] : []),
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
    if (fleet.machineLogs) {
      Validations.of(policy).acknowledge({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:${machineLogGroup(config.name)}:log-stream:${MACHINE_LOG_STREAMS}]`,
        reason: 'The star is the id of the machine, by which its stream is named.',
      });
    }
  }
}

/**
 * Events of these two kinds, for this class only, so that other machines cannot report for it.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
 */
function eventsStatement(stack: Stack, source: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [
      stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
    ],
    conditions: onlyValues({
      'events:source': [source],
      'events:detail-type': [RUNNER_ENDED.detailType, TASK_ENDED.detailType],
    }),
  });
}

/** No policy variable is the id of the calling machine, so a machine could write to another's stream. */
function logStatement(stack: Stack, scaler: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [
      stack.formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: `${machineLogGroup(scaler)}:log-stream:${MACHINE_LOG_STREAMS}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
  });
}

/**
 * For Session Manager, which replaces a key pair and an open port. AWS's managed policy
 * AmazonSSMManagedInstanceCore would also let a machine read every parameter of the account.
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
