/** Reads what only GitLab has: its installation, and its list of fleets. */
import {
  encodeGitLabDemand,
  GITLAB_DEMAND_LIMIT,
  GITLAB_MOST_JOBS,
  type GitLabDemand,
  type GitLabScope,
  SOURCE_RULES,
} from '../lambda/scaler/contract.ts';
import { GITLAB_RUNNER_VERSION } from '../runner-userdata/linux/agents/gitlab/settings.ts';
import { FLEET_LISTS } from './fleet-place.ts';
import { readBaseUrl } from './read-base-url.ts';
import { readAgent } from './read-agent.ts';
import { readFleetList } from './read-fleet-list.ts';
import { readGitLabScope } from './read-gitlab-scope.ts';
import { MACHINE_KEYS, readMachines } from './read-machines.ts';
import { GITLAB_TOKEN, readTokenSource } from './read-token.ts';
import { type ConfigReader, keysOf } from './reader.ts';
import type { GitLabExecutor, GitLabFleet, ResolvedGitLab } from './resolved-config.ts';
import type { FleetConfig } from './fleet-config.ts';
import type { GitLabConfig, GitLabFleetConfig } from './gitlab-config.ts';

/** Runner authentication tokens and the system id in a file are of this version. */
const LEAST_RUNNER_VERSION = [16, 0, 0] as const;

/** A runner has at most 50 tags, of at most 255 characters. */
const MOST_TAGS = 50;
const LONGEST_TAG = 255;

export interface GitLabPart {
  /** Absent where the config has no `gitlab`. */
  readonly gitlab?: ResolvedGitLab;
  readonly fleets: readonly GitLabFleet[];
}

/** Reads the config's `gitlab`. */
export function readGitLab(config: ConfigReader, scaler: string): GitLabPart {
  if (!config.has('gitlab')) return { fleets: [] };
  const reader = config.object('gitlab', GITLAB_KEYS);
  const url = readBaseUrl(reader, { example: 'https://gitlab.example.com', betterThan });
  const scope = readGitLabScope(reader, url);
  const apiToken = readTokenSource(reader, GITLAB_TOKEN);
  const agent = readAgent(reader, { least: LEAST_RUNNER_VERSION, fallback: GITLAB_RUNNER_VERSION });
  const entries = reader.raw('fleets');
  if (!Array.isArray(entries) || entries.length === 0) {
    reader.refuse('fleets', 'a list of at least one fleet');
  }
  const fleets = readFleetList(config, Array.isArray(entries) ? entries : [], {
    source: 'gitlab',
    keys: FLEET_KEYS,
    read: (entry) => readFleet(entry, { scaler, url, scope, agent }),
  });
  sameRunners(fleets).forEach((problem) => config.complain(problem));
  // Without a scope the config is refused, whichever stands in for it.
  return { gitlab: { url, scope: scope ?? { kind: 'instance' }, apiToken }, fleets };
}

/** The address that is right in place of one that is known to be wrong. */
function betterThan(base: string): string | undefined {
  if (/^https:\/\/(www|about)\.gitlab\.com(\/|$)/.test(base)) {
    return 'https://gitlab.com for GitLab.com, whose API is not at its website';
  }
  if (/\/api(\/|$)/.test(base)) {
    return 'the base URL, without the path of the API, which is added to it';
  }
  return undefined;
}

interface FleetOf extends Pick<GitLabFleet, 'url' | 'agent'> {
  readonly scaler: string;
  /** Undefined where it was refused. */
  readonly scope: GitLabScope | undefined;
}

function readFleet(reader: ConfigReader, { scaler, url, scope, agent }: FleetOf): GitLabFleet {
  const resourceClass = reader.text('name', {
    accepts: (text) => SOURCE_RULES.gitlab.className.pattern.test(text),
    allowed: SOURCE_RULES.gitlab.className.allowed,
  });
  const runner = reader.wholeNumber('runner', {
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
    why: 'it is the id that GitLab shows as #123 on the page of the runner',
  });
  const executor = reader.choice<GitLabExecutor>('executor', ['docker', 'shell']) ?? 'docker';
  const defaultImage = readDefaultImage(reader, executor);
  const demand = encodeGitLabDemand({ runner, ...readMatching(reader, scope) });
  if (demand.length > GITLAB_DEMAND_LIMIT) {
    reader.complain(
      `runner and tags make ${demand.length} characters of the group's tag; ` +
        `allowed: ${GITLAB_DEMAND_LIMIT}; give the runner fewer or shorter tags`,
    );
  }
  const most = { most: GITLAB_MOST_JOBS, why: 'GitLab counts the jobs of a runner no further' };
  const machines = readMachines(reader, { scaler, resourceClass, nameKey: 'name', most });
  return {
    ...machines,
    source: 'gitlab',
    url,
    runner,
    demand,
    executor,
    ...(defaultImage !== undefined && { defaultImage }),
    agent,
    token: readTokenSource(reader, GITLAB_TOKEN),
  };
}

function readDefaultImage(reader: ConfigReader, executor: GitLabExecutor): string | undefined {
  if (executor === 'shell' && reader.has('defaultImage')) {
    reader.refuse('defaultImage', 'only with the executor docker; leave it out');
    return undefined;
  }
  return reader.optionalText('defaultImage', {
    accepts: (text) => /^[a-z0-9][A-Za-z0-9._/:@-]{0,254}$/.test(text),
    allowed: 'the name of an image, such as ubuntu:24.04',
  });
}

/** Which jobs the runner takes, where the scaler itself has to match them. */
function readMatching(
  reader: ConfigReader,
  scope: GitLabScope | undefined,
): Omit<GitLabDemand, 'runner'> {
  if (scope?.kind === 'instance') {
    for (const key of ['tags', 'runUntagged']) {
      if (reader.has(key)) {
        reader.refuse(
          key,
          "only with a group or projects as scope: with 'instance' GitLab itself says which jobs the runner takes; leave it out",
        );
      }
    }
    return {};
  }
  const tags = reader.textList('tags', {
    least: 0,
    most: MOST_TAGS,
    accepts: (text) =>
      text !== '' && text === text.trim() && !text.includes(',') && text.length <= LONGEST_TAG,
    allowed: `a tag of up to ${LONGEST_TAG} characters without commas`,
  });
  const untagged = reader.flag('runUntagged', false);
  const isMissing = (value: unknown) =>
    value === undefined || value === false || (Array.isArray(value) && value.length === 0);
  if (scope && isMissing(reader.raw('tags')) && isMissing(reader.raw('runUntagged'))) {
    reader.complain(
      'has neither tags nor runUntagged; needed: the tags of the runner in GitLab, runUntagged: true, or both, ' +
        'because outside of the scope instance the scaler itself finds the jobs that the runner takes',
    );
  }
  return { tags, untagged };
}

/** GitLab counts by the runner: two fleets of one would each start machines for all of its jobs. */
function sameRunners(fleets: readonly GitLabFleet[]): readonly string[] {
  return fleets.flatMap(({ runner, resourceClass }, index) => {
    const earlier = fleets.findIndex((fleet) => fleet.runner === runner);
    if (earlier === index || earlier === -1) return [];
    const list = FLEET_LISTS.gitlab;
    return [
      `${list}[${index}] (${resourceClass}): runner is ${runner}, as in ${list}[${earlier}]; ` +
        'allowed: one fleet per runner, because each would start machines for all jobs of the runner; ' +
        'make another runner in GitLab',
    ];
  });
}

const GITLAB_KEYS = keysOf<GitLabConfig>({
  url: true,
  scope: true,
  tokenSecretArn: true,
  tokenKmsKeyArn: true,
  agent: true,
  fleets: true,
});
const FLEET_KEYS = [
  ...keysOf<Omit<GitLabFleetConfig, keyof FleetConfig>>({
    name: true,
    runner: true,
    tags: true,
    runUntagged: true,
    executor: true,
    defaultImage: true,
    tokenSecretArn: true,
    tokenKmsKeyArn: true,
  }),
  ...MACHINE_KEYS,
];
