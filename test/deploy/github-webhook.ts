/** Deliveries of GitHub's webhook, from the address that GitHub calls to the pass of the scaler. */
import { beforeAll, expect, test } from '@jest/globals';
import { sign } from '@octokit/webhooks-methods';
import { type GitHubDeployment, QUIET } from './github-deployment.ts';
import type { Invocation } from './lambda-service.ts';
import { until } from './step.ts';

export interface WebhookTests {
  readonly deployment: () => GitHubDeployment;
  /** The requests to GitHub that something leads to. */
  readonly asking: <T>(act: () => Promise<T>) => Promise<{ result: T; asked: readonly string[] }>;
  readonly wake: () => Promise<Invocation>;
  readonly desired: (fleet: string) => Promise<number>;
  /** What the output's command shows, to be put on the App's page. */
  readonly secret: () => Promise<string>;
}

export function webhookTests(options: WebhookTests): void {
  const { deployment, asking, wake, desired, secret } = options;
  let webhookSecret = '';

  beforeAll(async () => {
    webhookSecret = await secret();
  });

  const payloadOf = (repository: string, labels: readonly string[] = ['acme']) =>
    JSON.stringify({
      action: 'queued',
      workflow_job: { id: 1, status: 'queued', labels, runner_name: null },
      repository: { id: 2, full_name: repository },
    });
  const headersOf = async (payload: string, signedWith: string) => ({
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-github-event': 'workflow_job',
    'x-hub-signature-256': await sign(signedWith, payload),
  });
  const runsOf = (repository: string) => `GET /repos/${repository}/actions/runs`;

  test('leads by way of the bus, its rule and the queue to a pass that reads the repository it names', async () => {
    // Each quiet one has been read, and most of them lately: none has its turn in the next pass but the first few.
    const read = () =>
      QUIET.toSorted(
        (one, other) =>
          deployment().hub.asked.lastIndexOf(runsOf(one)) -
          deployment().hub.asked.lastIndexOf(runsOf(other)),
      );
    const [named = ''] = read().slice(-1);
    deployment().hub.jobs.set(named, { running: 0, unclaimed: 2 });
    const without = await asking(wake);
    expect(without.result.error).toBeUndefined();
    expect(without.asked).not.toContain(runsOf(named));
    expect(await desired('small')).toBe(1);

    await deployment().events.clear();
    const payload = payloadOf(named);
    const headers = await headersOf(payload, webhookSecret);
    const { url } = deployment().urls.Webhook;
    const answer = await fetch(url, { method: 'POST', headers, body: payload });
    expect([answer.status, await answer.text()]).toEqual([202, expect.stringContaining('is told')]);
    const records = await until('the event in the queue', 10_000, async () => {
      const found = await deployment().events.take();
      return found.length > 0 ? found : undefined;
    });
    const batch = JSON.stringify({ Records: records });
    const { result, asked } = await asking(async () => deployment().lambdas.Scaler.invoke(batch));
    expect(result.error).toBeUndefined();
    expect(asked).toContain(runsOf(named));
    expect(await desired('small')).toBe(2);
  });

  test('with a wrong signature is refused and tells nobody', async () => {
    const payload = payloadOf('acme/small');
    const headers = await headersOf(payload, 'guessed');
    const { url } = deployment().urls.Webhook;
    const answer = await fetch(url, { method: 'POST', headers, body: payload });
    expect(answer.status).toBe(401);
  });

  test('comes ten thousand times in a storm, and costs hardly more than answers', async () => {
    const kinds = {
      good: { payload: payloadOf('acme/small'), key: webhookSecret },
      hosted: { payload: payloadOf('acme/small', ['ubuntu-latest']), key: webhookSecret },
      forged: { payload: payloadOf('acme/small'), key: 'guessed' },
      oversize: { payload: 'x'.repeat(300_000), key: webhookSecret },
    };
    const events = new Map<string, string>();
    for (const [kind, { payload, key }] of Object.entries(kinds)) {
      events.set(kind, eventOf(payload, await headersOf(payload, key)));
    }
    const kindOf = (index: number) => {
      if (index % 100 === 0) return 'oversize';
      return index % 2 === 0 ? 'forged' : index % 4 === 1 ? 'good' : 'hosted';
    };
    const [calls, lines] = [
      deployment().recorder.calls.length,
      deployment().lambdas.Webhook.log.length,
    ];
    const statuses: Record<string, number> = {};
    const beganAt = performance.now();
    for (let index = 0; index < 10_000; index += 1) {
      const { answer } = await deployment().lambdas.Webhook.invoke(events.get(kindOf(index)) ?? '');
      const { statusCode } = JSON.parse(answer) as { statusCode: number };
      const key = `${kindOf(index)} ${statusCode}`;
      statuses[key] = (statuses[key] ?? 0) + 1;
    }
    const seconds = (performance.now() - beganAt) / 1000;
    const made = deployment()
      .recorder.calls.slice(calls)
      .map(({ action }) => action);
    const sent = made.filter((action) => action === 'events:PutEvents').length;
    const reads = made.filter((action) => action === 'secretsmanager:GetSecretValue').length;
    const written = deployment().lambdas.Webhook.log.length - lines;
    process.stdout.write(
      `10,000 deliveries in ${seconds.toFixed(1)} s, one container: ${JSON.stringify(statuses)}; ` +
        `${sent} events, ${reads} reads of the secret, ${written} lines of the log\n`,
    );
    expect(statuses).toEqual({
      'oversize 413': 100,
      'forged 401': 4_900,
      'good 202': 2_500,
      'hosted 202': 2_500,
    });
    // Once a second at most; the secret once a minute, when a signature is wrong; a line a minute for each status.
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(seconds + 1);
    expect(reads).toBeLessThanOrEqual(seconds / 60 + 1);
    expect(written).toBeLessThanOrEqual(2 * (seconds / 60 + 1));
    expect(made).toHaveLength(sent + reads);
  }, 300_000);

  /** As its URL hands it over, without the URL: ten thousand connections would measure those. */
  function eventOf(body: string, headers: Readonly<Record<string, string>>): string {
    return JSON.stringify({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/',
      rawQueryString: '',
      headers,
      requestContext: { accountId: 'anonymous', http: { method: 'POST', path: '/' } },
      body,
      isBase64Encoded: false,
    });
  }
}
