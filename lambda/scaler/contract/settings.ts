/** The settings that the scaler reads from its environment. */
import { CIRCLECI_SETTINGS, type CircleCiSettings, decodeCircleCiSettings } from './circleci.ts';
import { SCHEDULE_SECONDS } from './events.ts';
import { decodeGitHubSettings, GITHUB_SETTINGS, type GitHubSettings } from './github.ts';
import { decodeGitLabSettings, GITLAB_SETTINGS, type GitLabSettings } from './gitlab.ts';
import { httpUrl } from './http-url.ts';
import { parseObject } from './json.ts';
import { decodeProxySettings, PROXY_SETTINGS, type ProxySettings } from './proxy.ts';
import { SCALER_NAME_PATTERN } from './scaler-name.ts';
import type { Fields } from './source-rules.ts';
import { SOURCE_RULES, type SourceName, SOURCES } from './sources.ts';
import { quote, wholeNumber } from './values.ts';

interface SourceSettings {
  readonly circleci: CircleCiSettings;
  readonly github: GitHubSettings;
  readonly gitlab: GitLabSettings;
}

/** Undefined for a source that is not configured; its fleets are refused. */
export type ConfiguredSources = {
  readonly [Source in SourceName]?: SourceSettings[Source] | undefined;
};

/** What a function needs to know of a network that is not the public one. */
export interface NetworkSettings {
  /** Through which the CI system and AWS are called. Default: they are called directly. */
  readonly proxy?: ProxySettings | undefined;
  /** A PEM file beside the code, whose authorities are trusted besides the public ones. Default: none. */
  readonly caFile?: string | undefined;
}

export interface Settings extends NetworkSettings {
  /** The scaler's name: value of the tag `runner-scaler:name` on its groups. */
  readonly name: string;
  /** At least one. */
  readonly sources: ConfiguredSources;
  /** Seconds from one pass to the next while a fleet is in use; 60 means the schedule's only. */
  readonly passIntervalSeconds: number;
  /** URL of the queue through which it sends itself the passes between; undefined: there are none. */
  readonly queueUrl: string | undefined;
  /** Whether numbers of classes become CloudWatch metrics; the log has them in any case. */
  readonly metrics: boolean;
  /** Decide and report, but change nothing. */
  readonly dryRun: boolean;
}

/** Environment variables of the function, one per setting; see `SOURCE_ENV` for those of sources. */
export const ENV = {
  name: 'RUNNER_SCALER_NAME',
  passIntervalSeconds: 'RUNNER_SCALER_PASS_INTERVAL_SECONDS',
  queueUrl: 'RUNNER_SCALER_QUEUE_URL',
  metrics: 'RUNNER_SCALER_METRICS',
  dryRun: 'RUNNER_SCALER_DRY_RUN',
  /** As a JSON object. */
  proxy: 'RUNNER_SCALER_PROXY',
  caFile: 'RUNNER_SCALER_CA_FILE',
} as const satisfies Record<Exclude<keyof Settings, 'sources'>, string>;

/** One variable per source: its settings as a JSON object. A source without its variable is not configured. */
export const SOURCE_ENV = {
  circleci: 'RUNNER_SCALER_CIRCLECI',
  github: 'RUNNER_SCALER_GITHUB',
  gitlab: 'RUNNER_SCALER_GITLAB',
} as const satisfies Record<SourceName, string>;

/** Default seconds from one pass to the next; docs/decisions/cadence-and-events.md says why. */
export const DEFAULT_PASS_INTERVAL_SECONDS = 10;

/** The schedule's own. */
export const MOST_PASS_INTERVAL_SECONDS = SCHEDULE_SECONDS;

export function encodeSettings(settings: Settings): Record<string, string> {
  const { circleci, github, gitlab } = settings.sources;
  return {
    [ENV.name]: settings.name,
    ...(circleci && { [SOURCE_ENV.circleci]: JSON.stringify(circleci) }),
    ...(github && { [SOURCE_ENV.github]: JSON.stringify(github) }),
    ...(gitlab && { [SOURCE_ENV.gitlab]: JSON.stringify(gitlab) }),
    [ENV.passIntervalSeconds]: String(settings.passIntervalSeconds),
    ...(settings.queueUrl !== undefined && { [ENV.queueUrl]: settings.queueUrl }),
    [ENV.metrics]: String(settings.metrics),
    [ENV.dryRun]: String(settings.dryRun),
    ...encodeNetwork(settings),
  };
}

export function encodeNetwork({ proxy, caFile }: NetworkSettings): Record<string, string> {
  return {
    ...(proxy && { [ENV.proxy]: JSON.stringify(proxy) }),
    ...(caFile !== undefined && { [ENV.caFile]: caFile }),
  };
}

/** Thrown when the function's environment cannot be understood; lists every mistake at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads the settings. An empty variable counts as missing.
 *
 * @throws SettingsError naming each variable, its value and what is allowed
 */
export function decodeSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const read = (variable: string) => env[variable]?.trim() || undefined;
  const reject = (variable: string, allowed: string) => {
    problems.push(`${variable} is ${quote(read(variable))}; allowed: ${allowed}`);
  };

  const name = read(ENV.name) ?? '';
  if (!SCALER_NAME_PATTERN.test(name)) {
    reject(ENV.name, 'up to 32 letters, digits and hyphens, beginning with a letter');
  }
  const configured = SOURCES.filter((source) => read(SOURCE_ENV[source]) !== undefined);
  if (configured.length === 0) {
    const variables = SOURCES.map((source) => SOURCE_ENV[source]).join(' or ');
    problems.push(
      `no source is configured: ${variables} is missing; set the one of your CI system`,
    );
  }
  const fields = <Key extends string>(variable: string, keys: readonly Key[]) => {
    const text = read(variable);
    return text === undefined ? undefined : fieldsOf({ variable, text, keys }, problems);
  };
  const circleciFields = fields(SOURCE_ENV.circleci, CIRCLECI_SETTINGS);
  const circleci = circleciFields && decodeCircleCiSettings(circleciFields);
  const githubFields = fields(SOURCE_ENV.github, GITHUB_SETTINGS);
  const github = githubFields && decodeGitHubSettings(githubFields);
  const gitlabFields = fields(SOURCE_ENV.gitlab, GITLAB_SETTINGS);
  const gitlab = gitlabFields && decodeGitLabSettings(gitlabFields);
  const least = Math.max(
    ...configured.map((source) => SOURCE_RULES[source].leastPassIntervalSeconds),
    1,
  );
  const passIntervalSeconds = wholeNumber(
    read(ENV.passIntervalSeconds) ?? String(DEFAULT_PASS_INTERVAL_SECONDS),
    { least, most: MOST_PASS_INTERVAL_SECONDS },
  );
  if (passIntervalSeconds === undefined) {
    reject(
      ENV.passIntervalSeconds,
      `a whole number from ${least} to ${MOST_PASS_INTERVAL_SECONDS}`,
    );
  }
  const queueUrl = httpUrl(read(ENV.queueUrl) ?? '');
  if (read(ENV.queueUrl) !== undefined && queueUrl === undefined) {
    reject(ENV.queueUrl, 'the URL of a queue');
  }
  const metrics = flag(read(ENV.metrics) ?? 'true');
  if (metrics === undefined) reject(ENV.metrics, 'true or false');
  const network = decodeNetwork(env, problems);
  const dryRun = flag(read(ENV.dryRun) ?? 'false');
  if (dryRun === undefined) reject(ENV.dryRun, 'true or false');

  if (
    passIntervalSeconds === undefined ||
    metrics === undefined ||
    dryRun === undefined ||
    problems.length > 0
  ) {
    throw new SettingsError(problems);
  }
  return {
    name,
    sources: { circleci, github, gitlab },
    ...network,
    passIntervalSeconds,
    queueUrl,
    metrics,
    dryRun,
  };
}

/** What is wrong with a variable is added to `problems`. */
export function decodeNetwork(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): NetworkSettings {
  const text = env[ENV.proxy]?.trim() ?? '';
  const fields =
    text === ''
      ? undefined
      : fieldsOf({ variable: ENV.proxy, text, keys: PROXY_SETTINGS }, problems);
  const proxy = fields && decodeProxySettings(fields);
  const caFile = env[ENV.caFile]?.trim() || undefined;
  if (caFile !== undefined && !/^[\w.-]+$/.test(caFile)) {
    problems.push(`${ENV.caFile} is ${quote(caFile)}; allowed: the name of a file beside the code`);
  }
  return { ...(proxy && { proxy }), ...(caFile !== undefined && { caFile }) };
}

function flag(text: string): boolean | undefined {
  return { true: true, false: false }[text];
}

export interface Variable<Key extends string> {
  readonly variable: string;
  readonly text: string;
  readonly keys: readonly Key[];
}

/** The fields of a variable that holds a JSON object. What is none is not repeated: it may be a token. */
export function fieldsOf<Key extends string>(
  { variable, text, keys }: Variable<Key>,
  problems: string[],
): Fields<Key> | undefined {
  const found = parseObject(text);
  if (found === undefined) {
    problems.push(
      `${variable} is not a JSON object; allowed: one with the keys ${keys.join(', ')}`,
    );
    return undefined;
  }
  const unknown = Object.keys(found).filter((key) => !keys.some((known) => known === key));
  for (const key of unknown) {
    problems.push(`${variable} has the key ${quote(key)}; allowed: ${keys.join(', ')}`);
  }
  return {
    read(key, { fallback, decode, allowed }) {
      const value = found[key];
      const decoded = value === undefined ? fallback : decode(value);
      if (decoded === undefined) {
        problems.push(`${variable}: ${key} is ${quote(value)}; allowed: ${allowed}`);
      }
      return decoded;
    },
  };
}
