/** From the config as written to the config as used: every default filled in, every mistake found. */
import {
  CIRCLECI_APIS,
  CIRCLECI_CLOUD_URL,
  CONTAINERS_AT_A_TIME,
  DEFAULT_CIRCLECI_API,
  DEFAULT_PASS_INTERVAL_SECONDS,
  defaultCallsPerSecond,
  httpUrl,
  LEAST_CALLS_PER_SECOND,
  MOST_CALLS_PER_SECOND,
  MOST_PASS_INTERVAL_SECONDS,
  SCALER_NAME_PATTERN,
  SOURCE_RULES,
} from '../lambda/scaler/contract.ts';
import { AGENT_VERSION } from '../runner-userdata/render.ts';
import type { AgentConfig, CircleCiConfig, ExistingNetworkConfig, ScalerConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigReader, keysOf, readObject } from './config-reader.ts';
import { templateProblems } from './config-limits.ts';
import { readFleets } from './fleet-validation.ts';
import type { ResolvedAgent, ResolvedConfig, ResolvedNetwork } from './resolved-config.ts';
import { readTags } from './tag-validation.ts';
import { readTokenSource } from './token-validation.ts';

/** CloudWatch Logs takes these retentions only; longer ones make no sense for this log. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];

/** First version that keeps to its maximum run time; see CircleCI's machine runner changelog. */
const LEAST_AGENT_VERSION = [3, 1, 13] as const;

/** The variables of a function have 4 kB together. */
const LONGEST_URL = 500;

/**
 * Fills in every default and checks everything that can be checked without an account.
 *
 * @param config a `ScalerConfig`, or whatever a file holds that should be one
 * @throws ConfigError with all mistakes together
 */
export function resolveConfig(config: unknown): ResolvedConfig {
  const problems: string[] = [];
  const reader = readObject(config, { where: '', keys: CONFIG_KEYS, problems });

  const name = reader.text('name', {
    accepts: (text) => SCALER_NAME_PATTERN.test(text),
    allowed: 'up to 32 letters, digits and hyphens, beginning with a letter',
  });
  const circleci = readCircleCi(reader.object('circleci', CIRCLECI_KEYS));
  const network = reader.has('network')
    ? readNetwork(reader.object('network', NETWORK_KEYS))
    : undefined;
  const reservedConcurrency = reader.optionalWholeNumber('reservedConcurrency', {
    least: CONTAINERS_AT_A_TIME,
    most: 10,
  });
  const resolved: ResolvedConfig = {
    name,
    ...circleci,
    ...(network && { network }),
    tags: readTags(reader),
    passIntervalSeconds: reader.wholeNumber('passIntervalSeconds', {
      least: SOURCE_RULES.circleci.leastPassIntervalSeconds,
      most: MOST_PASS_INTERVAL_SECONDS,
      fallback: DEFAULT_PASS_INTERVAL_SECONDS,
    }),
    wakeUps: reader.flag('wakeUps', true),
    metrics: reader.flag('metrics', true),
    dryRun: reader.flag('dryRun', false),
    logRetentionDays: readLogRetention(reader),
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    agent: readAgent(reader.object('agent', AGENT_KEYS)),
    fleets: readFleets(reader, name),
  };
  // Rendering user data from values that were refused would only blame their consequences.
  if (problems.length === 0) problems.push(...templateProblems(resolved));
  if (problems.length > 0) throw new ConfigError(problems);
  return resolved;
}

function readCircleCi(
  reader: ConfigReader,
): Pick<ResolvedConfig, 'circleciUrl' | 'circleciApi' | 'circleciCallsPerSecond' | 'apiToken'> {
  const url = reader.has('url') ? reader.raw('url') : CIRCLECI_CLOUD_URL;
  const base = typeof url === 'string' ? httpUrl(url) : undefined;
  if (base === undefined || !base.startsWith('https:')) {
    reader.refuse('url', 'an https URL without query, credentials or fragment');
  } else if (base.length > LONGEST_URL) {
    reader.refuse('url', `at most ${LONGEST_URL} characters`);
  } else if (/^https:\/\/((www|app)\.)?circleci\.com(\/|$)/.test(base)) {
    reader.refuse(
      'url',
      `${CIRCLECI_CLOUD_URL} for CircleCI Cloud, whose runner API is not at its website`,
    );
  } else if (base.includes('/api/')) {
    reader.refuse('url', 'the base URL, without the path of the API, which is added to it');
  }
  const circleciCallsPerSecond = reader.optionalWholeNumber('callsPerSecond', {
    least: LEAST_CALLS_PER_SECOND,
    most: MOST_CALLS_PER_SECOND,
  });
  return {
    circleciUrl: base ?? '',
    circleciApi: reader.choice('api', CIRCLECI_APIS) ?? DEFAULT_CIRCLECI_API,
    circleciCallsPerSecond: circleciCallsPerSecond ?? defaultCallsPerSecond(base ?? ''),
    apiToken: readTokenSource(reader),
  };
}

function readNetwork(reader: ConfigReader): ResolvedNetwork {
  return {
    vpcId: reader.text('vpcId', idRule('vpc')),
    subnetIds: reader.textList('subnetIds', { ...idRule('subnet'), least: 1, most: 20 }),
    // Five groups are the quota per network interface, and one is the stack's own.
    securityGroupIds: reader.textList('securityGroupIds', { ...idRule('sg'), least: 0, most: 4 }),
  };
}

function idRule(prefix: string) {
  const pattern = new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`);
  return {
    accepts: (text: string) => pattern.test(text),
    allowed: `an id such as ${prefix}-0123456789abcdef0`,
  };
}

function readLogRetention(reader: ConfigReader): number {
  const days = reader.has('logRetentionDays') ? reader.raw('logRetentionDays') : 30;
  const known = LOG_RETENTION_DAYS.find((allowed) => allowed === days);
  if (known === undefined) {
    reader.refuse('logRetentionDays', `one of ${LOG_RETENTION_DAYS.join(', ')}`);
  }
  return known ?? Number.NaN;
}

function readAgent(reader: ConfigReader): ResolvedAgent {
  const version = reader.optionalText('version', {
    accepts: isUsableAgentVersion,
    allowed: `${LEAST_AGENT_VERSION.join('.')} or a later release, such as ${AGENT_VERSION}`,
  });
  if (!reader.has('sha256')) return { version: version ?? AGENT_VERSION };
  const sums = reader.object('sha256', ['x86_64', 'arm64']);
  const rule = {
    accepts: (text: string) => /^[0-9a-f]{64}$/.test(text),
    allowed: '64 hexadecimal digits in lower case',
  };
  const x86 = sums.optionalText('x86_64', rule);
  const arm = sums.optionalText('arm64', rule);
  return {
    version: version ?? AGENT_VERSION,
    sha256: { ...(x86 && { x86_64: x86 }), ...(arm && { arm64: arm }) },
  };
}

function isUsableAgentVersion(text: string): boolean {
  if (!/^\d{1,4}\.\d{1,4}\.\d{1,6}$/.test(text)) return false;
  const parts = text.split('.').map(Number);
  const differing = LEAST_AGENT_VERSION.findIndex((least, index) => parts[index] !== least);
  return differing === -1 || (parts[differing] ?? 0) > (LEAST_AGENT_VERSION[differing] ?? 0);
}

const CONFIG_KEYS = keysOf<ScalerConfig>({
  name: true,
  circleci: true,
  network: true,
  tags: true,
  passIntervalSeconds: true,
  wakeUps: true,
  metrics: true,
  dryRun: true,
  logRetentionDays: true,
  reservedConcurrency: true,
  agent: true,
  resourceClasses: true,
});
const CIRCLECI_KEYS = keysOf<CircleCiConfig>({
  url: true,
  api: true,
  callsPerSecond: true,
  existingTokenSecretArn: true,
  tokenKmsKeyArn: true,
});
const NETWORK_KEYS = keysOf<ExistingNetworkConfig>({
  vpcId: true,
  subnetIds: true,
  securityGroupIds: true,
});
const AGENT_KEYS = keysOf<AgentConfig>({ version: true, sha256: true });
