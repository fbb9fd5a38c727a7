/** The settings of the two functions beside the scaler: the registrar of GitHub's runners, and its webhook. */
import { decodeGitHubSettings, GITHUB_SETTINGS, type GitHubSettings } from './github.ts';
import { isObject } from './json.ts';
import { SCALER_NAME_PATTERN } from './scaler-name.ts';
import {
  decodeNetwork,
  encodeNetwork,
  ENV,
  fieldsOf,
  type NetworkSettings,
  SettingsError,
  SOURCE_ENV,
} from './settings.ts';
import { quote } from './values.ts';

export const ARCHITECTURES = ['x64', 'arm64'] as const;
/** As GitHub calls it. */
export type Architecture = (typeof ARCHITECTURES)[number];

/** Which version of the runner the machines install. */
export interface GitHubRunner {
  /** Default: the newest that GitHub offers. */
  readonly version?: string;
  /** SHA-256 of its archive, in hexadecimal. Default: what GitHub says, as long as it offers the version. */
  readonly sha256?: Readonly<Partial<Record<Architecture, string>>>;
}

export interface RegistrarSettings extends NetworkSettings {
  /** The scaler's name. */
  readonly name: string;
  readonly github: GitHubSettings;
  readonly runner: GitHubRunner;
}

export interface WebhookSettings {
  /** The scaler's name. */
  readonly name: string;
  readonly github: GitHubSettings;
  /** Id or ARN of the secret that GitHub signs its deliveries with. */
  readonly webhookSecret: string;
}

/** Environment variables of the two functions, beside the scaler's `SOURCE_ENV.github` and what they have of `ENV`. */
export const GITHUB_FUNCTION_ENV = {
  /** Of the registrar: `GitHubRunner` as JSON. Default: the newest version. */
  runner: 'RUNNER_SCALER_GITHUB_RUNNER',
  webhookSecret: 'RUNNER_SCALER_WEBHOOK_SECRET',
} as const;

type Env = Readonly<Record<string, string | undefined>>;

export function encodeRegistrarSettings(settings: RegistrarSettings): Record<string, string> {
  return {
    ...encodeCommon(settings),
    [GITHUB_FUNCTION_ENV.runner]: JSON.stringify(settings.runner),
    ...encodeNetwork(settings),
  };
}

export function encodeWebhookSettings(settings: WebhookSettings): Record<string, string> {
  return { ...encodeCommon(settings), [GITHUB_FUNCTION_ENV.webhookSecret]: settings.webhookSecret };
}

/** @throws SettingsError naming each variable, its value and what is allowed */
export function decodeRegistrarSettings(env: Env): RegistrarSettings {
  const problems: string[] = [];
  const common = decodeCommon(env, problems);
  const runner = decodeRunner(env, problems);
  const network = decodeNetwork(env, problems);
  if (common === undefined || runner === undefined || problems.length > 0) {
    throw new SettingsError(problems);
  }
  return { ...common, runner, ...network };
}

/** @throws SettingsError naming each variable, its value and what is allowed */
export function decodeWebhookSettings(env: Env): WebhookSettings {
  const problems: string[] = [];
  const common = decodeCommon(env, problems);
  const webhookSecret = env[GITHUB_FUNCTION_ENV.webhookSecret]?.trim() ?? '';
  if (webhookSecret === '') {
    problems.push(
      `${GITHUB_FUNCTION_ENV.webhookSecret} is missing; allowed: the id or ARN of a secret`,
    );
  }
  if (common === undefined || problems.length > 0) throw new SettingsError(problems);
  return { ...common, webhookSecret };
}

type Common = Pick<RegistrarSettings, 'name' | 'github'>;

function encodeCommon({ name, github }: Common): Record<string, string> {
  return { [ENV.name]: name, [SOURCE_ENV.github]: JSON.stringify(github) };
}

/** @returns undefined when a value is refused; `problems` then says why */
function decodeCommon(env: Env, problems: string[]): Common | undefined {
  const name = env[ENV.name]?.trim() ?? '';
  const isNamed = SCALER_NAME_PATTERN.test(name);
  if (!isNamed) {
    problems.push(
      `${ENV.name} is ${quote(env[ENV.name])}; allowed: up to 32 letters, digits and hyphens, beginning with a letter`,
    );
  }
  const variable = SOURCE_ENV.github;
  const text = env[variable]?.trim() ?? '';
  const fields = fieldsOf({ variable, text, keys: GITHUB_SETTINGS }, problems);
  const github = fields && decodeGitHubSettings(fields);
  return isNamed && github !== undefined ? { name, github } : undefined;
}

function decodeRunner(env: Env, problems: string[]): GitHubRunner | undefined {
  const variable = GITHUB_FUNCTION_ENV.runner;
  const text = env[variable]?.trim() || '{}';
  const fields = fieldsOf({ variable, text, keys: ['version', 'sha256'] as const }, problems);
  const version = fields?.read('version', {
    fallback: '',
    decode: (value) =>
      typeof value === 'string' && /^\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(value) ? value : undefined,
    allowed: 'a version such as "2.336.0"',
  });
  const sha256 = fields?.read('sha256', {
    fallback: {},
    decode: version === '' ? () => undefined : checksums,
    allowed: 'beside a version, {"x64": "…", "arm64": "…"} with 64 hexadecimal digits each',
  });
  if (version === undefined || sha256 === undefined) return undefined;
  return { ...(version !== '' && { version, sha256 }) };
}

function checksums(value: unknown): GitHubRunner['sha256'] {
  if (!isObject(value)) return undefined;
  const known = ARCHITECTURES.flatMap((architecture) => {
    const text = value[architecture];
    return typeof text === 'string' && /^[0-9a-fA-F]{64}$/.test(text)
      ? [[architecture, text.toLowerCase()] as const]
      : [];
  });
  return known.length === Object.keys(value).length ? Object.fromEntries(known) : undefined;
}
