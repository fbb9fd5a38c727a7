/** What the infrastructure, the scaler and the registrar have to agree on about GitHub. */
import { httpUrl } from './http-url.ts';
import { isObject, parseObject } from './json.ts';
import { CHOSEN_NAME, type Fields, type SourceRules } from './source-rules.ts';
import { isText } from './values.ts';

/** Longest value of a tag in AWS, in characters. */
export const GITHUB_DEMAND_LIMIT = 256;

/** Longest name of a runner in GitHub, in characters, and what an instance's id takes of it. */
const RUNNER_NAME_LIMIT = 64;
const INSTANCE_ID_LENGTH = 'i-0123456789abcdef0'.length;

/** Longest prefix of a fleet's runners. */
export const GITHUB_PREFIX_LIMIT = RUNNER_NAME_LIMIT - INSTANCE_ID_LENGTH;

/** An organisation or a person, as in the path of a repository. */
const OWNER = '[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})';
const OWNER_PATTERN = new RegExp(`^${OWNER}$`);
const REPOSITORY_PATTERN = new RegExp(`^${OWNER}/[A-Za-z0-9._-]{1,100}$`);
const PREFIX_PATTERN = /^[A-Za-z0-9_.-]+-$/;

/** A label of a runner: GitHub takes nearly everything; a comma separates labels. */
const LABEL_PATTERN = /^[^\s,'"][^,'"\p{C}]{0,99}$/u;

export function isGitHubOwner(text: string): boolean {
  return OWNER_PATTERN.test(text);
}

export function isGitHubRepository(text: string): boolean {
  return REPOSITORY_PATTERN.test(text);
}

export function isGitHubLabel(text: string): boolean {
  return LABEL_PATTERN.test(text) && text.trim() === text;
}

/** What a fleet's tag `runner-scaler:demand` says of its runners in GitHub. */
export interface GitHubDemand {
  /** The labels of its runners, by which jobs ask for them; at least one. Case is of no account. */
  readonly labels: readonly string[];
  /** Where its runners are registered: an organisation (`acme`), or one repository (`acme/app`). */
  readonly at: string;
  /** Begins the names of its runners; the instance's id follows. Ends in a hyphen. */
  readonly prefix: string;
  /** Name of the runner group. Default: the organisation's default group. */
  readonly group?: string;
}

const DEMAND_ALLOWED =
  'allowed: JSON such as {"labels":["acme","gpu"],"at":"acme","prefix":"ci-gpu-"}, with "group" for a runner group, ' +
  `of at most ${GITHUB_DEMAND_LIMIT} characters; "at" is an organisation or a repository, and the prefix has at most ` +
  `${GITHUB_PREFIX_LIMIT} characters and ends in a hyphen`;

export function encodeGitHubDemand({ labels, at, prefix, group }: GitHubDemand): string {
  return JSON.stringify({ labels, at, prefix, ...(group !== undefined && { group }) });
}

/** @returns undefined for what is no such tag */
export function decodeGitHubDemand(text: string): GitHubDemand | undefined {
  if (text.length > GITHUB_DEMAND_LIMIT) return undefined;
  const { labels, at, prefix, group, ...unknown } = parseObject(text) ?? {};
  if (Object.keys(unknown).length > 0) return undefined;
  const named = texts(labels, isGitHubLabel);
  if (named === undefined) return undefined;
  if (typeof at !== 'string' || !(isGitHubOwner(at) || isGitHubRepository(at))) return undefined;
  if (typeof prefix !== 'string' || !PREFIX_PATTERN.test(prefix)) return undefined;
  if (prefix.length > GITHUB_PREFIX_LIMIT) return undefined;
  if (group !== undefined && !isText(group)) return undefined;
  return { labels: named, at, prefix, ...(group !== undefined && { group }) };
}

/** The name of a fleet's runner on one instance. */
export function gitHubRunnerName(prefix: string, instanceId: string): string {
  return `${prefix}${instanceId}`;
}

/** @returns the instance of the runner, where it is one of the fleet with that prefix */
export function instanceOfGitHubRunner(prefix: string, name: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const id = name.slice(prefix.length);
  return /^i-[0-9a-f]{8,17}$/.test(id) ? id : undefined;
}

export const GITHUB_RULES: SourceRules = {
  className: CHOSEN_NAME,
  demandProblem: (text) =>
    text !== undefined && decodeGitHubDemand(text) !== undefined ? undefined : DEMAND_ALLOWED,
  // An App has 5,000 requests an hour, about 20 for each 15 seconds.
  leastPassIntervalSeconds: 15,
};

/** Where the jobs are that the fleets serve. */
export type GitHubScope =
  /** All repositories of these owners that the App is installed for. */
  | { readonly kind: 'owners'; readonly owners: readonly string[] }
  /** These repositories, as `owner/name`. */
  | { readonly kind: 'repositories'; readonly repositories: readonly string[] };

/** How GitHub is read. */
export interface GitHubSettings {
  /** Base URL as people open it, `https://github.com` or an Enterprise Server's, without a trailing slash. */
  readonly url: string;
  /** Id or ARN of the secret that holds the App's id and private key. */
  readonly appSecret: string;
  readonly scope: GitHubScope;
}

export const GITHUB_SETTINGS = ['url', 'appSecret', 'scope'] as const;

/**
 * Base URL of the REST API.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
export function gitHubApiUrl(url: string): string {
  const { protocol, hostname, host } = new URL(url);
  const isCloud = hostname === 'github.com' || hostname.endsWith('.ghe.com');
  return isCloud ? `${protocol}//api.${host}` : `${url}/api/v3`;
}

/** @returns undefined when a value is refused; `fields` has noted why */
export function decodeGitHubSettings(
  fields: Fields<(typeof GITHUB_SETTINGS)[number]>,
): GitHubSettings | undefined {
  const url = fields.read('url', {
    decode: (value) => (typeof value === 'string' ? httpUrl(value) : undefined),
    allowed: 'an http or https URL without query, credentials or fragment',
  });
  const appSecret = fields.read('appSecret', {
    decode: (value) => (isText(value) ? value : undefined),
    allowed: 'the id or ARN of a secret',
  });
  const scope = fields.read('scope', {
    decode: asScope,
    allowed:
      '{"kind":"owners","owners":["acme"]} or {"kind":"repositories","repositories":["acme/app"]}',
  });
  if (url === undefined || appSecret === undefined || scope === undefined) return undefined;
  return { url, appSecret, scope };
}

function asScope(value: unknown): GitHubScope | undefined {
  const { kind, owners, repositories } = isObject(value) ? value : {};
  if (kind === 'owners') {
    const named = texts(owners, isGitHubOwner);
    return named && { kind, owners: named };
  }
  if (kind !== 'repositories') return undefined;
  const named = texts(repositories, isGitHubRepository);
  return named && { kind, repositories: named };
}

/** @returns undefined unless it is a list of at least one such text */
function texts(value: unknown, accepts: (text: string) => boolean): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const found = (value as readonly unknown[]).filter(
    (each): each is string => typeof each === 'string' && accepts(each),
  );
  return found.length === value.length ? found : undefined;
}
