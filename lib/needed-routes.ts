/**
 * What functions and machines have to reach from a network that is not ours: as lists for what checks it, and in
 * sentences for the person who deploys.
 */
import type { ResolvedConfig, ResolvedFleet, ResolvedGitHub } from '../config/resolved-config.ts';
import { gitHubApiUrl, isProxied } from '../lambda/scaler/contract.ts';

const GUIDE = 'docs/private-networks.md says more';

/** Services of AWS that the functions call. Lambda itself writes their logs and takes events from the queue. */
const OF_SCALER = ['autoscaling', 'secretsmanager', 'sqs'];
const OF_REGISTRAR = ['autoscaling', 'secretsmanager'];

/** Where the agents come from. The buckets are in Regions of their own, so an endpoint for S3 does not lead there. */
const RELEASES: Readonly<Record<ResolvedFleet['source'], readonly string[]>> = {
  circleci: ['https://circleci-binary-releases.s3.amazonaws.com'],
  // It leads on to a host of GitHub's storage.
  github: ['https://github.com', 'https://release-assets.githubusercontent.com'],
  gitlab: ['https://gitlab-runner-downloads.s3.amazonaws.com'],
};

/**
 * What GitHub's runner calls for every job: the service that hands out jobs, the actions they use, and the storage of
 * logs, caches and artifacts. An Enterprise Server has all of it at its own address.
 *
 * @see https://docs.github.com/en/actions/concepts/runners/communicating-with-self-hosted-runners
 */
const GITHUB_SERVICES = [
  'https://*.actions.githubusercontent.com',
  'https://*.blob.core.windows.net',
] as const;

export interface Needs {
  /** Of AWS, as the names of endpoints end: `autoscaling`. */
  readonly services: readonly string[];
  /** URLs. A host that begins with a star stands for all below it. */
  readonly addresses: readonly string[];
}

/** What is called by the way of the network itself, and what through the proxy. */
interface Ways {
  readonly direct: Needs;
  readonly proxied: Needs;
}

/** Where its place in the VPC is meant: the scaler, and with GitHub the registrar, which needs no more. */
export function needsOfScaler(config: ResolvedConfig): Needs {
  const addresses = [
    config.circleci?.url,
    config.github && gitHubApiUrl(config.github.url),
    config.gitlab?.url,
  ].filter((url) => url !== undefined);
  return { services: OF_SCALER, addresses };
}

/** @param isComplete whether a fleet's image has all that a boot installs. Default: none has */
export function needsOfMachines(
  { fleets }: ResolvedConfig,
  region: string,
  isComplete: (fleet: ResolvedFleet) => boolean = () => false,
): Needs {
  const installing = fleets.filter((fleet) => !isComplete(fleet));
  const platforms = new Set(installing.map(({ platform }) => platform));
  const services = [
    'autoscaling',
    'events',
    // A machine of GitHub has no secret.
    ...(fleets.some(({ source }) => source !== 'github') ? ['secretsmanager'] : []),
    ...(fleets.some(({ machineLogs }) => machineLogs) ? ['logs'] : []),
    // The mirrors of its packages are in S3, in the same Region.
    ...(platforms.has('amazon-linux-2023') ? ['s3'] : []),
  ];
  const addresses = new Set([
    ...(registers(fleets) ? [registrarIn(region)] : []),
    ...fleets.map(({ url }) => url),
    ...fleets.flatMap((fleet) => (fleet.source === 'github' ? servicesOfGitHub(fleet.url) : [])),
    ...installing.flatMap(({ source }) => RELEASES[source]),
    ...(platforms.has('ubuntu-24.04') ? [`http://${region}.ec2.archive.ubuntu.com`] : []),
  ]);
  return { services, addresses: [...addresses] };
}

/** Divides what is needed by whether the config's proxy is asked for it. */
export function waysTo(
  { services, addresses }: Needs,
  { proxy }: ResolvedConfig,
  region: string,
): Ways {
  const isDirect = (host: string) => proxy === undefined || !isProxied(proxy, host);
  const directServices = services.filter((service) => isDirect(hostOf(service, region, proxy)));
  const directAddresses = addresses.filter((address) => isDirect(new URL(address).hostname));
  return {
    direct: { services: directServices, addresses: directAddresses },
    proxied: {
      services: services.filter((service) => !directServices.includes(service)),
      addresses: addresses.filter((address) => !directAddresses.includes(address)),
    },
  };
}

/** Sentences about the scaler; it runs in the config's VPC. */
export function routesOfScaler(config: ResolvedConfig, region: string): string {
  return routesOfFunction(config, 'scaler', { region, ...needsOfScaler(config) });
}

/** Sentences about the registrar; it runs where the scaler does. */
export function routesOfRegistrar(
  config: ResolvedConfig,
  { url }: ResolvedGitHub,
  region: string,
): string {
  const addresses = [gitHubApiUrl(url)];
  return routesOfFunction(config, 'registrar', { region, services: OF_REGISTRAR, addresses });
}

function routesOfFunction(
  config: ResolvedConfig,
  name: string,
  needs: Omit<Needing, 'who'>,
): string {
  const subnets = config.network?.scaler?.subnetIds.join(', ') ?? '';
  return [
    `The ${name} runs in ${subnets}, where it gets no public address, not even in a public subnet.`,
    ...routes(config, { who: 'It', ...needs }),
    `${GUIDE}.`,
  ].join(' ');
}

/** Sentences about the machines; undefined where their network is known to lead to the internet. */
export function routesOfMachines(config: ResolvedConfig, region: string): string | undefined {
  const { network, proxy, fleets } = config;
  if (network === undefined) return undefined;
  if (network.scaler === undefined && proxy === undefined && !network.ipv6Only) return undefined;
  return [
    `Runners start in ${network.subnetIds.join(', ')}.`,
    ...routes(config, { who: 'They', region, ...needsOfMachines(config, region) }),
    ...(registers(fleets)
      ? [
          `The registrar's address, ${registrarIn(region)}, has no endpoint: only the internet leads there.`,
        ]
      : []),
    `Session Manager, if it is used, needs ${endpoints(region, ['ssm', 'ssmmessages'])} besides.`,
    ...(network.ipv6Only
      ? [
          'They have no IPv4: what has no IPv6 address of these, and of what jobs call, needs DNS64 in the subnets and ' +
            'a route for 64:ff9b::/96 to a NAT gateway.',
          ...(registers(fleets)
            ? ['github.com, from which the runner comes, has no IPv6 address.']
            : []),
        ]
      : []),
    `${GUIDE}.`,
  ].join(' ');
}

function registers(fleets: readonly ResolvedFleet[]): boolean {
  return fleets.some(({ source }) => source === 'github');
}

function registrarIn(region: string): string {
  return `https://*.lambda-url.${region}.on.aws`;
}

function servicesOfGitHub(url: string): readonly string[] {
  const { hostname } = new URL(url);
  if (hostname === 'github.com') {
    return ['https://api.github.com', 'https://codeload.github.com', ...GITHUB_SERVICES];
  }
  return hostname.endsWith('.ghe.com') ? [`https://*.${hostname}`, ...GITHUB_SERVICES] : [];
}

interface Needing extends Needs {
  readonly who: 'It' | 'They';
  readonly region: string;
}

function routes(config: ResolvedConfig, { who, region, ...needs }: Needing): readonly string[] {
  const { proxy } = config;
  const need = who === 'It' ? 'needs' : 'need';
  const { direct, proxied } = waysTo(needs, config, region);
  const through = [
    ...proxied.services.map(
      (service) => `https://${HOSTS.get(service) ?? service}.${region}.amazonaws.com`,
    ),
    ...proxied.addresses,
  ];
  return [
    ...(proxy === undefined || through.length === 0
      ? []
      : [
          `${who} ${need} a route to the proxy ${proxy.url}, which must let pass ${list(through)}.`,
        ]),
    ...(direct.services.length === 0
      ? []
      : [
          `${who} ${need} a way to the internet or endpoints for ${endpoints(region, direct.services)}.`,
        ]),
    ...(direct.addresses.length === 0
      ? []
      : [`${who} ${need} a route to ${list(direct.addresses)}.`]),
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
