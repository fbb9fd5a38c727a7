/** What a VPC offers to what stands in it: subnets with their routes, endpoints, and security groups. */
import {
  type EC2Client,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  type Route,
  type RouteTable,
  type Subnet,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { asking } from './refusal.ts';

export interface SubnetFacts {
  readonly id: string;
  readonly vpcId: string;
  /** It has no IPv4. */
  readonly ipv6Only: boolean;
  readonly hasIpv6: boolean;
  /** Whether what starts in it gets a public IPv4 address. */
  readonly givesPublicAddress: boolean;
  /** Whether names without an IPv6 address get one for NAT64. */
  readonly dns64: boolean;
}

/** @returns those that are there, by id */
export async function subnetsById(
  client: EC2Client,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SubnetFacts>> {
  // A filter, because of an id that is not there the call with ids tells nothing of the others.
  const Filters = [{ Name: 'subnet-id', Values: [...ids] }];
  return asking('ec2:DescribeSubnets', async () => {
    const found = new Map<string, SubnetFacts>();
    for await (const { Subnets = [] } of paginateDescribeSubnets({ client }, { Filters })) {
      for (const subnet of Subnets) found.set(subnet.SubnetId ?? '', subnetFacts(subnet));
    }
    return found;
  });
}

function subnetFacts(subnet: Subnet): SubnetFacts {
  const blocks = subnet.Ipv6CidrBlockAssociationSet ?? [];
  return {
    id: subnet.SubnetId ?? '',
    vpcId: subnet.VpcId ?? '',
    ipv6Only: subnet.Ipv6Native === true,
    hasIpv6: blocks.some(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === 'associated'),
    givesPublicAddress: subnet.MapPublicIpOnLaunch === true,
    dns64: subnet.EnableDns64 === true,
  };
}

/** Where the route of a subnet leads. */
export interface Way {
  /** Such as `igw-0123456789abcdef0`. */
  readonly target: string;
  readonly kind: 'internet-gateway' | 'egress-only' | 'other' | 'gone';
}

export interface RoutesOfSubnet {
  readonly table: string | undefined;
  /** Of everything that has no other route; undefined where there is none. */
  readonly ipv4: Way | undefined;
  readonly ipv6: Way | undefined;
  /** Of `64:ff9b::/96`, by which what has no IPv6 is reached. */
  readonly nat64: Way | undefined;
}

/** @returns the routes of a subnet by its id: those of its own table, or else of the VPC's main one */
export async function routesIn(
  client: EC2Client,
  vpcId: string,
): Promise<(subnet: string) => RoutesOfSubnet> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const tables = await asking('ec2:DescribeRouteTables', async () => {
    const found: RouteTable[] = [];
    for await (const page of paginateDescribeRouteTables({ client }, { Filters })) {
      found.push(...(page.RouteTables ?? []).filter((table) => table.VpcId === vpcId));
    }
    return found;
  });
  return (subnet) => {
    const own = tables.find(({ Associations = [] }) =>
      Associations.some(({ SubnetId }) => SubnetId === subnet),
    );
    const main = tables.find(({ Associations = [] }) =>
      Associations.some(({ Main }) => Main === true),
    );
    const { RouteTableId, Routes = [] } = own ?? main ?? {};
    return {
      table: RouteTableId,
      ipv4: wayOf(Routes, ({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0'),
      ipv6: wayOf(Routes, ({ DestinationIpv6CidrBlock }) => DestinationIpv6CidrBlock === '::/0'),
      nat64: wayOf(
        Routes,
        ({ DestinationIpv6CidrBlock }) => DestinationIpv6CidrBlock === '64:ff9b::/96',
      ),
    };
  };
}

function wayOf(routes: readonly Route[], leads: (route: Route) => boolean): Way | undefined {
  const route = routes.find(leads);
  if (route === undefined) return undefined;
  const target =
    route.NatGatewayId ??
    route.EgressOnlyInternetGatewayId ??
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.NetworkInterfaceId ??
    route.GatewayId ??
    'its target';
  if (route.State === 'blackhole') return { target, kind: 'gone' };
  if (target.startsWith('igw-')) return { target, kind: 'internet-gateway' };
  return { target, kind: target.startsWith('eigw-') ? 'egress-only' : 'other' };
}

export interface Endpoint {
  /** Such as `com.amazonaws.us-east-1.autoscaling`. */
  readonly service: string;
  /** Whether the usual name of the service leads to it from a subnet with that route table. */
  readonly leadsFrom: (table: string | undefined) => boolean;
  /** It is there, but the usual name of the service does not lead to it. */
  readonly withoutName: boolean;
}

/** Those that work. */
export async function endpointsIn(client: EC2Client, vpcId: string): Promise<readonly Endpoint[]> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  return asking('ec2:DescribeVpcEndpoints', async () => {
    const found: Endpoint[] = [];
    for await (const page of paginateDescribeVpcEndpoints({ client }, { Filters })) {
      for (const endpoint of page.VpcEndpoints ?? []) {
        if (endpoint.VpcId === vpcId && /^available$/i.test(endpoint.State ?? '')) {
          found.push(endpointOf(endpoint));
        }
      }
    }
    return found;
  });
}

function endpointOf(endpoint: VpcEndpoint): Endpoint {
  const { ServiceName = '', VpcEndpointType, PrivateDnsEnabled, RouteTableIds = [] } = endpoint;
  const isGateway = VpcEndpointType === 'Gateway';
  return {
    service: ServiceName,
    leadsFrom: (table) =>
      isGateway ? table !== undefined && RouteTableIds.includes(table) : PrivateDnsEnabled === true,
    withoutName: !isGateway && PrivateDnsEnabled !== true,
  };
}

export interface SecurityGroupFacts {
  readonly vpcId: string;
  /** Whether it lets anything out. */
  readonly letsOut: boolean;
}

/** @returns those that are there, by id */
export async function securityGroupsById(
  client: EC2Client,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SecurityGroupFacts>> {
  const Filters = [{ Name: 'group-id', Values: [...ids] }];
  return asking('ec2:DescribeSecurityGroups', async () => {
    const found = new Map<string, SecurityGroupFacts>();
    for await (const page of paginateDescribeSecurityGroups({ client }, { Filters })) {
      for (const { GroupId = '', VpcId = '', IpPermissionsEgress = [] } of page.SecurityGroups ??
        []) {
        found.set(GroupId, { vpcId: VpcId, letsOut: IpPermissionsEgress.length > 0 });
      }
    }
    return found;
  });
}
