/** Reads what only GitHub has: its installation and App, and its list of fleets. */
import { createHash } from 'node:crypto';
import {
  encodeGitHubDemand,
  GITHUB_DEMAND_LIMIT,
  GITHUB_PREFIX_LIMIT,
  type GitHubScope,
  isGitHubLabel,
  SOURCE_RULES,
} from '../lambda/scaler/contract.ts';
import type { Architecture } from '../runner-userdata/platforms.ts';
import type { FleetConfig } from './fleet-config.ts';
import type { GitHubConfig, GitHubFleetConfig } from './github-config.ts';
import { readBaseUrl } from './read-base-url.ts';
import { readPinnedAgent } from './read-agent.ts';
import { readFleetList } from './read-fleet-list.ts';
import { readGitHubScope, readRegisterAt } from './read-github-scope.ts';
import { MACHINE_KEYS, readMachines } from './read-machines.ts';
import { GITHUB_APP, readTokenSource } from './read-token.ts';
import { type ConfigReader, keysOf, show } from './reader.ts';
import type { GitHubFleet, ResolvedGitHub } from './resolved-config.ts';
import { defaultLabels, sameLabels } from './same-labels.ts';

const GITHUB_URL = 'https://github.com';

/**
 * The oldest that GitHub.com and ghe.com let register, as GitHub's changelog announced for 2026. A server says
 * itself what it takes; a runner with a just-in-time config is as old as 2.304.0.
 */
const LEAST_RUNNER_VERSION = { hosted: [2, 329, 0], server: [2, 304, 0] } as const;

/** A runner takes at most 100 labels, of which three are added. */
const MOST_LABELS = 97;

/**
 * Labels of the machines that GitHub hosts. Jobs that name one alone never wait for a runner of ours.
 *
 * @see https://docs.github.com/en/actions/reference/runners/github-hosted-runners
 */
const HOSTED_LABEL = /^(ubuntu|windows|macos)-(latest|slim|\d+(\.\d+)?)(-[a-z0-9-]+)?$/i;

export interface GitHubPart {
  /** Absent where the config has no `github`. */
  readonly github?: ResolvedGitHub;
  readonly fleets: readonly GitHubFleet[];
}

/** Reads the config's `github`. */
export function readGitHub(config: ConfigReader, scaler: string): GitHubPart {
  if (!config.has('github')) return { fleets: [] };
  const reader = config.object('github', GITHUB_KEYS);
  const url = readBaseUrl(reader, {
    example: 'https://github.example.com',
    fallback: GITHUB_URL,
    betterThan,
  });
  const scope = readGitHubScope(reader);
  const app = readTokenSource(reader, GITHUB_APP);
  const runner = readPinnedAgent(
    reader,
    isHosted(url) ? LEAST_RUNNER_VERSION.hosted : LEAST_RUNNER_VERSION.server,
  );
  if (runner.sha256 !== undefined && runner.version === undefined) {
    reader.complain(
      'agent: sha256 is given without version; needed: the version that it belongs to, because without one ' +
        'each machine takes the newest; name the version, or leave sha256 out',
    );
  }
  const entries = reader.raw('fleets');
  if (!Array.isArray(entries) || entries.length === 0) {
    reader.refuse('fleets', 'a list of at least one fleet');
  }
  const fleets = readFleetList(config, Array.isArray(entries) ? entries : [], {
    source: 'github',
    keys: FLEET_KEYS,
    read: (entry) => readFleet(entry, { scaler, url, scope }),
  });
  sameLabels(fleets).forEach((problem) => config.complain(problem));
  return {
    github: {
      url,
      // Without a scope the config is refused, whichever stands in for it.
      scope: scope ?? { kind: 'owners', owners: [] },
      app,
      webhook: reader.flag('webhook', false),
      runner,
    },
    fleets,
  };
}

/** The address that is right in place of one that is known to be wrong. */
function betterThan(base: string): string | undefined {
  if (/^https:\/\/(api\.|www\.)github\.com(\/|$)/.test(base)) {
    return `${GITHUB_URL} for GitHub.com, from which the address of its API follows`;
  }
  if (/^https:\/\/api\..*\.ghe\.com(\/|$)/.test(base) || /\/api(\/|$)/.test(base)) {
    return 'the address as people open it, from which that of its API follows';
  }
  if (/^https:\/\/github\.com\/./.test(base)) {
    return `${GITHUB_URL} alone; name organisations in owners or repositories`;
  }
  return undefined;
}

interface FleetOf extends Pick<GitHubFleet, 'url'> {
  readonly scaler: string;
  /** Undefined where it was refused. */
  readonly scope: GitHubScope | undefined;
}

function readFleet(reader: ConfigReader, { scaler, url, scope }: FleetOf): GitHubFleet {
  const resourceClass = reader.text('name', {
    accepts: (text) => SOURCE_RULES.github.className.pattern.test(text),
    allowed: SOURCE_RULES.github.className.allowed,
  });
  const labels = readLabels(reader, url);
  const at = readRegisterAt(reader, scope);
  const runnerGroup = readRunnerGroup(reader, at);
  const machines = readMachines(reader, { scaler, resourceClass, nameKey: 'name' });
  refuseOtherArchitecture(reader, labels, machines.architecture);
  const demand = encodeGitHubDemand({
    labels: matchedLabels(labels, machines.architecture),
    at,
    prefix: runnerPrefix(machines.group),
    ...(runnerGroup !== undefined && { group: runnerGroup }),
  });
  if (demand.length > GITHUB_DEMAND_LIMIT) {
    reader.complain(
      `labels, registerAt and runnerGroup make ${demand.length} characters of the group's tag; ` +
        `allowed: ${GITHUB_DEMAND_LIMIT}; give the fleet fewer or shorter labels`,
    );
  }
  return { ...machines, source: 'github', url, labels, at, demand };
}

/** Whether it is GitHub's own installation, where there are also machines that GitHub hosts. */
function isHosted(url: string): boolean {
  return url === GITHUB_URL || url.endsWith('.ghe.com');
}

function readLabels(reader: ConfigReader, url: string): readonly string[] {
  const labels = reader.textList('labels', {
    least: 1,
    most: MOST_LABELS,
    accepts: isGitHubLabel,
    allowed: "a label of up to 100 characters without commas and quotes, such as 'gpu'",
  });
  const hosted = labels.find((label) => HOSTED_LABEL.test(label));
  if (hosted !== undefined && isHosted(url)) {
    reader.complain(
      `labels has ${show(hosted)}, which is a label of GitHub's own machines: jobs that ask for it run there; ` +
        `allowed: other labels, such as ${show(`acme-${hosted}`)}`,
    );
  }
  const lower = labels.map((label) => label.toLowerCase());
  const twice = labels.find(
    (label, index) => labels.indexOf(label) === index && lower.indexOf(label.toLowerCase()) < index,
  );
  if (twice !== undefined) {
    reader.complain(
      `labels has ${show(twice)} twice, because GitHub ignores the case of labels; remove one`,
    );
  }
  return labels;
}

/**
 * By which the scaler finds its jobs. What every runner has says nothing of a fleet; what its architecture is called
 * does, and a tag has no other place for it.
 */
function matchedLabels(labels: readonly string[], architecture: Architecture): readonly string[] {
  const defaults = defaultLabels(architecture);
  const own = labels.filter((label) => !defaults.includes(label.toLowerCase()));
  return [...(own.length > 0 ? own : labels), ...defaults.slice(-1)].filter(
    (label, index, all) =>
      all.findIndex((other) => other.toLowerCase() === label.toLowerCase()) === index,
  );
}

/** A runner of one architecture with the label of the other would be given jobs that it cannot run. */
function refuseOtherArchitecture(
  reader: ConfigReader,
  labels: readonly string[],
  architecture: Architecture,
): void {
  const other = architecture === 'arm64' ? 'x64' : 'arm64';
  const wrong = labels.find((label) => label.toLowerCase() === other);
  if (wrong === undefined) return;
  reader.complain(
    `labels has ${show(wrong)}, but the architecture of its machines is ${show(architecture)}; ` +
      'remove the label, or choose instance types of that architecture',
  );
}

function readRunnerGroup(reader: ConfigReader, at: string): string | undefined {
  const group = reader.optionalText('runnerGroup', {
    accepts: (text) => text.trim() === text && text !== '' && text.length <= 100,
    allowed: 'the name of a runner group, of up to 100 characters',
  });
  if (group !== undefined && at.includes('/')) {
    reader.refuse(
      'runnerGroup',
      `only with an organisation as registerAt, which is ${show(at)}: a repository has no groups; leave it out`,
    );
  }
  return group;
}

/** The group's name, which no other scaler and class has, as far as GitHub's limit leaves room for it. */
function runnerPrefix(group: string): string {
  const whole = `${group}-`;
  if (whole.length <= GITHUB_PREFIX_LIMIT) return whole;
  const end = `-${createHash('sha256').update(group).digest('hex').slice(0, 8)}-`;
  return `${group.slice(0, GITHUB_PREFIX_LIMIT - end.length)}${end}`;
}

const GITHUB_KEYS = keysOf<GitHubConfig>({
  url: true,
  appSecretArn: true,
  appKmsKeyArn: true,
  owners: true,
  repositories: true,
  webhook: true,
  agent: true,
  fleets: true,
});
const FLEET_KEYS = [
  ...keysOf<Omit<GitHubFleetConfig, keyof FleetConfig>>({
    name: true,
    labels: true,
    registerAt: true,
    runnerGroup: true,
  }),
  ...MACHINE_KEYS,
];
