/** Whether runners and functions in a network of the user's own reach what they need. */
import { EC2Client } from '@aws-sdk/client-ec2';
import {
  type Endpoint,
  endpointsIn,
  routesIn,
  type RoutesOfSubnet,
  securityGroupsById,
  type SubnetFacts,
  subnetsById,
} from '../aws/vpc.ts';
import { type Asked, asked, ok, part, problem, type Said } from './finding.ts';
import { type Place, placesOf } from './network-places.ts';
import { type Network, unreachable } from './network-ways.ts';
import type { Patient } from './patient.ts';

export async function network(patient: Patient): Promise<readonly Said[]> {
  const { account, config } = patient;
  if (config.network === undefined) return [ok('the stack makes its own network')];
  const { vpcId } = config.network;
  const ec2 = new EC2Client(account.client);
  const places = placesOf(config, config.network, account.region);
  const subnets = await asked(async () =>
    subnetsById(ec2, [...new Set(places.flatMap(({ subnetIds }) => subnetIds))]),
  );
  const routes = await asked(async () => routesIn(ec2, vpcId));
  const endpoints = await asked(async () => endpointsIn(ec2, vpcId));
  const found: Said[] = [subnets, routes, endpoints].flatMap((each) =>
    each.known ? [] : [each.said],
  );
  for (const place of places) {
    if (subnets.known) {
      const there = place.subnetIds.flatMap((id) => subnets.value.get(id) ?? []);
      found.push(...subnetProblems(place, subnets.value, account.where));
      const ways = waysKnown({ subnets: there, routes, endpoints });
      if (ways !== undefined) found.push(...unreachable(place, ways, account.region));
    }
    found.push(...(await part(async () => groupProblems(place, patient))));
  }
  if (found.length > 0) return found;
  return [ok(wellSaid(places, config.proxy !== undefined))];
}

interface Known {
  readonly subnets: readonly SubnetFacts[];
  readonly routes: Asked<(subnet: string) => RoutesOfSubnet>;
  readonly endpoints: Asked<readonly Endpoint[]>;
}

function waysKnown({ subnets, routes, endpoints }: Known): Network | undefined {
  if (!routes.known || !endpoints.known) return undefined;
  return { subnets, routes: routes.value, endpoints: endpoints.value };
}

function wellSaid(places: readonly Place[], hasProxy: boolean): string {
  const who = places.map((place) => place.who).join(' and ');
  const how = hasProxy ? 'a way to what is not asked of the proxy' : 'a way to what they need';
  return `the ${who} have ${how}, as far as routes and endpoints show`;
}

function subnetProblems(
  { who, option, subnetIds, vpcId, ip }: Place,
  there: ReadonlyMap<string, SubnetFacts>,
  where: string,
): readonly Said[] {
  return subnetIds.flatMap((id): readonly Said[] => {
    const subnet = there.get(id);
    const wrong = (said: string, remedy: string) => [
      problem(`the subnet ${id} of the ${who} ${said}`, remedy),
    ];
    if (subnet === undefined) {
      return wrong(
        `is not there in ${where}`,
        `correct ${option}.subnetIds in the config, or choose another --region`,
      );
    }
    if (subnet.vpcId !== vpcId) {
      return wrong(
        `is in ${subnet.vpcId || 'no VPC'}, and network.vpcId is ${vpcId}`,
        `correct network.vpcId or ${option}.subnetIds in the config`,
      );
    }
    if (subnet.ipv6Only && ip !== 'ipv6-only') {
      return who === 'functions'
        ? wrong('has no IPv4, which Lambda needs', `name others in ${option}.subnetIds`)
        : wrong('has no IPv4', 'set network.ipv6Only in the config, or name other subnets');
    }
    if (ip === 'dual-stack' && !subnet.hasIpv6) {
      return wrong(
        'has no IPv6, which network.scaler.dualStack needs in all of them',
        'give it an IPv6 block, or leave dualStack out',
      );
    }
    if (ip === 'ipv6-only' && !subnet.hasIpv6) {
      return wrong(
        'has no IPv6, and network.ipv6Only is set',
        'name others, or leave ipv6Only out',
      );
    }
    return [];
  });
}

async function groupProblems(place: Place, patient: Patient): Promise<readonly Said[]> {
  const { account, deployment } = patient;
  const { who, option, vpcId, securityGroupIds, ownGroups } = place;
  const stack = await deployment().then(
    ({ resources }) => resources,
    // What keeps the stack from being looked at is said of it.
    () => [],
  );
  const own = stack
    .filter(
      ({ type, logicalId }) => type === 'AWS::EC2::SecurityGroup' && ownGroups.test(logicalId),
    )
    .map(({ physicalId }) => physicalId);
  const all = [...own, ...securityGroupIds];
  if (all.length === 0) return [];
  const there = await securityGroupsById(new EC2Client(account.client), all);
  const found = all.flatMap((id): readonly Said[] => {
    const group = there.get(id);
    const named = securityGroupIds.includes(id);
    const remedy = named ? `correct ${option}.securityGroupIds in the config` : 'npx cdk deploy';
    if (group === undefined) {
      return [
        problem(`the security group ${id} of the ${who} is not there in ${account.where}`, remedy),
      ];
    }
    if (group.vpcId === vpcId) return [];
    return [
      problem(
        `the security group ${id} of the ${who} is in ${group.vpcId}, and network.vpcId is ${vpcId}`,
        remedy,
      ),
    ];
  });
  // What one of them allows is allowed.
  if (found.length > 0 || own.length === 0 || all.some((id) => there.get(id)?.letsOut))
    return found;
  return [
    problem(
      `the security groups of the ${who} (${all.join(', ')}) let nothing out`,
      `allow outbound traffic again in ${own.join(', ')}, which the stack made with it`,
    ),
  ];
}
