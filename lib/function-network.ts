/** A function's place in the user's VPC: its addresses, its security group, and the rights that Lambda needs for them. */
import {
  Annotations,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_lambda as lambda,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ScalerNetwork } from '../config/resolved-config.ts';

/**
 * What Lambda needs of the role to connect a function to a VPC, by the policy AWSLambdaVPCAccessExecutionRole.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const INTERFACE_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

export interface FunctionNetworkProps {
  readonly vpcId: string;
  readonly place: ScalerNetwork;
  /** Whose place it is, for people who read the list of security groups: `scaler`. */
  readonly name: string;
  readonly function: lambda.Function;
  readonly role: iam.Role;
  /** What the function has to reach from there, told at synth. */
  readonly routes: string;
}

export class FunctionNetwork extends Construct {
  constructor(scope: Construct, id: string, props: FunctionNetworkProps) {
    super(scope, id);
    const { vpcId, place, name, role, routes } = props;
    const group = new ec2.CfnSecurityGroup(this, 'SecurityGroup', {
      vpcId,
      groupDescription: `The ${name}: everything out, nothing in`,
      securityGroupEgress: [
        { ipProtocol: '-1', cidrIp: '0.0.0.0/0', description: 'The CI system, AWS and a proxy' },
        { ipProtocol: '-1', cidrIpv6: '::/0', description: 'The CI system, AWS and a proxy' },
      ],
    });
    const { defaultChild } = props.function.node;
    if (!(defaultChild instanceof lambda.CfnFunction)) throw new Error('no function');
    // At the low level: the construct would look the VPC up, for which it needs credentials.
    defaultChild.vpcConfig = {
      subnetIds: [...place.subnetIds],
      securityGroupIds: [group.attrGroupId, ...place.securityGroupIds],
      ipv6AllowedForDualStack: place.dualStack,
    };
    role.addToPolicy(new iam.PolicyStatement({ actions: INTERFACE_ACTIONS, resources: ['*'] }));
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'For describing groups and what belongs to them, and for the network interfaces that Lambda makes: AWS ' +
        'allows each for all resources or none.',
    });
    this.denyToCode(props.function, role);
    Annotations.of(this).addInfoV2('runner-scaler:function-routes', routes);
  }

  /**
   * Lambda itself uses the role's rights, and so the function's code has them too. Its calls, and no others, carry the
   * function's ARN. A policy apart, because it names the function, which waits for the role's own.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
   */
  private denyToCode({ functionArn }: lambda.Function, role: iam.Role): void {
    new iam.Policy(this, 'NotForCode', {
      roles: [role],
      statements: [
        new iam.PolicyStatement({
          effect: iam.Effect.DENY,
          actions: INTERFACE_ACTIONS,
          resources: ['*'],
          conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
        }),
      ],
    });
  }
}
