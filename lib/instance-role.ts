/** What the machines of one fleet may do: read their token, take themselves out of their group. */
import { aws_iam as iam, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { groupArn } from './group-arn.ts';
import type { ResolvedFleet } from './resolved-config.ts';
import type { TokenSecret } from './token-secret.ts';

export interface InstanceRoleProps {
  readonly fleet: ResolvedFleet;
  readonly token: TokenSecret;
}

export class InstanceRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { fleet, token }: InstanceRoleProps) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      description: `What runners of ${fleet.resourceClass} may do`,
      managedPolicies: [
        // For Session Manager, which takes the place of a key pair and an open port.
        iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore'),
      ],
    });
    // A policy of its own: as part of the role, what names the group would come before the launch
    // template, and what the launch template needs after it.
    new iam.Policy(this, 'Policy', {
      roles: [this.role],
      statements: [
        ...token.readStatements,
        new iam.PolicyStatement({
          // Neither action can be narrowed to the calling machine, only to its group.
          actions: [
            'autoscaling:CompleteLifecycleAction',
            'autoscaling:TerminateInstanceInAutoScalingGroup',
          ],
          resources: [groupArn(Stack.of(this), fleet.group)],
        }),
      ],
    });
  }
}
