/** The entry of the webhook function, whose URL is open to everybody: each delivery has to be signed. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { systemClock } from '../scaler/clock.ts';
import { decodeWebhookSettings } from '../scaler/contract/github-functions.ts';
import { secretCredential } from '../scaler/demand/credentials.ts';
import { eventBus } from './event-bus.ts';
import { type Answer, type Webhook, webhook } from './webhook.ts';
import { webhookSecret } from './webhook-secret.ts';

let composed: Webhook | undefined;

export async function handler(event: unknown, context: Context): Promise<Answer> {
  composed ??= compose();
  return composed(event, context.getRemainingTimeInMillis());
}

/** GitHub waits for 10 s, so what stalls is given up early and tried again. */
const REQUEST_HANDLER = {
  connectionTimeout: 1_000,
  requestTimeout: 2_000,
  throwOnRequestTimeout: true,
};

function compose(): Webhook {
  const { name, github, webhookSecret: secret } = decodeWebhookSettings(process.env);
  const aws = { requestHandler: REQUEST_HANDLER };
  return webhook({
    secrets: secretCredential({
      client: new SecretsManagerClient(aws),
      secret,
      kind: webhookSecret,
      clock: systemClock,
    }),
    send: eventBus({ client: () => new EventBridgeClient(aws), name }),
    scope: github.scope,
    clock: systemClock,
    log: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
  });
}
