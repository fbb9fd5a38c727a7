/**
 * EC2 as far as the doctor asks it: images, instance types and where they are offered, machines that run, and of a VPC
 * subnets with their routes, endpoints and security groups. Filters are not applied, so that whoever asks must not
 * count on them. Lists come in small pages, of which the first is empty, as AWS may give them.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html
 */
import type { Request, Response } from './server.ts';

export interface Ec2State {
  /** By id. */
  readonly images: Map<
    string,
    { readonly architecture: 'x86_64' | 'arm64'; readonly state: string }
  >;
  readonly types: Map<string, { readonly vcpus: number; readonly zones: readonly string[] }>;
  /** By id. */
  readonly subnets: Map<string, SubnetState>;
  /** Service names, such as `com.amazonaws.us-east-1.secretsmanager`. Those of S3 are of the kind Gateway. */
  readonly endpoints: Set<string>;
  /** Those of `endpoints` to which the usual name of the service does not lead. */
  readonly withoutDns: Set<string>;
  /** By id. */
  readonly securityGroups: Map<string, { readonly vpcId: string; readonly letsOut: boolean }>;
  readonly instances: InstanceState[];
}

export interface InstanceState {
  readonly type: string;
  readonly vcpus: number;
  /** Default: on demand. */
  readonly spot?: boolean;
  /** Default: running. */
  readonly state?: string;
  /** The Auto Scaling group. Default: none. */
  readonly group?: string;
}

export interface SubnetState {
  readonly vpcId: string;
  readonly zone: string;
  readonly givesPublicAddress: boolean;
  /** Target of the default route, such as `igw-1` or `nat-1`; undefined: there is none. */
  readonly defaultRoute: string | undefined;
  /** Whether what the routes lead to is gone. Default: false. */
  readonly blackhole?: boolean;
  /** Default: IPv4 alone. */
  readonly ip?: 'ipv4' | 'dual-stack' | 'ipv6-only';
  /** Target of the route for `::/0`. Default: none. */
  readonly ipv6Route?: string;
  /** Whether names get IPv6 addresses for NAT64, and a route leads there. Default: false. */
  readonly nat64?: boolean;
}

type Xml =
  string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

export function ec2Emulator(state: Ec2State) {
  const actions: Readonly<Record<string, (form: URLSearchParams) => Xml | Response>> = {
    DescribeImages(form) {
      const ids = listed(form, 'ImageId');
      const missing = ids.find((id) => !state.images.has(id));
      if (missing !== undefined) {
        return refusal('InvalidAMIID.NotFound', `The image id '[${missing}]' does not exist`);
      }
      return {
        imagesSet: ids.map((imageId) => ({
          imageId,
          imageState: state.images.get(imageId)?.state,
          architecture: state.images.get(imageId)?.architecture,
        })),
      };
    },
    DescribeInstanceTypes: (form) =>
      paged(
        form,
        'instanceTypeSet',
        [...state.types].map(([instanceType, { vcpus }]) => ({
          instanceType,
          vCpuInfo: { defaultVCpus: vcpus },
        })),
      ),
    DescribeInstanceTypeOfferings: (form) =>
      paged(
        form,
        'instanceTypeOfferingSet',
        [...state.types].flatMap(([instanceType, { zones }]) =>
          zones.map((location) => ({
            instanceType,
            location,
            locationType: 'availability-zone',
          })),
        ),
      ),
    DescribeInstances: (form) =>
      paged(
        form,
        'reservationSet',
        state.instances.map((instance) => ({ instancesSet: [instanceOf(instance)] })),
      ),
    DescribeSubnets: (form) => paged(form, 'subnetSet', [...state.subnets].map(subnetOf)),
    DescribeRouteTables: (form) =>
      paged(form, 'routeTableSet', [ELSEWHERE, ...[...state.subnets].map(routeTableOf)]),
    DescribeVpcEndpoints: (form) =>
      paged(
        form,
        'vpcEndpointSet',
        [...state.endpoints].map((serviceName) => ({
          serviceName,
          vpcId: [...state.subnets.values()][0]?.vpcId,
          state: 'available',
          ...(serviceName.endsWith('.s3')
            ? {
                vpcEndpointType: 'Gateway',
                routeTableIdSet: [...state.subnets.keys()].map(tableId),
              }
            : {
                vpcEndpointType: 'Interface',
                privateDnsEnabled: !state.withoutDns.has(serviceName),
              }),
        })),
      ),
    DescribeSecurityGroups: (form) =>
      paged(
        form,
        'securityGroupInfo',
        [...state.securityGroups].map(([groupId, { vpcId, letsOut }]) => ({
          groupId,
          vpcId,
          ipPermissionsEgress: letsOut ? [{ ipProtocol: '-1' }] : [],
        })),
      ),
  };

  return ({ body }: Request): Response | undefined => {
    const form = new URLSearchParams(body);
    const name = form.get('Action') ?? '';
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) return undefined;
    const answered = action(form);
    return isResponse(answered)
      ? answered
      : xml(200, `<${name}Response xmlns="${NAMESPACE}">${content(answered)}</${name}Response>`);
  };
}

const PAGE = 2;

function paged(form: URLSearchParams, name: string, items: readonly Xml[]): Xml {
  const at = /^at-(\d+)$/.exec(form.get('NextToken') ?? '')?.[1];
  if (at === undefined) return { [name]: [], nextToken: 'at-0' };
  const end = Number(at) + PAGE;
  return {
    [name]: items.slice(Number(at), end),
    ...(end < items.length && { nextToken: `at-${end}` }),
  };
}

function instanceOf({ type, vcpus, spot = false, state = 'running', group }: InstanceState): Xml {
  return {
    instanceType: type,
    instanceState: { name: state },
    cpuOptions: { coreCount: vcpus, threadsPerCore: 1 },
    ...(spot && { instanceLifecycle: 'spot' }),
    ...(group !== undefined && { tagSet: [{ key: 'aws:autoscaling:groupName', value: group }] }),
  };
}

function subnetOf([subnetId, subnet]: [string, SubnetState]): Xml {
  const { vpcId, zone, givesPublicAddress, ip = 'ipv4', nat64 = false } = subnet;
  return {
    subnetId,
    vpcId,
    availabilityZone: zone,
    mapPublicIpOnLaunch: givesPublicAddress,
    ipv6Native: ip === 'ipv6-only',
    enableDns64: nat64,
    ...(ip !== 'ipv4' && {
      ipv6CidrBlockAssociationSet: [{ ipv6CidrBlockState: { state: 'associated' } }],
    }),
  };
}

/** The main table of another VPC. */
const ELSEWHERE: Xml = {
  routeTableId: 'rtb-elsewhere',
  vpcId: 'vpc-elsewhere',
  associationSet: [{ main: true }],
  routeSet: [{ destinationCidrBlock: '0.0.0.0/0', natGatewayId: 'nat-0', state: 'active' }],
};

function tableId(subnetId: string): string {
  return `rtb-${subnetId}`;
}

function routeTableOf([subnetId, subnet]: [string, SubnetState]): Xml {
  const { vpcId, defaultRoute, ipv6Route, nat64 = false, blackhole = false } = subnet;
  const route = (destination: Readonly<Record<string, string>>, target: string | undefined) =>
    target === undefined
      ? []
      : [{ ...destination, ...targetOf(target), state: blackhole ? 'blackhole' : 'active' }];
  return {
    routeTableId: tableId(subnetId),
    vpcId,
    associationSet: [{ subnetId, main: false }],
    routeSet: [
      { destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local', state: 'active' },
      ...route({ destinationCidrBlock: '0.0.0.0/0' }, defaultRoute),
      ...route({ destinationIpv6CidrBlock: '::/0' }, ipv6Route),
      ...route({ destinationIpv6CidrBlock: '64:ff9b::/96' }, nat64 ? 'nat-64' : undefined),
    ],
  };
}

function targetOf(target: string): Readonly<Record<string, string>> {
  if (target.startsWith('nat-')) return { natGatewayId: target };
  if (target.startsWith('eigw-')) return { egressOnlyInternetGatewayId: target };
  return { gatewayId: target };
}

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

function isResponse(value: Xml | Response): value is Response {
  return typeof value === 'object' && 'status' in value && 'body' in value;
}

function listed(form: URLSearchParams, name: string): readonly string[] {
  const found: string[] = [];
  for (let index = 1; form.has(`${name}.${index}`); index += 1) {
    found.push(form.get(`${name}.${index}`) ?? '');
  }
  return found;
}

function content(value: Xml): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return value.map((item) => `<item>${content(item)}</item>`).join('');
  return Object.entries(value)
    .map(([name, inner]) => (inner === undefined ? '' : `<${name}>${content(inner)}</${name}>`))
    .join('');
}

function isList(value: object): value is readonly Xml[] {
  return Array.isArray(value);
}

function refusal(code: string, message: string): Response {
  return xml(
    400,
    `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
  );
}

function xml(status: number, body: string): Response {
  return { status, type: 'text/xml', body };
}
