/** A stack for GitHub alone: its three deployed functions, from a queued job to a runner that is gone. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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
} from './github-deployment.ts';
import { webhookTests } from './github-webhook.ts';
import { wrongCallerTests } from './github-wrong-callers.ts';
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
const webhookSecret = async () => (await it.shell(outputNamed(/ShowSecret/))).trim();
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
    wrongCallerTests({ deployment: () => it, machine: () => machine, of, asking });
  });
});

describe('a delivery of the webhook', () => {
  webhookTests({ deployment: () => it, asking, wake, desired, secret: webhookSecret });
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
      const used = new Set(
        judged.flatMap(({ caller, statement }) => (caller === name ? [statement] : [])),
      );
      const unused = of(name).filter((_, index) => !used.has(index + 1));
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
    const secrets = [...it.hub.secrets, await webhookSecret()];
    expect(it.hub.secrets.size).toBeGreaterThan(25);
    const texts: [where: string, text: string][] = FUNCTIONS.map((name) => [
      name,
      it.lambdas[name].log.join('\n'),
    ]);
    texts.push(['outputs', JSON.stringify(it.outputs)]);
    texts.push(['calls of AWS', JSON.stringify(it.recorder.calls.map(withoutSecret))]);
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
