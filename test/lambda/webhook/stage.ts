/** The webhook with Secrets Manager and EventBridge on loopback, and the time in the test's hand. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { sign } from '@octokit/webhooks-methods';
import type { GitHubScope } from '../../../lambda/scaler/contract.ts';
import { secretCredential } from '../../../lambda/scaler/demand/credentials.ts';
import { eventBus } from '../../../lambda/webhook/event-bus.ts';
import { type Webhook, webhook } from '../../../lambda/webhook/webhook.ts';
import { webhookSecret } from '../../../lambda/webhook/webhook-secret.ts';
import { type Answer, startServer, type TestServer } from '../../http-server.ts';
import { type ManualClock, manualClock } from '../../manual-clock.ts';

export const SECRET = "It's a Secret to Everybody";

const servers: TestServer[] = [];

/** Ends what the last test began. */
export async function closeStage(): Promise<void> {
  await Promise.all(servers.splice(0).map(async (server) => server.close()));
}

export interface Staged {
  /** What the secret holds. */
  readonly secret?: () => string;
  readonly events?: () => Answer | undefined;
  readonly scope?: GitHubScope;
}

const OWNERS: GitHubScope = { kind: 'owners', owners: ['acme'] };

export async function stage(options: Staged = {}) {
  const { secret = () => SECRET, events, scope = OWNERS } = options;
  const secrets = await startServer(() => ({ body: JSON.stringify({ SecretString: secret() }) }));
  const bus = await startServer(
    () =>
      events?.() ?? { body: JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }) },
  );
  servers.push(secrets, bus);
  const clock = manualClock();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const urls = { secrets: secrets.url, bus: bus.url };
  const serve = container({ urls, scope, clock, lines });
  return {
    ask: asking(serve),
    clock,
    lines,
    secrets,
    bus,
    container: () => asking(container({ urls, scope, clock, lines })),
    /** The repositories that the scaler was told of, in order. */
    told: () =>
      bus.received.map(({ body }) => {
        const { Entries } = JSON.parse(body) as { Entries: readonly { Detail: string }[] };
        return (JSON.parse(Entries[0]?.Detail ?? '') as { repository: string }).repository;
      }),
  };
}

interface Container {
  readonly urls: { readonly secrets: string; readonly bus: string };
  readonly scope: GitHubScope;
  readonly clock: ManualClock;
  readonly lines: Readonly<Record<string, unknown>>[];
}

/** One container of the function, which shares nothing with another. */
function container({ urls, scope, clock, lines }: Container): Webhook {
  const aws = {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'not-a-secret' },
    maxAttempts: 1,
    // A connection that the server closes meanwhile would fail the one attempt; the function has three.
    requestHandler: { httpAgent: { keepAlive: false } },
  };
  return webhook({
    secrets: secretCredential({
      client: new SecretsManagerClient({ ...aws, endpoint: urls.secrets }),
      secret: 'hook',
      kind: webhookSecret,
      clock,
    }),
    send: eventBus({
      client: () => new EventBridgeClient({ ...aws, endpoint: urls.bus }),
      name: 'ci',
    }),
    scope,
    clock,
    log: (line) => lines.push(line),
  });
}

function asking(serve: Webhook) {
  return async (event: unknown) => {
    const { statusCode, body } = await serve(event, 10_000);
    const { message } = JSON.parse(body) as { readonly message: string };
    return { status: statusCode, message };
  };
}

export interface Sent {
  readonly event?: string;
  readonly secret?: string;
  readonly isBase64Encoded?: boolean;
  /** In place of those of GitHub; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** What is sent in place of what was signed. */
  readonly body?: string;
}

/** A delivery as GitHub makes it, and as the URL of a function hands it over. */
export async function delivery(payload: object | string, sent: Sent = {}) {
  const { event = 'workflow_job', secret = SECRET, isBase64Encoded = false, headers } = sent;
  const signed = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const { body = signed } = sent;
  return {
    version: '2.0',
    rawPath: '/',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-github-event': event,
      'x-hub-signature-256': await sign(secret, signed),
      ...headers,
    },
    requestContext: { accountId: 'anonymous', http: { method: 'POST', path: '/' } },
    body: isBase64Encoded ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded,
  };
}

export interface Job {
  readonly action?: string;
  readonly labels?: readonly unknown[];
  readonly repository?: string;
}

export function job({
  action = 'queued',
  labels = ['acme', 'gpu'],
  repository = 'acme/app',
}: Job = {}) {
  return {
    action,
    workflow_job: { id: 1, status: action, labels, runner_name: null },
    repository: { id: 2, full_name: repository },
  };
}
