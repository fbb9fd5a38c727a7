/** A network of the user's own in a simulated account: as its config has it, and in order. */
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import type { DeployedStack } from '../emulators/deployed.ts';
import type { Ec2State } from '../emulators/ec2.ts';

export interface OwnNetwork {
  readonly state: Pick<Ec2State, 'subnets' | 'endpoints' | 'withoutDns' | 'securityGroups'>;
  /** The security groups that the stack made in it. */
  readonly resources: DeployedStack['resources'];
}

const RUNNERS = { logicalId: 'NetworkRunnerSecurityGroup00000000', physicalId: 'sg-00000001' };
const FUNCTIONS = { logicalId: 'ScalerNetworkSecurityGroup00000000', physicalId: 'sg-00000002' };

export function ownNetwork({ network }: Pick<ResolvedConfig, 'network'>): OwnNetwork {
  const { vpcId = '', subnetIds = [], securityGroupIds = [], scaler } = network ?? {};
  const own = network === undefined ? [] : scaler === undefined ? [RUNNERS] : [RUNNERS, FUNCTIONS];
  const groups = [
    ...own.map(({ physicalId }) => physicalId),
    ...securityGroupIds,
    ...(scaler?.securityGroupIds ?? []),
  ];
  return {
    state: {
      subnets: new Map(
        [...subnetIds, ...(scaler?.subnetIds ?? [])].map((id) => [
          id,
          { vpcId, zone: 'us-east-1a', givesPublicAddress: false, defaultRoute: 'nat-1' },
        ]),
      ),
      endpoints: new Set(),
      withoutDns: new Set(),
      securityGroups: new Map(groups.map((id) => [id, { vpcId, letsOut: true }])),
    },
    resources: own.map((group) => ({ ...group, type: 'AWS::EC2::SecurityGroup' })),
  };
}
