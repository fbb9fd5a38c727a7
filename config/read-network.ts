/** Reads where runners and the function stand, and what cannot be reached from there. */
import { isIP } from 'node:net';
import { PLATFORMS } from '../runner-userdata/platforms.ts';
import { placeOf } from './fleet-place.ts';
import type { ExistingNetworkConfig, ScalerNetworkConfig } from './network-config.ts';
import { type ConfigReader, keysOf } from './reader.ts';
import type {
  ResolvedConfig,
  ResolvedFleet,
  ResolvedNetwork,
  ScalerNetwork,
} from './resolved-config.ts';

/** Five groups are the quota per network interface and the limit of a function, and one is the stack's own. */
const MOST_GROUPS = 4;

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html */
const MOST_SCALER_SUBNETS = 16;

/** Reads the config's `network`; undefined where it has none. */
export function readNetwork(config: ConfigReader): ResolvedNetwork | undefined {
  if (!config.has('network')) return undefined;
  const reader = config.object('network', NETWORK_KEYS);
  const network = {
    vpcId: reader.text('vpcId', idRule('vpc')),
    subnetIds: reader.textList('subnetIds', { ...idRule('subnet'), least: 1, most: 20 }),
    securityGroupIds: readGroups(reader),
    ipv6Only: reader.flag('ipv6Only', false),
  };
  if (!reader.has('scaler')) return network;
  const scaler = readScaler(reader.object('scaler', SCALER_KEYS));
  const shared = scaler.subnetIds.find((id) => network.subnetIds.includes(id));
  if (network.ipv6Only && shared !== undefined) {
    reader.complain(
      `scaler: subnetIds has ${shared}, which is one of the runners' and so without IPv4 by ipv6Only; ` +
        'allowed: subnets with IPv4 addresses, because Lambda takes no other',
    );
  }
  return { ...network, scaler };
}

function readScaler(reader: ConfigReader): ScalerNetwork {
  return {
    subnetIds: reader.textList('subnetIds', {
      ...idRule('subnet'),
      least: 1,
      most: MOST_SCALER_SUBNETS,
    }),
    securityGroupIds: readGroups(reader),
    dualStack: reader.flag('dualStack', false),
  };
}

function readGroups(reader: ConfigReader): readonly string[] {
  return reader.textList('securityGroupIds', { ...idRule('sg'), least: 0, most: MOST_GROUPS });
}

function idRule(prefix: string) {
  const pattern = new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`);
  return {
    accepts: (text: string) => pattern.test(text),
    allowed: `an id such as ${prefix}-0123456789abcdef0`,
  };
}

/** Addresses that machines without IPv4 cannot reach, not even by NAT64, which needs a name. */
export function ipv6Problems(config: ResolvedConfig): readonly string[] {
  if (config.network?.ipv6Only !== true) return [];
  const { circleci, github, gitlab, proxy, fleets } = config;
  const addresses = Object.entries({
    'circleci: url': circleci?.url,
    'github: url': github?.url,
    'gitlab: url': gitlab?.url,
    'proxy: url': proxy?.url,
  }).flatMap(([where, url]) =>
    url !== undefined && URL.canParse(url) && isIP(new URL(url).hostname) === 4
      ? [
          `${where} is ${url}, an IPv4 address, which runners of network.ipv6Only cannot reach; ` +
            'allowed: a host name with an IPv6 address, or with an IPv4 address behind DNS64 and NAT64',
        ]
      : [],
  );
  // Docker gives containers no IPv6 of its own accord.
  const containers = fleets.flatMap((fleet) =>
    fleet.source === 'gitlab' && fleet.executor === 'docker' && isStock(fleet)
      ? [
          `${placeOf(fleet, fleets)} (${fleet.resourceClass}): executor is docker, whose containers would have no IPv6, ` +
            'while runners of network.ipv6Only have nothing else; allowed: the executor shell, or an image of your own ' +
            'whose Docker is set up for IPv6',
        ]
      : [],
  );
  return [...addresses, ...containers];
}

/** Whether the image is the one that its publisher offers for the platform. */
export function isStock({ image, platform, architecture }: ResolvedFleet): boolean {
  const stock = PLATFORMS[platform].imageParameter[architecture];
  return image.kind === 'ssm-parameter' && image.parameterName === stock;
}

const NETWORK_KEYS = keysOf<ExistingNetworkConfig>({
  vpcId: true,
  subnetIds: true,
  securityGroupIds: true,
  ipv6Only: true,
  scaler: true,
});
const SCALER_KEYS = keysOf<ScalerNetworkConfig>({
  subnetIds: true,
  securityGroupIds: true,
  dualStack: true,
});
