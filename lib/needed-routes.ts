/** What function and machines have to reach from a network that is not ours, in sentences for the person who deploys. */
import type { ResolvedConfig, ResolvedFleet } from '../config/resolved-config.ts';
import { isProxied } from '../lambda/scaler/contract.ts';

const GUIDE = 'docs/private-networks.md says more';

/** Services of AWS that the function calls. Lambda itself writes its log and takes events from the queue. */
const OF_FUNCTION = ['autoscaling', 'secretsmanager', 'sqs'];

/** Where the agents come from. The buckets are in Regions of their own, so an endpoint for S3 does not lead there. */
const RELEASES: Readonly<Record<ResolvedFleet['source'], string>> = {
  circleci: 'https://circleci-binary-releases.s3.amazonaws.com',
  gitlab: 'https://gitlab-runner-downloads.s3.amazonaws.com',
};

/** Sentences about the function; it runs in the config's VPC. */
export function routesOfFunction(config: ResolvedConfig, region: string): string {
  const subnets = config.network?.scaler?.subnetIds.join(', ') ?? '';
  return [
    `The function runs in ${subnets}, where it gets no public address, not even in a public subnet.`,
    ...routes(config, {
      who: 'It',
      region,
      services: OF_FUNCTION,
      addresses: [config.circleci?.url, config.gitlab?.url].filter((url) => url !== undefined),
    }),
    `${GUIDE}.`,
  ].join(' ');
}

/** Sentences about the machines; undefined where their network is known to lead to the internet. */
export function routesOfMachines(config: ResolvedConfig, region: string): string | undefined {
  const { network, proxy, fleets } = config;
  if (network === undefined) return undefined;
  if (network.scaler === undefined && proxy === undefined && !network.ipv6Only) return undefined;
  const platforms = new Set(fleets.map(({ platform }) => platform));
  const services = [
    'autoscaling',
    'events',
    'secretsmanager',
    ...(fleets.some(({ machineLogs }) => machineLogs) ? ['logs'] : []),
    // The mirrors of its packages are in S3, in the same Region.
    ...(platforms.has('amazon-linux-2023') ? ['s3'] : []),
  ];
  const addresses = new Set([
    ...fleets.map(({ url }) => url),
    ...fleets.map(({ source }) => RELEASES[source]),
    ...(platforms.has('ubuntu-24.04') ? [`http://${region}.ec2.archive.ubuntu.com`] : []),
  ]);
  return [
    `Runners start in ${network.subnetIds.join(', ')}.`,
    ...routes(config, { who: 'They', region, services, addresses: [...addresses] }),
    `Session Manager, if it is used, needs ${endpoints(region, ['ssm', 'ssmmessages'])} besides.`,
    ...(network.ipv6Only
      ? [
          'They have no IPv4: what has no IPv6 address of these, and of what jobs call, needs DNS64 in the subnets and ' +
            'a route for 64:ff9b::/96 to a NAT gateway.',
        ]
      : []),
    `${GUIDE}.`,
  ].join(' ');
}

interface Needs {
  readonly who: 'It' | 'They';
  readonly region: string;
  readonly services: readonly string[];
  readonly addresses: readonly string[];
}

function routes(
  { proxy }: ResolvedConfig,
  { who, region, services, addresses }: Needs,
): readonly string[] {
  const need = who === 'It' ? 'needs' : 'need';
  const isDirect = (host: string) => proxy === undefined || !isProxied(proxy, host);
  const directServices = services.filter((service) => isDirect(hostOf(service, region, proxy)));
  const directAddresses = addresses.filter((address) => isDirect(new URL(address).hostname));
  const through = [
    ...services
      .filter((service) => !directServices.includes(service))
      .map((service) => `https://${HOSTS.get(service) ?? service}.${region}.amazonaws.com`),
    ...addresses.filter((address) => !directAddresses.includes(address)),
  ];
  return [
    ...(proxy === undefined || through.length === 0
      ? []
      : [
          `${who} ${need} a route to the proxy ${proxy.url}, which must let pass ${list(through)}.`,
        ]),
    ...(directServices.length === 0
      ? []
      : [
          `${who} ${need} a way to the internet or endpoints for ${endpoints(region, directServices)}.`,
        ]),
    ...(directAddresses.length === 0
      ? []
      : [`${who} ${need} a route to ${list(directAddresses)}.`]),
  ];
}

/** Where a service has not the host of its name. */
const HOSTS: ReadonlyMap<string, string> = new Map([['s3', '*.s3.dualstack']]);

/** In the Region for which `noProxy` names the service, where the template's own is not known. */
function hostOf(service: string, region: string, proxy: ResolvedConfig['proxy']): string {
  const named = proxy?.noProxy.find((entry) =>
    new RegExp(`^${service}\\.[a-z0-9-]+\\.amazonaws\\.com$`).test(entry),
  );
  return named ?? `${service}.${region}.amazonaws.com`;
}

function endpoints(region: string, services: readonly string[]): string {
  return list(services.map((service) => `com.amazonaws.${region}.${service}`));
}

function list(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
