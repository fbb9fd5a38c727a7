/** The work of `runner-scaler secret set`. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readSecret } from '../cli/read-secret.ts';
import type { Call } from '../cli/subcommand.ts';
import { UsageError } from '../cli/usage-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { gitHubApp } from '../lambda/scaler/composition.ts';
import { deployedSettings, deploymentOf } from './aws/deployment.ts';
import { AwsError } from './aws/refusal.ts';
import { putSecret } from './aws/secrets.ts';
import { CommandError } from './chosen-groups.ts';
import { inProgress } from './progress.ts';
import { scalerHere, whereLine } from './scaler-here.ts';
import { print, printJson } from './screen.ts';
import { apiSecret, formOf, runnerSecret } from './secret.ts';
import { type SecretGiven, secretNamed } from './secret-options.ts';

export const FILLING_SECRETS = { run, expected: [AwsError, CommandError, ConfigError] };

async function run(given: SecretGiven, { names }: Call): Promise<void> {
  const resourceClass = secretNamed(names, given);
  const here = await scalerHere(given);
  const { account, config } = here;
  const secret = await inProgress('looking for the secret', async () => {
    const deployment = await deploymentOf(account, config.name);
    return resourceClass === undefined
      ? apiSecret(await deployedSettings(account, deployment), given.source)
      : runnerSecret(resourceClass, { config, deployment });
  });
  process.stderr.write(`${whereLine(here)}\n`);
  if (secret.kind === gitHubApp && given.file === undefined && process.stdin.isTTY) {
    // The terminal would end it at its first line, and the shell would run the others.
    throw new UsageError(
      'the key of a GitHub App has several lines and is not typed; allowed: --file, or standard input from a file',
    );
  }
  const text = await readSecret(given.file, `${secret.what}, which is not shown: `);
  const contents = formOf(secret, text, given.appId);
  await inProgress('filling the secret', async () =>
    putSecret(new SecretsManagerClient(account.client), secret.id, contents),
  );
  const { account: id, region } = account;
  if (given.json) printJson({ account: id, region, secret: secret.id });
  else print(`filled: ${secret.what}, ${secret.id}`);
}
