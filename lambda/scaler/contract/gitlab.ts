/** What the infrastructure and the scaler have to agree on about GitLab. */
import { httpUrl } from './http-url.ts';
import { isObject, parseObject } from './json.ts';
import { CHOSEN_NAME, type Fields, type SourceRules } from './source-rules.ts';
import { isText, isTexts } from './values.ts';

/**
 * The most running jobs that GitLab counts for one runner, and so the most that a fleet may hold; one more means
 * "or more".
 *
 * @see https://docs.gitlab.com/api/graphql/reference/#cirunner field `jobCount`
 */
export const GITLAB_MOST_JOBS = 1_000;

/** Longest value of a tag in AWS, in characters. */
export const GITLAB_DEMAND_LIMIT = 256;

/** What a fleet's tag `runner-scaler:demand` says of its runner in GitLab. */
export interface GitLabDemand {
  /** The runner's numeric id. */
  readonly runner: number;
  /** The runner's tags, by which jobs ask for it. Needed outside the scope `instance`. Default: none. */
  readonly tags?: readonly string[];
  /** Whether the runner takes jobs without tags. Needed outside the scope `instance`. Default: no. */
  readonly untagged?: boolean;
}

const DEMAND_ALLOWED =
  'allowed: JSON such as {"runner":123}, outside the scope instance with the runner\'s tags and whether it runs ' +
  `untagged jobs, such as {"runner":123,"tags":["linux"],"untagged":true}, of at most ${GITLAB_DEMAND_LIMIT} characters`;

export function encodeGitLabDemand({ runner, tags = [], untagged = false }: GitLabDemand): string {
  return JSON.stringify({
    runner,
    ...(tags.length > 0 && { tags }),
    ...(untagged && { untagged }),
  });
}

/** @returns undefined for what is no such tag */
export function decodeGitLabDemand(text: string): GitLabDemand | undefined {
  if (text.length > GITLAB_DEMAND_LIMIT) return undefined;
  const { runner, tags = [], untagged = false, ...unknown } = parseObject(text) ?? {};
  if (Object.keys(unknown).length > 0 || !isId(runner)) return undefined;
  if (!isTexts(tags) || typeof untagged !== 'boolean') return undefined;
  return { runner, tags, untagged };
}

export const GITLAB_RULES: SourceRules = {
  className: CHOSEN_NAME,
  demandProblem: (text) =>
    text !== undefined && decodeGitLabDemand(text) !== undefined ? undefined : DEMAND_ALLOWED,
  // One request per pass for up to 20 classes; gitlab.com takes 2,000 a minute from one user.
  leastPassIntervalSeconds: 5,
};

/** Where the jobs are that the fleets serve. */
export type GitLabScope =
  /** All of a self-managed installation. The token is an administrator's. */
  | { readonly kind: 'instance' }
  /** The projects of a group and of its subgroups; `group` is its path or id. */
  | { readonly kind: 'group'; readonly group: string }
  /** These projects, by paths or ids. */
  | { readonly kind: 'projects'; readonly projects: readonly (string | number)[] };

/** How GitLab is read. */
export interface GitLabSettings {
  /** Base URL of the installation, without a trailing slash. */
  readonly url: string;
  /** Id or ARN of the secret that holds the API token, of the scope `read_api`. */
  readonly tokenSecret: string;
  readonly scope: GitLabScope;
}

export const GITLAB_SETTINGS = ['url', 'tokenSecret', 'scope'] as const;

/** @returns undefined when a value is refused; `fields` has noted why */
export function decodeGitLabSettings(
  fields: Fields<(typeof GITLAB_SETTINGS)[number]>,
): GitLabSettings | undefined {
  const url = fields.read('url', {
    decode: (value) => (typeof value === 'string' ? httpUrl(value) : undefined),
    allowed: 'an http or https URL without query, credentials or fragment',
  });
  const tokenSecret = fields.read('tokenSecret', {
    decode: (value) => (isText(value) ? value : undefined),
    allowed: 'the id or ARN of a secret',
  });
  const scope = fields.read('scope', {
    decode: asScope,
    allowed:
      '{"kind":"instance"}, {"kind":"group","group":"acme/platform"} or {"kind":"projects","projects":["acme/app",42]}',
  });
  if (url === undefined || tokenSecret === undefined || scope === undefined) return undefined;
  return { url, tokenSecret, scope };
}

function asScope(value: unknown): GitLabScope | undefined {
  const { kind, group, projects } = isObject(value) ? value : {};
  if (kind === 'instance') return { kind };
  if (kind === 'group') return isText(group) ? { kind, group } : undefined;
  if (kind !== 'projects' || !Array.isArray(projects) || projects.length === 0) return undefined;
  const named = (projects as readonly unknown[]).filter((each) => isText(each) || isId(each));
  return named.length === projects.length ? { kind, projects: named } : undefined;
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
