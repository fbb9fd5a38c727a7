/**
 * Whether the settings of a config fit into the variables of the scaler. The registrar of GitHub has some of them, and
 * in place of the others a version and two checksums, which are shorter.
 */
import { encodeSettings, type ProxySettings } from '../lambda/scaler/contract.ts';
import type { ResolvedConfig } from './resolved-config.ts';
import { sourceSettings } from './source-settings.ts';

/**
 * Names and values of all variables together.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const LIMIT_BYTES = 4_096;

/** In place of what only the deployment knows: the URL of the queue, the ARN of a secret that the stack makes. */
const LATE = 'x'.repeat(200);

export function variableProblems(config: ResolvedConfig): readonly string[] {
  const bytes = bytesOf(config, config.proxy);
  if (bytes <= LIMIT_BYTES) return [];
  const without = bytesOf(config, undefined);
  const cut = [
    ...(without < bytes ? [`proxy is ${bytes - without} of them: shorten noProxy`] : []),
    ...(config.gitlab?.scope.kind === 'projects' ? ['shorten the projects of gitlab'] : []),
  ].join(', or ');
  return [
    `the variables of the function would have about ${bytes} bytes; allowed: ${LIMIT_BYTES}; ${cut || 'shorten the URLs'}`,
  ];
}

function bytesOf(config: ResolvedConfig, proxy: ProxySettings | undefined): number {
  const { name, passIntervalSeconds, metrics, dryRun, caCertificates } = config;
  const variables = encodeSettings({
    name,
    sources: sourceSettings(config, (_, { existingSecretArn }) => existingSecretArn ?? LATE),
    proxy,
    caFile: caCertificates && 'ca.pem',
    passIntervalSeconds,
    queueUrl: LATE,
    metrics,
    dryRun,
  });
  return Buffer.byteLength(Object.entries(variables).flat().join(''));
}
