/** What cannot be reached from the subnets of a place, and why. */
import type { Endpoint, RoutesOfSubnet, SubnetFacts } from '../aws/vpc.ts';
import { problem, type Said, unknown } from './finding.ts';
import type { Place } from './network-places.ts';

export interface Network {
  readonly subnets: readonly SubnetFacts[];
  readonly routes: (subnet: string) => RoutesOfSubnet;
  readonly endpoints: readonly Endpoint[];
}

/** Why a subnet has no way out, with what to do about it. */
interface Closed {
  readonly why: string;
  readonly remedy: string;
  /** It has one by IPv6, for what has an IPv6 address. */
  readonly onlyIpv6?: boolean;
}

/** Subnets that lack the same for the same reason. */
interface Shut {
  readonly closed: Closed;
  readonly ids: readonly string[];
  readonly missing: readonly string[];
}

const ENDPOINTS = 'docs/private-networks.md has the endpoints';

/** Hosts that are on the internet, wherever the CI system itself is. */
const PUBLIC =
  /(^|\.)(circleci\.com|github\.com|ghe\.com|gitlab\.com|amazonaws\.com|on\.aws|githubusercontent\.com|windows\.net|ubuntu\.com)$/;

export function unreachable(place: Place, network: Network, region: string): readonly Said[] {
  const closed = new Map<string, Shut>();
  for (const subnet of network.subnets) {
    if (subnet.vpcId !== place.vpcId) continue;
    const routes = network.routes(subnet.id);
    const shut =
      place.ip === 'ipv6-only' ? closedIpv6(subnet, routes) : closedIpv4(place, subnet, routes);
    if (shut === undefined) continue;
    const missing = missingFrom(place, network, { table: routes.table, region });
    if (missing.length === 0) continue;
    const key = `${shut.why} ${missing.join(' ')}`;
    closed.set(key, {
      closed: shut,
      missing,
      ids: [...(closed.get(key)?.ids ?? []), subnet.id],
    });
  }
  return [...closed.values()].map(({ closed: { why, remedy, onlyIpv6 = false }, ids, missing }) => {
    const from = ids.join(', ');
    return onlyIpv6 && missing.every((each) => each.startsWith('http'))
      ? unknown(
          `from ${from} the ${place.who} reach only by IPv6, which these have to have: ${missing.join(', ')}`,
          remedy,
        )
      : problem(`from ${from} the ${place.who} cannot reach ${missing.join(', ')}: ${why}`, remedy);
  });
}

interface From {
  readonly table: string | undefined;
  readonly region: string;
}

/**
 * What is needed and has no endpoint. A CI system in the VPC, or behind a route of its own, may be reached without a
 * way to the internet; the pass of the function tells whether it is.
 */
function missingFrom(
  { needs }: Place,
  { endpoints }: Network,
  { table, region }: From,
): readonly string[] {
  const services = needs.services.flatMap((service) => {
    const name = `com.amazonaws.${region}.${service}`;
    const there = endpoints.filter((endpoint) => endpoint.service === name);
    if (there.some((endpoint) => endpoint.leadsFrom(table))) return [];
    return [
      there.some(({ withoutName }) => withoutName)
        ? `${name} (its endpoint has no private DNS)`
        : name,
    ];
  });
  const addresses = needs.addresses.filter((address) => PUBLIC.test(new URL(address).hostname));
  return [...services, ...addresses];
}

function closedIpv4(
  { who }: Place,
  subnet: SubnetFacts,
  { ipv4, ipv6 }: RoutesOfSubnet,
): Closed | undefined {
  const onlyIpv6 = subnet.hasIpv6 && ipv6 !== undefined && ipv6.kind !== 'gone';
  if (ipv4 === undefined) {
    return {
      onlyIpv6,
      why: 'there is no default route',
      remedy: `route them through a NAT gateway, or make these interface endpoints; ${ENDPOINTS}`,
    };
  }
  if (ipv4.kind === 'gone') {
    return {
      onlyIpv6,
      why: `the default route leads to ${ipv4.target}, which is gone`,
      remedy: 'make the NAT gateway again, and correct the route',
    };
  }
  if (ipv4.kind !== 'internet-gateway') return undefined;
  if (who === 'functions') {
    return {
      onlyIpv6,
      why: `the default route leads to ${ipv4.target}, and a function has no public address`,
      remedy: `name private subnets with a NAT gateway in network.scaler.subnetIds, or make endpoints; ${ENDPOINTS}`,
    };
  }
  if (subnet.givesPublicAddress) return undefined;
  return {
    onlyIpv6,
    why: `the default route leads to ${ipv4.target}, and the subnet gives no public address`,
    remedy: `aws ec2 modify-subnet-attribute --map-public-ip-on-launch --subnet-id ${subnet.id}, or route them through a NAT gateway`,
  };
}

function closedIpv6(subnet: SubnetFacts, { ipv6, nat64 }: RoutesOfSubnet): Closed | undefined {
  if (ipv6 === undefined || ipv6.kind === 'gone') {
    return {
      why:
        ipv6 === undefined
          ? 'there is no route for ::/0'
          : `the route for ::/0 leads to ${ipv6.target}, which is gone`,
      remedy: 'route ::/0 to an egress-only internet gateway',
    };
  }
  if (subnet.dns64 && nat64 !== undefined && nat64.kind !== 'gone') return undefined;
  const lacks = subnet.dns64 ? 'has no route for 64:ff9b::/96' : 'has no DNS64';
  return {
    why: `some of these have no IPv6 address, and the subnet ${lacks}`,
    remedy: `aws ec2 modify-subnet-attribute --enable-dns64 --subnet-id ${subnet.id}, and route 64:ff9b::/96 to a NAT gateway`,
  };
}
