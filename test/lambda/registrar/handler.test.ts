/** The entry itself, with its settings, its clients and its secret, as Lambda runs it. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { encodeRegistrarSettings, SWEEP_EVENT } from '../../../lambda/scaler/contract.ts';
import type { Answer } from '../../../lambda/registrar/registrar.ts';
import { describeAnswer, instancesAnswer } from '../../auto-scaling-answers.ts';
import { testApp } from '../../github-app.ts';
import { startServer, type TestServer } from '../../http-server.ts';
import { gitHubAnswer, gitHubState } from './github.ts';
import {
  ACCOUNT,
  arnOf,
  escaped,
  GROUP,
  INSTANCE,
  ROLE,
  RUNNER_NAME,
  TAGS,
  urlEvent,
} from './stage.ts';

const APP = testApp('12345');
const state = gitHubState();
const lines: string[] = [];
let aws: TestServer;
let github: TestServer;
let handler: (event: unknown, context: Context) => Promise<Answer | undefined>;

beforeAll(async () => {
  aws = await startServer(({ headers, body }) => {
    if (headers['x-amz-target'] === 'secretsmanager.GetSecretValue') {
      const { appId, privateKey } = APP;
      return { body: JSON.stringify({ SecretString: JSON.stringify({ appId, privateKey }) }) };
    }
    return body.includes('DescribeAutoScalingInstances')
      ? instancesAnswer([{ id: INSTANCE, group: GROUP, state: 'Pending:Wait' }])
      : describeAnswer([{ name: GROUP, tags: escaped(TAGS) }]);
  });
  github = await startServer((request) =>
    // An Enterprise Server, whose API stands below its own address.
    gitHubAnswer(state, { ...request, path: request.path.replace(/^\/api\/v3/, '') }),
  );
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    ...encodeRegistrarSettings({
      name: 'ci',
      github: { url: github.url, appSecret: 'app', scope: { kind: 'owners', owners: ['acme'] } },
      runner: {},
    }),
  });
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(...String(text).split('\n').filter(Boolean));
    return true;
  });
  ({ handler } = await import('../../../lambda/registrar/handler.ts'));
});

afterAll(async () => {
  jest.restoreAllMocks();
  await Promise.all([aws.close(), github.close()]);
});

const context = {
  invokedFunctionArn: `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:registrar`,
  getRemainingTimeInMillis: () => 30_000,
} as unknown as Context;

describe('the registrar as a function', () => {
  test('registers a machine of its account, and lets it go', async () => {
    const answer = await handler(urlEvent('/register', { architecture: 'x64' }), context);
    expect(answer?.statusCode).toBe(200);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({
      name: RUNNER_NAME,
      jitConfig: state.minted[0],
    });
    expect((await handler(urlEvent('/retire', {}), context))?.body).toBe('{"outcome":"removed"}');
    expect(state.runners.size).toBe(0);
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'registered',
      'removed',
    ]);
    for (const secret of [APP.privateKey.slice(40, 80), 'ghs_', state.minted[0] ?? '', 'eyJ']) {
      expect(lines.join('\n')).not.toContain(secret);
    }
  });

  test('refuses one of another account, which has the same names', async () => {
    const userArn = arnOf(ROLE, INSTANCE, '999999999999');
    const event = urlEvent('/register', { architecture: 'x64' }, userArn);
    expect(await handler(event, context)).toMatchObject({ statusCode: 403 });
  });

  test('sweeps when its schedule calls it, and answers nothing', async () => {
    lines.length = 0;
    expect(await handler(SWEEP_EVENT, context)).toBeUndefined();
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ message: 'swept', removed: [] }),
    ]);
  });

  test.each<[name: string, event: unknown]>([
    ['a body', urlEvent('/register', SWEEP_EVENT)],
    ['a field beside others', { ...urlEvent('/retire', {}), ...SWEEP_EVENT }],
    ['a text', JSON.stringify(SWEEP_EVENT)],
  ])('takes nothing else for the schedule: %s', async (_name, event) => {
    expect(await handler(event, context)).toBeDefined();
    expect(lines.at(-1)).not.toContain('swept');
  });
});
