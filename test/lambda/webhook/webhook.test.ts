import { afterEach, describe, expect, test } from '@jest/globals';
import published from '@octokit/webhooks-examples';
import { createHmac } from 'node:crypto';
import { TOKEN_PLACEHOLDER } from '../../../lambda/scaler/contract.ts';
import { decodeEvent } from '../../../lambda/scaler/invocation-event.ts';
import { MOST_BYTES } from '../../../lambda/webhook/delivery.ts';
import { COALESCE_MS, UNREADABLE_MS } from '../../../lambda/webhook/webhook.ts';
import { closeStage, delivery, type Job, job, SECRET, type Sent, stage } from './stage.ts';

afterEach(closeStage);

interface Example {
  readonly name: string;
  readonly examples: readonly object[];
}

// Its types say that it is an ES module.
const examples = published as unknown as readonly Example[];

const TOLD = { status: 202, message: 'the scaler is told' };
const WRONG = {
  status: 401,
  message: expect.stringContaining('the signature is not the one of the secret'),
};

describe('a job that changes', () => {
  test.each(['queued', 'completed'])('by %s is told to the scaler', async (action) => {
    const { ask, bus } = await stage();
    expect(await ask(await delivery(job({ action })))).toEqual(TOLD);
    expect(bus.received).toHaveLength(1);
    expect(bus.received[0]?.headers['x-amz-target']).toBe('AWSEvents.PutEvents');
    const { Entries } = JSON.parse(bus.received[0]?.body ?? '') as {
      readonly Entries: readonly Record<string, string>[];
    };
    expect(Entries).toEqual([
      {
        Source: 'runner-scaler.ci/github',
        DetailType: 'Demand Changed',
        Detail: '{"source":"github","repository":"acme/app"}',
      },
    ]);
    // As the bus hands it over to the scaler.
    const [{ Source: source, DetailType, Detail = '' } = {}] = Entries;
    const event = { source, 'detail-type': DetailType, detail: JSON.parse(Detail) as unknown };
    expect(decodeEvent(event, 'ci')).toEqual({
      kind: 'change',
      change: { source: 'github', where: 'acme/app' },
    });
  });

  test('may come in base64, with letters of every kind', async () => {
    const { ask, told } = await stage();
    const payload = { ...job(), sender: { login: 'Zoë 🚀 "quoted"' } };
    expect(await ask(await delivery(payload, { isBase64Encoded: true }))).toEqual(TOLD);
    expect(told()).toEqual(['acme/app']);
  });

  test('is told again after a second, and of another repository at once', async () => {
    const { ask, told, clock } = await stage();
    await ask(await delivery(job()));
    expect(await ask(await delivery(job({ repository: 'Acme/App' })))).toMatchObject({
      status: 202,
      message: expect.stringContaining('has been told of this repository just now'),
    });
    await ask(await delivery(job({ repository: 'acme/lib' })));
    clock.advance(COALESCE_MS);
    await ask(await delivery(job()));
    expect(told()).toEqual(['acme/app', 'acme/lib', 'acme/app']);
  });

  test.each<[name: string, given: Job, status: string]>([
    ['on runners of GitHub', { labels: ['ubuntu-latest'] }, 'no self-hosted runner'],
    ['on several of those', { labels: ['Windows-2025', 'macos-15-xlarge'] }, 'no self-hosted'],
    ['without labels', { labels: [] }, 'no self-hosted runner'],
    ['with labels that are none', { labels: [null, 7] }, 'no self-hosted runner'],
    ['that begins', { action: 'in_progress' }, 'does not change how many runners'],
    ['that waits for an approval', { action: 'waiting' }, 'does not change how many runners'],
    ['with an unknown action', { action: 'paused' }, 'does not change how many runners'],
    ['of another owner', { repository: 'other/app' }, 'not one of those in the config'],
    ['of an owner that begins alike', { repository: 'acme-labs/app' }, 'not one of those'],
    ['of no repository', { repository: 'acme' }, 'it names no repository'],
  ])('%s is ignored, with a reason', async (_name, given, why) => {
    const { ask, bus, lines } = await stage();
    const { status, message } = await ask(await delivery(job(given)));
    expect(status).toBe(202);
    expect(message).toContain(`ignored: `);
    expect(message).toContain(why);
    expect([bus.received, lines]).toEqual([[], []]);
  });

  test('may be one of the repositories of the config alone', async () => {
    const { ask, told } = await stage({
      scope: { kind: 'repositories', repositories: ['acme/app', 'octo/lib'] },
    });
    for (const repository of ['ACME/App', 'acme/lib', 'octo/lib']) {
      await ask(await delivery(job({ repository })));
    }
    expect(told()).toEqual(['ACME/App', 'octo/lib']);
  });
});

describe("GitHub's own examples", () => {
  const jobs = examples.find(({ name }) => name === 'workflow_job')?.examples ?? [];
  const owners = ['Codertocat', 'octo-org', 'lineville', 'wolfy1339'];

  test('are there', () => {
    expect(jobs).toHaveLength(8);
  });

  test.each<
    [
      index: number,
      action: string,
      status: string,
      labels: string,
      isTold: boolean,
      payload: object,
    ]
  >(
    jobs.map((payload, index) => {
      const { action, workflow_job: found } = payload as {
        readonly action: string;
        readonly workflow_job: { readonly status: string; readonly labels: readonly string[] };
      };
      const isOurs = !found.labels.includes('ubuntu-latest');
      const isTold = isOurs && ['queued', 'completed'].includes(action);
      return [index, action, found.status, found.labels.join(), isTold, payload];
    }),
  )('of a job: %i, %s with the status %s and the labels %s: %s', async (...example) => {
    const [, , , , isTold, payload] = example;
    const { ask, told } = await stage({ scope: { kind: 'owners', owners } });
    expect(await ask(await delivery(payload))).toMatchObject({
      status: 202,
      message: expect.stringContaining(isTold ? 'the scaler is told' : 'ignored'),
    });
    expect(told()).toHaveLength(isTold ? 1 : 0);
  });

  const others = examples.filter(({ name }) => name !== 'workflow_job' && name !== 'ping');

  test('of every other event are ignored', async () => {
    expect(others.length).toBeGreaterThan(40);
    const { ask, bus } = await stage({ scope: { kind: 'owners', owners } });
    const answers = new Set<string>();
    for (const { name, examples: payloads } of others) {
      const { message } = await ask(await delivery(payloads[0] as object, { event: name }));
      answers.add(message);
    }
    expect([...answers]).toEqual([
      'ignored: only workflow_job is of use; deselect the other events',
    ]);
    expect(bus.received).toEqual([]);
  });

  test('of another event, sent as if they were of a job, are ignored', async () => {
    const { ask, bus } = await stage({ scope: { kind: 'owners', owners } });
    for (const { examples: payloads } of others) {
      expect(await ask(await delivery(payloads[0] as object))).toMatchObject({ status: 202 });
    }
    expect(bus.received).toEqual([]);
  });

  test('of a ping are answered', async () => {
    const { ask, bus } = await stage();
    const ping = examples.find(({ name }) => name === 'ping')?.examples[0] as object;
    expect(await ask(await delivery(ping, { event: 'ping' }))).toEqual({
      status: 200,
      message: 'the webhook works',
    });
    expect(bus.received).toEqual([]);
  });
});

describe('a signature', () => {
  const text = JSON.stringify(job());
  const hmac = (algorithm: string, secret: string) =>
    createHmac(algorithm, secret).update(text).digest('hex');
  const header = (value: string | undefined): Sent => ({
    headers: { 'x-hub-signature-256': value },
  });

  test.each<[name: string, sent: Sent]>([
    ['of another secret', { secret: 'another' }],
    ['of a secret with a line end', { secret: `${SECRET}\n` }],
    ['of another body by a byte', { body: text.replace('acme/app', 'acme/apq') }],
    ['of the body with white space behind', { body: `${text}\n` }],
    ['of zeros', header(`sha256=${'0'.repeat(64)}`)],
  ])('%s is wrong', async (_name, sent) => {
    const { ask, bus } = await stage();
    expect(await ask(await delivery(job(), sent))).toEqual(WRONG);
    expect(await ask(await delivery(job(), { ...sent, event: 'ping' }))).toEqual(WRONG);
    expect(bus.received).toEqual([]);
  });

  test.each<[name: string, value: string | undefined]>([
    ['missing', undefined],
    ['empty', ''],
    ['of SHA-1', `sha1=${hmac('sha1', SECRET)}`],
    ['without its kind', hmac('sha256', SECRET)],
    ['of SHA-512', `sha512=${hmac('sha512', SECRET)}`],
    ['too short', `sha256=${hmac('sha256', SECRET).slice(0, 62)}`],
    ['too long', `sha256=${hmac('sha256', SECRET)}00`],
    ['in capitals', `sha256=${hmac('sha256', SECRET).toUpperCase()}`],
    ['no hexadecimal', `sha256=${'g'.repeat(64)}`],
  ])('that is %s is refused without reading the secret', async (_name, value) => {
    const { ask, secrets } = await stage();
    const sha1 = { 'x-hub-signature': `sha1=${hmac('sha1', SECRET)}` };
    const event = await delivery(job(), { headers: { ...sha1, 'x-hub-signature-256': value } });
    expect(await ask(event)).toMatchObject({ status: 401 });
    expect(secrets.received).toEqual([]);
  });

  test('of a secret that was changed is right as soon as the secret is read again', async () => {
    let held = 'old';
    const { ask, secrets, clock } = await stage({ secret: () => held });
    expect(await ask(await delivery(job(), { secret: 'old' }))).toEqual(TOLD);
    held = 'new';
    clock.advance(60_000);
    expect(await ask(await delivery(job(), { secret: 'new' }))).toEqual(TOLD);
    expect(await ask(await delivery(job(), { secret: 'old' }))).toEqual(WRONG);
    expect(secrets.received).toHaveLength(2);
  });
});

describe('a delivery', () => {
  const changed = async (change: Record<string, unknown>, sent?: Sent) => ({
    ...(await delivery(job(), sent)),
    ...change,
  });

  test.each<[name: string, event: () => Promise<unknown>, status: number]>([
    ['of nothing', async () => undefined, 405],
    ['of no object', async () => [], 405],
    ['by GET', async () => changed({ requestContext: { http: { method: 'GET' } } }), 405],
    ['without a body', async () => changed({ body: undefined }), 400],
    ['with an empty body', async () => changed({ body: '' }), 400],
    ['with a body beyond the limit', async () => delivery('a'.repeat(MOST_BYTES + 1)), 413],
    [
      'with a body beyond the limit in bytes',
      async () => delivery('é'.repeat(MOST_BYTES / 2 + 1)),
      413,
    ],
    [
      'with a body beyond the limit in base64',
      async () => delivery('a'.repeat(MOST_BYTES + 3), { isBase64Encoded: true }),
      413,
    ],
    ['without headers', async () => changed({ headers: undefined }), 401],
    [
      'as a form',
      async () =>
        delivery('payload=%7B%7D', {
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      415,
    ],
  ])('%s is refused, and costs nothing more', async (_name, event, status) => {
    const { ask, bus, secrets } = await stage();
    expect(await ask(await event())).toMatchObject({ status });
    expect([...bus.received, ...secrets.received]).toEqual([]);
  });

  test('of the greatest length is judged', async () => {
    const { ask, told } = await stage();
    const space = MOST_BYTES - JSON.stringify({ ...job(), filler: '' }).length;
    const payload = { ...job(), filler: 'a'.repeat(space) };
    expect(await ask(await delivery(payload, { isBase64Encoded: true }))).toEqual(TOLD);
    expect(told()).toHaveLength(1);
  });

  test.each(['no JSON', '[]', '{}', 'null', '{"workflow_job":1,"repository":{}}'])(
    'that is signed and holds %s is ignored',
    async (payload) => {
      const { ask } = await stage();
      expect(await ask(await delivery(payload))).toMatchObject({
        status: 202,
        message: 'ignored: it is about no job',
      });
    },
  );
});

describe('AWS', () => {
  test.each([
    ['is empty', '', 'the secret hook is empty'],
    ['holds the placeholder', TOKEN_PLACEHOLDER, 'the secret hook holds the placeholder'],
  ])('whose secret %s is asked once in a while', async (_name, held, reason) => {
    const { ask, secrets, lines, clock } = await stage({ secret: () => held });
    for (let time = 0; time < 100; time += 1) {
      expect(await ask(await delivery(job()))).toMatchObject({ status: 503 });
    }
    expect(secrets.received).toHaveLength(1);
    expect(lines).toEqual([
      expect.objectContaining({ level: 'ERROR', reason: expect.stringContaining(reason) }),
    ]);
    clock.advance(UNREADABLE_MS);
    await ask(await delivery(job()));
    expect(secrets.received).toHaveLength(2);
  });

  test.each([
    ['fails', { status: 500, body: '{}' }],
    ['breaks off', 'reset' as const],
    [
      'does not take the event',
      {
        body: JSON.stringify({
          FailedEntryCount: 1,
          Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }],
        }),
      },
    ],
  ])('that %s leads to an answer that GitHub shows, and to another try', async (_name, failing) => {
    let fails = true;
    const { ask, bus, lines } = await stage({ events: () => (fails ? failing : undefined) });
    expect(await ask(await delivery(job()))).toMatchObject({
      status: 503,
      message: expect.stringContaining('could not be told'),
    });
    expect(lines).toHaveLength(1);
    fails = false;
    expect(await ask(await delivery(job()))).toEqual(TOLD);
    expect(bus.received).toHaveLength(2);
  });
});
