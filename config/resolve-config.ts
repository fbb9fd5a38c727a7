/** From the config as written to the config as used: every default filled in, every mistake found. */
import {
  CONTAINERS_AT_A_TIME,
  DEFAULT_PASS_INTERVAL_SECONDS,
  MOST_PASS_INTERVAL_SECONDS,
  SOURCE_RULES,
  SCALER_NAME_PATTERN,
} from '../lambda/scaler/contract.ts';
import { ConfigError } from './config-error.ts';
import { templateProblems } from './limits.ts';
import { readCaCertificates } from './read-ca.ts';
import { hasCircleCi, readCircleCi } from './read-circleci.ts';
import { readGitHub } from './read-github.ts';
import { readGitLab } from './read-gitlab.ts';
import { readMonitoring } from './read-monitoring.ts';
import { ipv6Problems, readNetwork } from './read-network.ts';
import { readProxy } from './read-proxy.ts';
import { readTags } from './read-tags.ts';
import { type ConfigReader, keysOf, readObject } from './reader.ts';
import type { ResolvedConfig } from './resolved-config.ts';
import { sameNames } from './same-names.ts';
import type { ScalerConfig } from './scaler-config.ts';

/** CloudWatch Logs takes only these retentions; longer ones make no sense for this log. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];

/**
 * Fills in every default and checks everything that can be checked without an account.
 *
 * @param config a `ScalerConfig`, or what a file has in its place
 * @throws ConfigError with all mistakes together
 */
export function resolveConfig(config: unknown): ResolvedConfig {
  const problems: string[] = [];
  const reader = readObject(config, { where: '', keys: CONFIG_KEYS, problems });

  const name = reader.text('name', {
    accepts: (text) => SCALER_NAME_PATTERN.test(text),
    allowed: 'up to 32 letters, digits and hyphens, beginning with a letter',
  });
  const network = readNetwork(reader);
  const proxy = readProxy(reader);
  const caCertificates = readCaCertificates(reader);
  const reservedConcurrency = reader.optionalWholeNumber('reservedConcurrency', {
    least: CONTAINERS_AT_A_TIME,
    most: 10,
  });
  const scaler = {
    name,
    ...(network && { network }),
    ...(proxy && { proxy }),
    ...(caCertificates && { caCertificates }),
    tags: readTags(reader, reader.has('github')),
    passIntervalSeconds: readPassInterval(reader),
    wakeUps: reader.flag('wakeUps', true),
    metrics: reader.flag('metrics', true),
    dryRun: reader.flag('dryRun', false),
    logRetentionDays: readLogRetention(reader),
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
  };
  const { circleci, fleets: ofCircleCi } = readCircleCi(reader, name);
  const { github, fleets: ofGitHub } = readGitHub(reader, name);
  const { gitlab, fleets: ofGitLab } = readGitLab(reader, name);
  const fleets = [...ofCircleCi, ...ofGitHub, ...ofGitLab];
  problems.push(...sameNames(fleets));
  const resolved: ResolvedConfig = {
    ...scaler,
    ...(circleci && { circleci }),
    ...(github && { github }),
    ...(gitlab && { gitlab }),
    monitoring: readMonitoring(reader, { fleets, metrics: scaler.metrics }),
    fleets,
  };
  problems.push(...ipv6Problems(resolved));
  // Rendering user data from refused values would only report what follows from them.
  if (problems.length === 0) problems.push(...templateProblems(resolved));
  if (problems.length > 0) throw new ConfigError(problems);
  return resolved;
}

/** As often as the slowest source allows. */
function readPassInterval(reader: ConfigReader): number {
  const least = Math.max(
    hasCircleCi(reader) ? SOURCE_RULES.circleci.leastPassIntervalSeconds : 0,
    reader.has('github') ? SOURCE_RULES.github.leastPassIntervalSeconds : 0,
    reader.has('gitlab') ? SOURCE_RULES.gitlab.leastPassIntervalSeconds : 0,
  );
  return reader.wholeNumber('passIntervalSeconds', {
    least,
    most: MOST_PASS_INTERVAL_SECONDS,
    fallback: Math.max(DEFAULT_PASS_INTERVAL_SECONDS, least),
  });
}

function readLogRetention(reader: ConfigReader): number {
  const days = reader.has('logRetentionDays') ? reader.raw('logRetentionDays') : 30;
  const known = LOG_RETENTION_DAYS.find((allowed) => allowed === days);
  if (known === undefined) {
    reader.refuse('logRetentionDays', `one of ${LOG_RETENTION_DAYS.join(', ')}`);
  }
  return known ?? Number.NaN;
}

const CONFIG_KEYS = keysOf<ScalerConfig>({
  name: true,
  circleci: true,
  network: true,
  proxy: true,
  caCertificates: true,
  tags: true,
  passIntervalSeconds: true,
  wakeUps: true,
  metrics: true,
  monitoring: true,
  dryRun: true,
  logRetentionDays: true,
  reservedConcurrency: true,
  agent: true,
  resourceClasses: true,
  github: true,
  gitlab: true,
});
