/** Networks of the user's own, each broken in one way, for runners and for functions. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import type { SubnetState } from '../../simulator/emulators/ec2.ts';
import { type DoctorStage, healthy, SUBNET, VPC, WRITTEN } from './doctor-stage.ts';
import { LINUX } from './local-stage.ts';

let it: DoctorStage;

afterEach(async () => it.close());

const FUNCTION_SUBNET = 'subnet-0123456789abcdef2';
const NETWORK = { vpcId: VPC, subnetIds: [SUBNET] };

/** Functions in the VPC too. */
const INSIDE: ScalerConfig = {
  ...WRITTEN,
  network: { ...NETWORK, scaler: { subnetIds: [FUNCTION_SUBNET] } },
};

const DUAL_STACK: ScalerConfig = {
  ...WRITTEN,
  network: { ...NETWORK, scaler: { subnetIds: [FUNCTION_SUBNET], dualStack: true } },
};

const IPV6_ONLY: ScalerConfig = { ...WRITTEN, network: { ...NETWORK, ipv6Only: true } };

/** A GitLab of one's own, with agents in the image: nothing has to be on the internet. */
const PRIVATE: ScalerConfig = {
  name: 'ci',
  network: { ...NETWORK, scaler: { subnetIds: [FUNCTION_SUBNET] } },
  gitlab: {
    url: 'https://gitlab.corp.example',
    scope: 'instance',
    fleets: [
      {
        name: 'linux',
        runner: 101,
        max: 2,
        image: { platform: 'ubuntu-24.04', amiId: 'ami-0123456789abcdef1' },
      },
    ],
  },
};

const GITHUB: ScalerConfig = {
  name: 'ci',
  network: { ...NETWORK, scaler: { subnetIds: [FUNCTION_SUBNET] } },
  github: {
    owners: ['acme'],
    fleets: [{ name: 'linux', labels: ['linux'], max: 2, registerAt: 'acme' }],
  },
};

function subnet(id: string, change: Partial<SubnetState>): void {
  const { subnets } = it.installation.ec2;
  const known = subnets.get(id);
  if (known === undefined) throw new Error(`no subnet ${id}`);
  subnets.set(id, { ...known, ...change });
}

function endpoints(...services: readonly string[]): void {
  for (const service of services) {
    it.installation.ec2.endpoints.add(`com.amazonaws.us-east-1.${service}`);
  }
}

const CLOSED = { defaultRoute: undefined };

interface Broken {
  readonly what: string;
  readonly config?: ScalerConfig;
  readonly break: () => unknown;
  readonly said: RegExp;
  readonly remedy: RegExp;
  readonly verdict?: 'unknown';
}

const BROKEN: readonly Broken[] = [
  {
    what: 'a subnet of the runners is not there',
    break: () => it.installation.ec2.subnets.delete(SUBNET),
    said: /^the subnet subnet-0123456789abcdef0 of the runners is not there in the test$/,
    remedy: /^correct network\.subnetIds in the config, or choose another --region$/,
  },
  {
    what: 'a subnet of the functions is of another VPC',
    config: INSIDE,
    break: () => subnet(FUNCTION_SUBNET, { vpcId: 'vpc-2' }),
    said: /^the subnet subnet-0123456789abcdef2 of the functions is in vpc-2, and network\.vpcId is vpc-0/,
    remedy: /^correct network\.vpcId or network\.scaler\.subnetIds in the config$/,
  },
  {
    what: 'the function stands in a public subnet, where it gets no address',
    config: INSIDE,
    break: () => subnet(FUNCTION_SUBNET, { defaultRoute: 'igw-1', givesPublicAddress: true }),
    said: /^from subnet-0123456789abcdef2 the functions cannot reach com\.amazonaws\.us-east-1\.autoscaling, com\.amazonaws\.us-east-1\.secretsmanager, com\.amazonaws\.us-east-1\.sqs, https:\/\/runner\.circleci\.com: the default route leads to igw-1, and a function has no public address$/,
    remedy:
      /^name private subnets with a NAT gateway in network\.scaler\.subnetIds, or make endpoints/,
  },
  {
    what: 'the function has endpoints but one, and no way to CircleCI',
    config: INSIDE,
    break() {
      subnet(FUNCTION_SUBNET, CLOSED);
      endpoints('autoscaling', 'secretsmanager');
    },
    said: /^from subnet-0123456789abcdef2 the functions cannot reach com\.amazonaws\.us-east-1\.sqs, https:\/\/runner\.circleci\.com: there is no default route$/,
    remedy: /^route them through a NAT gateway, or make these interface endpoints/,
  },
  {
    what: 'an endpoint has no private DNS',
    config: PRIVATE,
    break() {
      subnet(FUNCTION_SUBNET, CLOSED);
      endpoints('autoscaling', 'secretsmanager', 'sqs');
      it.installation.ec2.withoutDns.add('com.amazonaws.us-east-1.sqs');
    },
    said: /cannot reach com\.amazonaws\.us-east-1\.sqs \(its endpoint has no private DNS\): /,
    remedy: /^route them/,
  },
  {
    what: 'the NAT gateway of the runners was deleted',
    break: () => subnet(SUBNET, { blackhole: true }),
    said: /: the default route leads to nat-1, which is gone$/,
    remedy: /^make the NAT gateway again, and correct the route$/,
  },
  {
    what: 'runners of GitHub have endpoints, and no way to the registrar and to GitHub',
    config: GITHUB,
    break() {
      subnet(SUBNET, CLOSED);
      endpoints('autoscaling', 'events', 'secretsmanager');
    },
    said: /^from subnet-0123456789abcdef0 the runners cannot reach https:\/\/\*\.lambda-url\.us-east-1\.on\.aws, https:\/\/github\.com, /,
    remedy: /^route them through a NAT gateway/,
  },
  {
    what: 'the proxy is not asked for AWS, and there are no endpoints',
    config: {
      ...INSIDE,
      proxy: { url: 'http://proxy.corp.example:3128', noProxy: ['amazonaws.com'] },
    },
    break: () => subnet(FUNCTION_SUBNET, CLOSED),
    said: /^from subnet-0123456789abcdef2 the functions cannot reach com\.amazonaws\.us-east-1\.autoscaling, com\.amazonaws\.us-east-1\.secretsmanager, com\.amazonaws\.us-east-1\.sqs: there/,
    remedy: /^route them/,
  },
  {
    what: 'the function is to have IPv6, and its subnet has none',
    config: DUAL_STACK,
    break: () => undefined,
    said: /^the subnet subnet-0123456789abcdef2 of the functions has no IPv6, which network\.scaler\.dualStack needs/,
    remedy: /^give it an IPv6 block, or leave dualStack out$/,
  },
  {
    what: 'the function has a way out by IPv6 alone, and no endpoints',
    config: DUAL_STACK,
    break: () =>
      subnet(FUNCTION_SUBNET, { ip: 'dual-stack', defaultRoute: undefined, ipv6Route: 'eigw-1' }),
    said: /^from subnet-0123456789abcdef2 the functions cannot reach com\.amazonaws/,
    remedy: /^route them/,
  },
  {
    what: 'the function has endpoints, and a way to CircleCI by IPv6 alone',
    config: DUAL_STACK,
    break() {
      subnet(FUNCTION_SUBNET, { ip: 'dual-stack', defaultRoute: undefined, ipv6Route: 'eigw-1' });
      endpoints('autoscaling', 'secretsmanager', 'sqs');
    },
    said: /^from subnet-0123456789abcdef2 the functions reach only by IPv6, which these have to have: https:\/\/runner\.circleci\.com$/,
    remedy: /^route them/,
    verdict: 'unknown',
  },
  {
    what: 'the function stands in a subnet without IPv4',
    config: INSIDE,
    break: () => subnet(FUNCTION_SUBNET, { ip: 'ipv6-only' }),
    said: /^the subnet subnet-0123456789abcdef2 of the functions has no IPv4, which Lambda needs$/,
    remedy: /^name others in network\.scaler\.subnetIds$/,
  },
  {
    what: 'the runners stand in a subnet without IPv4, which the config does not say',
    break: () => subnet(SUBNET, { ip: 'ipv6-only', ipv6Route: 'eigw-1', nat64: true }),
    said: /^the subnet subnet-0123456789abcdef0 of the runners has no IPv4$/,
    remedy: /^set network\.ipv6Only/,
  },
  {
    what: 'runners without IPv4 have no route for IPv6',
    config: IPV6_ONLY,
    break: () => subnet(SUBNET, { ip: 'ipv6-only', defaultRoute: undefined }),
    said: /: there is no route for ::\/0$/,
    remedy: /^route ::\/0 to an egress-only internet gateway$/,
  },
  {
    what: 'runners without IPv4 have no DNS64',
    config: IPV6_ONLY,
    break: () => subnet(SUBNET, { ip: 'ipv6-only', defaultRoute: undefined, ipv6Route: 'eigw-1' }),
    said: /: some of these have no IPv6 address, and the subnet has no DNS64$/,
    remedy: /--enable-dns64 --subnet-id subnet-0123456789abcdef0, and route 64:ff9b::\/96/,
  },
  {
    what: 'a security group of the config is not there',
    config: { ...WRITTEN, network: { ...NETWORK, securityGroupIds: ['sg-0123456789abcdef0'] } },
    break: () => it.installation.ec2.securityGroups.delete('sg-0123456789abcdef0'),
    said: /^the security group sg-0123456789abcdef0 of the runners is not there in the test$/,
    remedy: /^correct network\.securityGroupIds in the config$/,
  },
  {
    what: 'a security group of the functions is of another VPC',
    config: {
      ...WRITTEN,
      network: {
        ...NETWORK,
        scaler: { subnetIds: [FUNCTION_SUBNET], securityGroupIds: ['sg-0123456789abcdef0'] },
      },
    },
    break: () =>
      it.installation.ec2.securityGroups.set('sg-0123456789abcdef0', {
        vpcId: 'vpc-2',
        letsOut: true,
      }),
    said: /^the security group sg-0123456789abcdef0 of the functions is in vpc-2, and/,
    remedy: /^correct network\.scaler\.securityGroupIds in the config$/,
  },
  {
    what: "a rule of the company took the outbound rules out of the stack's group",
    break: () =>
      it.installation.ec2.securityGroups.set('sg-00000001', { vpcId: VPC, letsOut: false }),
    said: /^the security groups of the runners \(sg-00000001\) let nothing out$/,
    remedy: /^allow outbound traffic again in sg-00000001/,
  },
];

describe('the doctor finds that', () => {
  test.each(BROKEN.map((broken) => [broken.what, broken] as const))('%s', async (_what, broken) => {
    it = await healthy(broken.config ?? WRITTEN);
    broken.break();
    expect(await it.findings('network')).toEqual([
      {
        check: 'network',
        verdict: broken.verdict ?? 'problem',
        said: expect.stringMatching(broken.said),
        remedy: expect.stringMatching(broken.remedy),
      },
    ]);
  });
});

interface Sound {
  readonly what: string;
  readonly config?: ScalerConfig;
  readonly make: () => unknown;
}

const SOUND: readonly Sound[] = [
  {
    what: 'all endpoints, a CI system of its own and agents in the image, without a way to the internet',
    config: PRIVATE,
    make() {
      subnet(SUBNET, CLOSED);
      subnet(FUNCTION_SUBNET, CLOSED);
      endpoints('autoscaling', 'secretsmanager', 'sqs', 'events');
    },
  },
  {
    what: 'runners in a public subnet that gives addresses',
    make: () => subnet(SUBNET, { defaultRoute: 'igw-1', givesPublicAddress: true }),
  },
  {
    what: 'a transit gateway',
    config: INSIDE,
    make: () => subnet(FUNCTION_SUBNET, { defaultRoute: 'tgw-1' }),
  },
  {
    what: 'a proxy for everything, in subnets without a default route',
    config: { ...INSIDE, proxy: { url: 'http://proxy.corp.example:3128' } },
    make() {
      subnet(SUBNET, CLOSED);
      subnet(FUNCTION_SUBNET, CLOSED);
    },
  },
  {
    what: 'runners without IPv4, with DNS64 and NAT64',
    config: IPV6_ONLY,
    make: () =>
      subnet(SUBNET, {
        ip: 'ipv6-only',
        defaultRoute: undefined,
        ipv6Route: 'eigw-1',
        nat64: true,
      }),
  },
  {
    what: 'one group that lets nothing out beside one that does',
    config: { ...WRITTEN, network: { ...NETWORK, securityGroupIds: ['sg-0123456789abcdef0'] } },
    make: () =>
      it.installation.ec2.securityGroups.set('sg-0123456789abcdef0', {
        vpcId: VPC,
        letsOut: false,
      }),
  },
];

describe('the doctor takes for sound', () => {
  test.each(SOUND.map((sound) => [sound.what, sound] as const))('%s', async (_what, sound) => {
    it = await healthy(sound.config ?? WRITTEN);
    sound.make();
    expect(await it.findings('network')).toEqual([
      expect.objectContaining({ check: 'network', verdict: 'ok' }),
    ]);
  });
});

test('what is wrong with several subnets in the same way is said once', async () => {
  const other = 'subnet-0123456789abcdef1';
  it = await healthy({ ...WRITTEN, network: { vpcId: VPC, subnetIds: [SUBNET, other] } });
  subnet(SUBNET, CLOSED);
  subnet(other, CLOSED);
  expect(await it.findings('network')).toEqual([
    expect.objectContaining({
      said: expect.stringMatching(new RegExp(`^from ${SUBNET}, ${other} the runners cannot reach`)),
    }),
  ]);
});

test('machines of Amazon Linux need S3 too, which a gateway endpoint gives', async () => {
  it = await healthy({
    ...WRITTEN,
    resourceClasses: [{ resourceClass: LINUX, max: 1, image: 'amazon-linux-2023' }],
  });
  subnet(SUBNET, CLOSED);
  const missing = async () => (await it.findings('network'))[0]?.said;
  expect(await missing()).toContain('com.amazonaws.us-east-1.s3,');
  endpoints('s3');
  expect(await missing()).not.toContain('com.amazonaws.us-east-1.s3,');
});
