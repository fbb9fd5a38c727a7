/** The secrets of a scaler as the caller reads them: whether each is there, filled, and of the right form. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import type { SecretKind } from '../../lambda/scaler/composition.ts';
import type { Settings, SourceName } from '../../lambda/scaler/contract.ts';
import type { Account } from '../aws/account.ts';
import type { Deployment } from '../aws/deployment.ts';
import { AwsError } from '../aws/refusal.ts';
import { secretContents } from '../aws/secrets.ts';
import { CommandError } from '../chosen-groups.ts';
import { apiSecrets, runnerSecret, type ScalerSecret } from '../secret.ts';
import { asked, problem, type Said, unknown } from './finding.ts';

export interface SecretRead {
  /** The source whose queue is read with it; undefined for those of machines and of the webhook. */
  readonly source: SourceName | undefined;
  /** What is wrong; undefined where nothing is. */
  readonly said: Said | undefined;
}

export interface SecretReadsOptions {
  readonly account: Account;
  readonly config: ResolvedConfig;
  readonly deployment: () => Promise<Deployment>;
  readonly settings: () => Promise<Settings>;
  readonly typed: string;
}

interface Wanted extends ScalerSecret {
  readonly source?: SourceName;
  /** What to do about one that cannot be used. */
  readonly fill: string;
}

export async function readSecrets(options: SecretReadsOptions): Promise<readonly SecretRead[]> {
  const { account, config, typed } = options;
  const client = new SecretsManagerClient(account.client);
  const resources = await options.deployment();
  const settings = await asked(options.settings);
  const reads: SecretRead[] = [];
  const read = async ({ source, id, what, kind, fill }: Wanted) => {
    reads.push({ source, said: await wrongWith(client, { id, what, kind, fill }) });
  };
  if (settings.known) {
    for (const secret of apiSecrets(settings.value)) {
      const fill = `npx runner-scaler secret set --source ${secret.source}${typed}`;
      await read({ ...secret, fill });
    }
  } else reads.push({ source: undefined, said: settings.said });
  if (config.github?.webhook === true) {
    const id = webhookSecretIn(resources);
    if (id !== undefined) await read({ ...WEBHOOK, id, fill: fillWebhook(id) });
    else reads.push({ source: undefined, said: noWebhook });
  }
  for (const { resourceClass, source } of config.fleets) {
    // Machines of GitHub have none.
    if (source === 'github') continue;
    try {
      const fill = `npx runner-scaler secret set ${resourceClass}${typed}`;
      await read({ ...runnerSecret(resourceClass, { config, deployment: resources }), fill });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reads.push({ source: undefined, said: problem(error.message, 'npx cdk deploy') });
    }
  }
  return reads;
}

/** Any text: GitHub signs with whatever its page has. */
const anyText: SecretKind<string> = {
  fill: fillWebhook,
  parse: (text) =>
    text === '' ? { ok: false, problem: 'is empty' } : { ok: true, credential: text },
};

const WEBHOOK = { what: "GitHub's webhook", kind: anyText };

const noWebhook = problem(
  "the stack has no secret of GitHub's webhook, which the config has switched on",
  'npx cdk deploy, and put address and secret on the page of the App: docs/github.md',
);

function fillWebhook(id: string): string {
  return `aws secretsmanager put-secret-value --secret-id ${id} --secret-string file://webhook-secret.txt, with the same text as at Webhook secret on the page of the App`;
}

function webhookSecretIn({ resources }: Deployment): string | undefined {
  return resources.find(
    ({ type, logicalId }) =>
      type === 'AWS::SecretsManager::Secret' && /^WebhookSecret[0-9A-F]{8}$/.test(logicalId),
  )?.physicalId;
}

async function wrongWith(
  client: SecretsManagerClient,
  { id, what, kind, fill }: Wanted,
): Promise<Said | undefined> {
  try {
    const contents = ((await secretContents(client, id)) ?? '').trim();
    const parsed = kind.parse(contents);
    return parsed.ok ? undefined : problem(`the secret of ${what} ${parsed.problem}`, fill);
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind === 'expired') throw error;
    return error.kind === 'not-found'
      ? problem(
          `there is no secret ${id} for ${what}`,
          'name one that is there in the config, or make it again; then npx cdk deploy',
        )
      : unknown(`the secret of ${what}: ${error.message}`);
  }
}
