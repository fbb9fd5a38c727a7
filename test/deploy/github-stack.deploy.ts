/** A stack for GitHub alone: its three deployed functions, from a queued job to a runner that is gone. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sign } from '@octokit/webhooks-methods';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SCHEDULE_EVENT, TAG } from '../../lambda/scaler/contract.ts';
import { isAllowed, type PolicyStatement } from '../../permissions/evaluate.ts';
import { REGISTRAR_TAG } from '../../runner-userdata/linux/agents/github/settings.ts';
import type { UrlCaller } from './function-url.ts';
import { admitted, ask, type Said, sessionArn } from './github-callers.ts';
import {
  deployGitHub,
  FLEETS,
  FUNCTIONS,
  type GitHubDeployment,
  KEY,
  NAME,
  QUIET,
} from './github-deployment.ts';
import { ACCOUNT } from './moto.ts';
import { judge, judgementTable, statementsOf } from './permissions.ts';
import { until } from './step.ts';

const DEPLOY_TIMEOUT_MS = 400_000;

/** Rights of the functions that nothing here makes them use, with the reason. */
const UNSEEN: ReadonlySet<string> = new Set([
  // Lambda itself writes the logs, and reads the queue.
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
]);

let it: GitHubDeployment;
const statements = new Map<string, readonly PolicyStatement[]>();
let webhookSecret = '';

beforeAll(async () => {
  it = await deployGitHub();
  for (const name of FUNCTIONS) {
    statements.set(name, await statementsOf(it.aws, it.deployed[name].role));
  }
  for (const { name } of FLEETS) {
    statements.set(name, await statementsOf(it.aws, await it.machineRole(name)));
  }
}, DEPLOY_TIMEOUT_MS);

afterAll(async () => {
  await it?.end();
});

const wake = async () => it.lambdas.Scaler.invoke(JSON.stringify(SCHEDULE_EVENT));
const desired = async (fleet: string) => (await it.group(fleet)).DesiredCapacity;
const of = (caller: string) => statements.get(caller) ?? [];
const outputNamed = (part: RegExp) =>
  Object.entries(it.outputs).find(([name]) => part.test(name))?.[1] ?? '';

/** Requests to GitHub that something makes the functions send, without the sign-in. */
async function asking<T>(act: () => Promise<T>) {
  const before = it.hub.asked.length;
  const result = await act();
  const asked = it.hub.asked.slice(before).filter((each) => !each.includes('installations/'));
  return { result, asked };
}

describe('what was deployed', () => {
  test('each group says which labels it serves, whose role its machines have, and where they register', async () => {
    for (const { name } of FLEETS) {
      const { Tags } = await it.group(name);
      const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
      expect(tags).toMatchObject({
        [TAG.source]: 'github',
        [TAG.role]: await it.machineRole(name),
        [REGISTRAR_TAG]: `${it.addresses.Registrar}/`,
      });
      // The machine finds the address in the tags of its instance.
      expect(Tags.find(({ Key }) => Key === REGISTRAR_TAG)?.PropagateAtLaunch).toBe(true);
    }
    expect(outputNamed(/Address/)).toBe(`${it.addresses.Webhook}/`);
  });

  test('no machine may read any secret, by the policy of its role', async () => {
    const { SecretList } = (await it.aws('secretsmanager', 'list-secrets')) as {
      SecretList: readonly { ARN: string }[];
    };
    // The App's, and the webhook's.
    expect(SecretList).toHaveLength(2);
    for (const { ARN: resource } of SecretList) {
      for (const { name } of FLEETS) {
        const request = { action: 'secretsmanager:GetSecretValue', resource, context: {} };
        expect(isAllowed(of(name), request)).toBe(false);
      }
    }
  });
});

describe('the App', () => {
  test('is asked for while its secret holds the placeholder', async () => {
    const { error } = await wake();
    expect(error?.errorMessage).toContain('holds the placeholder');
    expect(it.hub.asked).toEqual([]);
  });

  test('is filled in by the command of the output, and taken up', async () => {
    const key = join(it.folder, 'acme-runners.private-key.pem');
    await it.hub.saveKey(key);
    const fill = outputNamed(/Fill/).replace(' APP_ID ', ` ${it.hub.appId} `);
    await it.shell(fill.replace(' KEY.pem ', ` '${key}' `));
    it.hub.jobs.set('small', { running: 0, unclaimed: 1 });
    await until('a good pass', 90_000, async () =>
      (await wake()).error === undefined ? true : undefined,
    );
    expect([await desired('small'), await desired('gpu')]).toEqual([1, 0]);
  });
});

describe('a machine', () => {
  let machine: UrlCaller;
  let instanceId = '';

  beforeAll(async () => {
    const [first] = (await it.group('small')).Instances;
    instanceId = first?.InstanceId ?? '';
    it.recorder.booting.add(instanceId);
    machine = admitted(it.urls.Registrar, {
      arn: sessionArn(await it.machineRole('small'), instanceId),
      statements: of('small'),
    });
  });

  const register = async (caller = machine): Promise<Said> =>
    ask(it.urls.Registrar, caller, { path: 'register', body: { architecture: 'x64' } });
  const retire = async (): Promise<Said> =>
    ask(it.urls.Registrar, machine, { path: 'retire', body: {} });
  const runners = () => it.hub.runners.at('acme');

  test('is registered while it boots, with its labels and the newest runner', async () => {
    const { status, body } = await register();
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { jitConfig: expect.any(String), runner: { version: '2.336.0' } },
    });
    expect(runners().map(({ name }) => name)).toEqual([body['name']]);
    expect(runners()[0]?.labels.map(({ name }) => name)).toEqual([
      'acme',
      'x64',
      'self-hosted',
      'linux',
    ]);
  });

  test('that lost the answer is registered once more, and the first runner is gone', async () => {
    const [before] = runners();
    const { status } = await register();
    expect(status).toBe(200);
    expect(runners()).toHaveLength(1);
    expect(runners()[0]?.id).not.toBe(before?.id);
  });

  test('in service is no longer registered', async () => {
    it.recorder.booting.delete(instanceId);
    const { result, asked } = await asking(register);
    expect(result).toMatchObject({ status: 409 });
    expect(asked).toEqual([]);
  });

  test('with a job counts once, and its runner stays while it has one', async () => {
    const [runner] = runners();
    if (runner === undefined) throw new Error('no runner is registered');
    Object.assign(runner, { status: 'online', busy: true });
    it.hub.jobs.set('small', { running: 1, unclaimed: 0 });
    expect(await wake()).toMatchObject({ error: undefined });
    expect(await desired('small')).toBe(1);
    expect(await retire()).toEqual({ status: 200, body: { outcome: 'busy' } });
    expect(runners()).toHaveLength(1);
  });

  test('that is done takes its runner with it, also when it asks twice', async () => {
    Object.assign(runners()[0] ?? {}, { busy: false });
    it.hub.jobs.set('small', { running: 0, unclaimed: 0 });
    for (let times = 0; times < 2; times += 1) {
      expect(await retire()).toEqual({ status: 200, body: { outcome: 'removed' } });
    }
    expect(runners()).toEqual([]);
  });

  describe('that is not one of ours', () => {
    /** Somebody who may call, as an administrator may. */
    const ALL: readonly PolicyStatement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
    const path = 'register';
    const body = { architecture: 'x64' };

    beforeAll(() => void it.recorder.booting.add(instanceId));
    afterAll(() => void it.recorder.booting.delete(instanceId));

    /** None of them may cost a request to GitHub. */
    async function refused(caller: UrlCaller | undefined, more: object = {}) {
      const reached = it.urls.Registrar.events.length;
      const { result, asked } = await asking(async () =>
        ask(it.urls.Registrar, caller, { path, body, ...more }),
      );
      expect(asked).toEqual([]);
      const { message, Message } = result.body;
      const by = it.urls.Registrar.events.length > reached ? 'function' : 'URL';
      return { status: result.status, by, why: message ?? Message };
    }

    test('is refused by the URL: unsigned, with a wrong key, or with a role that may not call', async () => {
      const forbidden = { status: 403, by: 'URL', why: 'Forbidden' };
      const scaler = sessionArn(it.deployed.Scaler.role, 'scaler');
      expect(await refused(undefined)).toEqual(forbidden);
      expect(await refused({ ...machine, secretAccessKey: 'guessed' })).toEqual(forbidden);
      expect(await refused({ ...machine, sessionToken: 'guessed' })).toEqual(forbidden);
      for (const name of FUNCTIONS) {
        const caller = { arn: scaler, statements: of(name) };
        expect(await refused(admitted(it.urls.Registrar, caller))).toEqual(forbidden);
      }
    });

    test.each<[who: string, arn: () => Promise<string> | string, why: RegExp]>([
      ['a user', () => `arn:aws:iam::${ACCOUNT}:user/admin`, /no instance/],
      ['the root of the account', () => `arn:aws:iam::${ACCOUNT}:root`, /no instance/],
      [
        "a person in the machines' role",
        async () => sessionArn(await it.machineRole('small'), 'jane@example.com'),
        /no instance/,
      ],
      [
        'an instance of another account',
        async () => sessionArn(await it.machineRole('small'), instanceId, '210987654321'),
        /another account/,
      ],
      [
        'an instance that is in no group',
        async () => sessionArn(await it.machineRole('small'), 'i-0123456789abcdef0'),
        /in no Auto Scaling group/,
      ],
      [
        "an instance in another fleet's role",
        async () => sessionArn(await it.machineRole('gpu'), instanceId),
        /is not the one of/,
      ],
      ['an instance in an administrator’s role', () => sessionArn('admin', instanceId), /is not/],
    ])('is refused by the function: %s', async (_who, arn, why) => {
      const caller = admitted(it.urls.Registrar, { arn: await arn(), statements: ALL });
      expect(await refused(caller)).toMatchObject({
        status: 403,
        by: 'function',
        why: expect.stringMatching(why),
      });
    });

    test("is refused by the function: of another scaler's group", async () => {
      const { AutoScalingGroupName: group, Tags } = await it.group('gpu');
      const name = Tags.find(({ Key }) => Key === TAG.name);
      const tag = async (value: string) => {
        const more = `Key=${TAG.name},Value=${value},PropagateAtLaunch=true`;
        const place = `ResourceId=${group},ResourceType=auto-scaling-group,${more}`;
        await it.aws('autoscaling', 'create-or-update-tags', '--tags', place);
      };
      const size = async (value: string) =>
        it.aws(
          ...['autoscaling', 'set-desired-capacity', '--auto-scaling-group-name', group],
          ...['--desired-capacity', value],
        );
      await tag('another');
      await size('1');
      const id = (await it.group('gpu')).Instances[0]?.InstanceId ?? '';
      it.recorder.booting.add(id);
      const arn = sessionArn(await it.machineRole('gpu'), id);
      const caller = admitted(it.urls.Registrar, { arn, statements: of('gpu') });
      expect(await refused(caller)).toMatchObject({
        status: 403,
        by: 'function',
        why: expect.stringContaining(`no group of ${NAME}`),
      });
      await tag(name?.Value ?? '');
      await size('0');
    });

    test.each<[what: string, more: object, status: number]>([
      ['another path', { path: 'runners' }, 404],
      ['no architecture', { body: {} }, 400],
      ['an unknown one', { body: { architecture: 'mips' } }, 400],
    ])('nor is one of ours served with %s', async (_what, more, status) => {
      expect(await refused(machine, more)).toMatchObject({ status, by: 'function' });
    });

    test('may not invoke the function without its URL, nor any other function', () => {
      const action = 'lambda:InvokeFunction';
      for (const name of FUNCTIONS) {
        const resource = it.deployed[name].arn;
        expect(isAllowed(of('small'), { action, resource, context: {} })).toBe(false);
        const context = { 'lambda:InvokedViaFunctionUrl': 'true' };
        expect(isAllowed(of('small'), { action, resource, context })).toBe(name === 'Registrar');
      }
    });
  });
});

describe('a delivery of the webhook', () => {
  beforeAll(async () => {
    webhookSecret = (await it.shell(outputNamed(/ShowSecret/))).trim();
  });

  const payloadOf = (repository: string, labels: readonly string[] = ['acme']) =>
    JSON.stringify({
      action: 'queued',
      workflow_job: { id: 1, status: 'queued', labels, runner_name: null },
      repository: { id: 2, full_name: repository },
    });
  const headersOf = async (payload: string, secret: string) => ({
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-github-event': 'workflow_job',
    'x-hub-signature-256': await sign(secret, payload),
  });
  const runsOf = (repository: string) => `GET /repos/${repository}/actions/runs`;

  test('leads by way of the bus, its rule and the queue to a pass that reads the repository it names', async () => {
    // Each quiet one has been read, and most of them lately: none has its turn in the next pass but the first few.
    const read = () =>
      QUIET.toSorted(
        (one, other) =>
          it.hub.asked.lastIndexOf(runsOf(one)) - it.hub.asked.lastIndexOf(runsOf(other)),
      );
    const [named = ''] = read().slice(-1);
    it.hub.jobs.set(named, { running: 0, unclaimed: 2 });
    const without = await asking(wake);
    expect(without.asked).not.toContain(runsOf(named));
    expect(await desired('small')).toBe(1);

    await it.events.clear();
    const payload = payloadOf(named);
    const headers = await headersOf(payload, webhookSecret);
    const { url } = it.urls.Webhook;
    const answer = await fetch(url, { method: 'POST', headers, body: payload });
    expect([answer.status, await answer.text()]).toEqual([202, expect.stringContaining('is told')]);
    const records = await until('the event in the queue', 10_000, async () => {
      const found = await it.events.take();
      return found.length > 0 ? found : undefined;
    });
    const batch = JSON.stringify({ Records: records });
    const { result, asked } = await asking(async () => it.lambdas.Scaler.invoke(batch));
    expect(result.error).toBeUndefined();
    expect(asked).toContain(runsOf(named));
    expect(await desired('small')).toBe(2);
  });

  test('with a wrong signature is refused and tells nobody', async () => {
    const payload = payloadOf('acme/small');
    const headers = await headersOf(payload, 'guessed');
    const { url } = it.urls.Webhook;
    const answer = await fetch(url, { method: 'POST', headers, body: payload });
    expect(answer.status).toBe(401);
  });

  test('comes ten thousand times in a storm, and costs hardly more than answers', async () => {
    const kinds = {
      good: { payload: payloadOf('acme/small'), secret: webhookSecret },
      hosted: { payload: payloadOf('acme/small', ['ubuntu-latest']), secret: webhookSecret },
      forged: { payload: payloadOf('acme/small'), secret: 'guessed' },
      oversize: { payload: 'x'.repeat(300_000), secret: webhookSecret },
    };
    const events = new Map<string, string>();
    for (const [kind, { payload, secret }] of Object.entries(kinds)) {
      events.set(kind, eventOf(payload, await headersOf(payload, secret)));
    }
    const kindOf = (index: number) => {
      if (index % 100 === 0) return 'oversize';
      return index % 2 === 0 ? 'forged' : index % 4 === 1 ? 'good' : 'hosted';
    };
    const [calls, lines] = [it.recorder.calls.length, it.lambdas.Webhook.log.length];
    const statuses: Record<string, number> = {};
    const beganAt = performance.now();
    for (let index = 0; index < 10_000; index += 1) {
      const { answer } = await it.lambdas.Webhook.invoke(events.get(kindOf(index)) ?? '');
      const { statusCode } = JSON.parse(answer) as { statusCode: number };
      const key = `${kindOf(index)} ${statusCode}`;
      statuses[key] = (statuses[key] ?? 0) + 1;
    }
    const seconds = (performance.now() - beganAt) / 1000;
    const made = it.recorder.calls.slice(calls).map(({ action }) => action);
    const sent = made.filter((action) => action === 'events:PutEvents').length;
    const reads = made.filter((action) => action === 'secretsmanager:GetSecretValue').length;
    const written = it.lambdas.Webhook.log.length - lines;
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
});

describe('permissions and secrets', () => {
  test('every call that was seen is allowed by the role of its function, and no right is left over', () => {
    const nameOf = (key: string) => FUNCTIONS.find((name) => KEY[name] === key) ?? key;
    const calls = it.recorder.calls.map(({ accessKeyId, action, resource, context }) => ({
      caller: nameOf(accessKeyId),
      action,
      resource,
      context,
    }));
    const judged = judge(calls, statements);
    const functions = new Map(FUNCTIONS.map((name) => [name as string, of(name)]));
    process.stdout.write(`\n${judgementTable(judged, functions)}\n\n`);
    expect(judged.filter(({ statement }) => statement === undefined)).toEqual([]);
    for (const name of ['Registrar', 'Webhook']) {
      const used = judged.flatMap(({ caller, statement }) => (caller === name ? [statement] : []));
      const unused = of(name).filter((_, index) => !used.includes(index + 1));
      const actions = unused.flatMap(({ Action }) => [Action].flat());
      expect(actions.filter((action) => !UNSEEN.has(action))).toEqual([]);
    }
  });

  test('the webhook may send no event but its own, and the machines not even that one', () => {
    const asked = (caller: string, source: string, type: string) =>
      isAllowed(of(caller), {
        action: 'events:PutEvents',
        resource: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`,
        context: { 'events:source': source, 'events:detail-type': type },
      });
    const own = `runner-scaler.${NAME}/github`;
    expect(asked('Webhook', own, 'Demand Changed')).toBe(true);
    expect(asked('Webhook', own, 'Runner Ended')).toBe(false);
    expect(asked('Webhook', `runner-scaler.${NAME}/small`, 'Demand Changed')).toBe(false);
    expect(asked('small', own, 'Demand Changed')).toBe(false);
  });

  test('no key, token, config of a runner or webhook secret is in a log, the templates, the outputs or the user data', async () => {
    const secrets = [...it.hub.secrets, webhookSecret];
    expect(it.hub.secrets.size).toBeGreaterThan(25);
    const texts: [where: string, text: string][] = FUNCTIONS.map((name) => [
      name,
      it.lambdas[name].log.join('\n'),
    ]);
    texts.push(['outputs', JSON.stringify(it.outputs)]);
    texts.push(['the queue’s events', JSON.stringify(it.recorder.calls.map(withoutSecret))]);
    for (const { name } of FLEETS) {
      const { UserData } = await it.launchTemplate(name);
      texts.push([
        `user data of ${name}`,
        gunzipSync(Buffer.from(UserData, 'base64')).toString('utf8'),
      ]);
    }
    const assembly = join(it.folder, 'cdk.out');
    for (const file of await readdir(assembly, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      texts.push([path, await readFile(path, 'utf8')]);
    }
    expect(texts.length).toBeGreaterThan(10);
    for (const [where, text] of texts) {
      const found = secrets.filter((secret) => text.includes(secret));
      expect([where, found.length]).toEqual([where, 0]);
    }
  });
});

/** What was sent, for all calls but those that fill a secret. */
function withoutSecret({ action, input }: { action: string; input: object }): object {
  return action.endsWith(':PutSecretValue') ? {} : input;
}
