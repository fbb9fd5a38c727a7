/** Whether machines in a network of the user's own find a way out. */
import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
  type RouteTable,
  type Subnet,
} from '@aws-sdk/client-ec2';
import type { ResolvedNetwork } from '../../config/resolved-config.ts';
import { asking, AwsError } from '../aws/refusal.ts';
import type { Patient } from './doctor.ts';
import { ok, problem, problemsOr, type Said } from './finding.ts';

/** What a machine calls while it boots and ends; the agent needs its CI system besides. */
const SERVICES = ['autoscaling', 'events', 'secretsmanager'];

export async function network({ account, config }: Patient): Promise<readonly Said[]> {
  if (config.network === undefined) return [ok('the stack makes its own network')];
  const ec2 = new EC2Client(account.client);
  const { network } = config;
  const read = await subnetsOf(ec2, network);
  if (!Array.isArray(read)) return [read];
  const { RouteTables = [] } = await asking('ec2:DescribeRouteTables', async () =>
    ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [network.vpcId] }] }),
    ),
  );
  const closed: string[] = [];
  const found: Said[] = [];
  for (const subnet of read) {
    const id = subnet.SubnetId ?? '';
    if (subnet.VpcId !== network.vpcId) {
      found.push(
        problem(
          `the subnet ${id} is in ${subnet.VpcId ?? 'no VPC'}, not in ${network.vpcId}`,
          'correct network in the config',
        ),
      );
      continue;
    }
    const route = defaultRouteOf(id, RouteTables);
    if (route === undefined) closed.push(id);
    else if (route.startsWith('igw-') && !network.ipv6Only && subnet.MapPublicIpOnLaunch !== true) {
      found.push(
        problem(
          `the subnet ${id} leads to an internet gateway, and gives its machines no public address`,
          'let the subnet give public IPv4 addresses, or route it through a NAT gateway',
        ),
      );
    }
  }
  // A proxy is the way out of a network that has no other.
  if (closed.length > 0 && config.proxy === undefined)
    found.push(...(await endpointsFor(closed, { ec2, network, account })));
  return problemsOr(`the ${read.length} subnets have a way out`, found);
}

async function subnetsOf(ec2: EC2Client, { subnetIds }: ResolvedNetwork): Promise<Subnet[] | Said> {
  try {
    const { Subnets = [] } = await asking('ec2:DescribeSubnets', async () =>
      ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...subnetIds] })),
    );
    return Subnets;
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    return problem(error.message, 'correct network.subnetIds in the config, or the Region');
  }
}

/** The table of the subnet, or else the VPC's main one. */
function defaultRouteOf(subnet: string, tables: readonly RouteTable[]): string | undefined {
  const own = tables.find(({ Associations = [] }) =>
    Associations.some(({ SubnetId }) => SubnetId === subnet),
  );
  const main = tables.find(({ Associations = [] }) =>
    Associations.some(({ Main }) => Main === true),
  );
  const route = (own ?? main)?.Routes?.find(
    ({ DestinationCidrBlock, DestinationIpv6CidrBlock, State }) =>
      (DestinationCidrBlock === '0.0.0.0/0' || DestinationIpv6CidrBlock === '::/0') &&
      State !== 'blackhole',
  );
  if (route === undefined) return undefined;
  return route.NatGatewayId ?? route.GatewayId ?? route.TransitGatewayId ?? 'another target';
}

interface Closed {
  readonly ec2: EC2Client;
  readonly network: ResolvedNetwork;
  readonly account: Patient['account'];
}

async function endpointsFor(
  subnets: readonly string[],
  { ec2, network, account }: Closed,
): Promise<readonly Said[]> {
  const { VpcEndpoints = [] } = await asking('ec2:DescribeVpcEndpoints', async () =>
    ec2.send(
      new DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-id', Values: [network.vpcId] }] }),
    ),
  );
  const there = new Set(VpcEndpoints.map(({ ServiceName }) => ServiceName));
  const missing = SERVICES.map((service) => `com.amazonaws.${account.region}.${service}`).filter(
    (service) => !there.has(service),
  );
  if (missing.length === 0) return [];
  return [
    problem(
      `the subnets ${subnets.join(', ')} have no default route, and the VPC no endpoint for ${missing.join(', ')}`,
      'route them through a NAT gateway, or make these interface endpoints; docs/private-networks.md has all that has to be reached',
    ),
  ];
}
