/** A config as a list of its options, each by the name it has in the config: what a deployment was made of. */
import { createHash } from 'node:crypto';
import {
  decodeGitHubDemand,
  decodeGitLabDemand,
  isObject,
  type Settings,
} from '../lambda/scaler/contract.ts';
import type {
  ResolvedConfig,
  ResolvedFleet,
  ResolvedGitHub,
  TokenSource,
} from './resolved-config.ts';

/** Values by names such as `network.vpcId`, and `acme/linux: max`. What is not set is not in it. */
export type OptionsInWords = Readonly<Record<string, string>>;

/** A longer value is there as its checksum. */
const LONGEST_VALUE = 200;

export function optionsInWords(config: ResolvedConfig): OptionsInWords {
  const { name: _name, fleets, circleci, github, gitlab, ...others } = config;
  const sources = {
    circleci: circleci && withoutToken(circleci, 'apiToken', CIRCLECI_TOKEN),
    github: github && gitHubOptions(github),
    gitlab: gitlab && withoutToken(gitlab, 'apiToken', GITLAB_TOKEN),
  };
  return Object.fromEntries([
    ...leaves(sources),
    ...leaves(others),
    ...fleets.flatMap((fleet) =>
      Object.entries(fleetOptions(fleet)).flatMap(([option, value]) =>
        value === undefined ? [] : [[`${fleet.resourceClass}: ${option}`, inWords(value)]],
      ),
    ),
  ]);
}

/** Those options that the function is told, by the settings that it has. */
export function settingsInWords(settings: Settings): OptionsInWords {
  const { sources, passIntervalSeconds, metrics, dryRun, proxy } = settings;
  const { circleci, github, gitlab } = sources;
  const { tokenSecret: _circleciToken, ...ofCircleCi } = circleci ?? {};
  const { appSecret: _app, ...ofGitHub } = github ?? {};
  const { tokenSecret: _gitlabToken, ...ofGitLab } = gitlab ?? {};
  return Object.fromEntries(
    leaves({
      circleci: ofCircleCi,
      github: ofGitHub,
      gitlab: ofGitLab,
      passIntervalSeconds,
      metrics,
      dryRun,
      proxy,
    }),
  );
}

const CIRCLECI_TOKEN = { secret: 'existingTokenSecretArn', key: 'tokenKmsKeyArn' };
const GITHUB_APP = { secret: 'appSecretArn', key: 'appKmsKeyArn' };
const GITLAB_TOKEN = { secret: 'tokenSecretArn', key: 'tokenKmsKeyArn' };

function withoutToken<Key extends string>(
  source: Readonly<Record<Key, TokenSource>>,
  key: Key,
  names: typeof CIRCLECI_TOKEN,
): Readonly<Record<string, unknown>> {
  const { [key]: token, ...others } = source;
  return { ...others, ...tokenOptions(token, names) };
}

function gitHubOptions({ runner, ...github }: ResolvedGitHub): Readonly<Record<string, unknown>> {
  return { ...withoutToken(github, 'app', GITHUB_APP), agent: runner };
}

function tokenOptions(
  { existingSecretArn, kmsKeyArn }: TokenSource,
  { secret, key }: typeof CIRCLECI_TOKEN,
): Readonly<Record<string, unknown>> {
  return { [secret]: existingSecretArn, [key]: kmsKeyArn };
}

function fleetOptions(fleet: ResolvedFleet): Readonly<Record<string, unknown>> {
  const { purchase, image, rootVolume } = fleet;
  return {
    ...sourceOptions(fleet),
    min: fleet.min,
    max: fleet.max,
    headroom: fleet.headroom,
    schedules: fleet.schedules,
    instanceTypes: fleet.instanceTypes.join(', '),
    architecture: fleet.architecture,
    purchase: purchase.option,
    onDemandBase: purchase.option === 'spot' ? purchase.onDemandBase : undefined,
    image: `${fleet.platform}, ${image.kind === 'ami' ? image.amiId : image.parameterName}`,
    'image.rootDevice': rootVolume.device,
    rootVolumeGiB: rootVolume.sizeGiB,
    rootVolumeIops: rootVolume.iops,
    rootVolumeThroughputMiBps: rootVolume.throughputMiBps,
    idleTimeoutMinutes: fleet.idleTimeoutSeconds / 60,
    maxRunTimeMinutes: fleet.maxRunTimeSeconds / 60,
    bootTimeoutMinutes: fleet.bootTimeoutSeconds / 60,
    drainTimeoutMinutes: fleet.drainTimeoutSeconds / 60,
    bootScript: fleet.bootScript,
    machineLogs: fleet.machineLogs,
  };
}

function sourceOptions(fleet: ResolvedFleet): Readonly<Record<string, unknown>> {
  if (fleet.source === 'github') {
    const group = decodeGitHubDemand(fleet.demand)?.group;
    return { labels: fleet.labels, registerAt: fleet.at, runnerGroup: group };
  }
  const { version, sha256 } = fleet.agent;
  const agent = { 'agent.version': version, 'agent.sha256': sha256 };
  if (fleet.source === 'circleci') {
    const { retryInterruptedTasks } = fleet;
    return { ...agent, retryInterruptedTasks, ...tokenOptions(fleet.token, CIRCLECI_TOKEN) };
  }
  const { tags, untagged } = decodeGitLabDemand(fleet.demand) ?? {};
  const { runner, executor, defaultImage } = fleet;
  return {
    ...agent,
    runner,
    tags,
    runUntagged: untagged,
    executor,
    defaultImage,
    ...tokenOptions(fleet.token, GITLAB_TOKEN),
  };
}

/** Every value that is no object, by its path. */
function leaves(value: object, path = ''): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (inner === undefined) return [];
    return isObject(inner) ? leaves(inner, `${path}${key}.`) : [[`${path}${key}`, inWords(inner)]];
  });
}

function inWords(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= LONGEST_VALUE) return text;
  return `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}
