/** Where runners are started: the user's VPC, or a small one of the stack's own. */
import { aws_ec2 as ec2, Validations } from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';
import type { ResolvedNetwork } from '../config/resolved-config.ts';

/** Addresses of the stack's own VPC, and the size of its two subnets: 4,091 runners in each. */
const VPC_CIDR = '10.90.0.0/16';
const SUBNET_MASK = 20;

export interface NetworkProps {
  /** The network to use. Default: one is made. */
  readonly existing?: ResolvedNetwork;
}

export class Network extends Construct {
  readonly subnetIds: readonly string[];
  /** The groups of a runner: the stack's own, and those the config names. */
  readonly securityGroups: readonly ec2.ISecurityGroup[];
  /** What must exist before a machine can reach the internet. */
  readonly wayOut: readonly IDependable[];

  constructor(scope: Construct, id: string, { existing }: NetworkProps) {
    super(scope, id);
    const made = existing === undefined ? this.makeVpc() : undefined;
    const vpcId = made?.vpcId ?? existing?.vpcId ?? '';
    // By id only: looking up the VPC would need credentials to make the template.
    const runners = new ec2.CfnSecurityGroup(this, 'RunnerSecurityGroup', {
      vpcId,
      groupDescription: 'Runners: everything out, nothing in',
      securityGroupEgress: [
        { ipProtocol: '-1', cidrIp: '0.0.0.0/0', description: 'Jobs reach what they need' },
        { ipProtocol: '-1', cidrIpv6: '::/0', description: 'Jobs reach what they need' },
      ],
    });
    this.subnetIds = existing?.subnetIds ?? made?.publicSubnets.map((net) => net.subnetId) ?? [];
    this.securityGroups = [runners.attrGroupId, ...(existing?.securityGroupIds ?? [])].map(
      (groupId, index) =>
        ec2.SecurityGroup.fromSecurityGroupId(this, `SecurityGroup${index}`, groupId, {
          mutable: false,
        }),
    );
    this.wayOut = made?.publicSubnets.map((net) => net.internetConnectivityEstablished) ?? [];
  }

  private makeVpc(): ec2.Vpc {
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(VPC_CIDR),
      maxAzs: 2,
      // At zero runners public addresses cost nothing, while a NAT gateway is billed by the hour.
      natGateways: 0,
      subnetConfiguration: [
        {
          name: 'Runners',
          subnetType: ec2.SubnetType.PUBLIC,
          cidrMask: SUBNET_MASK,
          mapPublicIpOnLaunch: true,
        },
      ],
      // Free of charge, and much of what CI jobs move is in S3.
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
      // Emptying the default group would need a custom resource with a function; nothing uses that group.
      restrictDefaultSecurityGroup: false,
    });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'A flow log is billed for each gigabyte that jobs download, and there is no inbound traffic to show. ' +
        'Anyone who must keep one can give a network of their own.',
    });
    return vpc;
  }
}
