/**
 * The registrar as a process of its own, whose servers have certificates of an authority that is not public, and whose way
 * out is a proxy. Lambda's Node reads the authority from the file beside the code, which test/deploy tries.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { encodeRegistrarSettings } from '../../../lambda/scaler/contract.ts';
import type { Answer } from '../../../lambda/registrar/registrar.ts';
import { describeAnswer, instancesAnswer } from '../../auto-scaling-answers.ts';
import { testApp } from '../../github-app.ts';
import { startServer, type TestServer } from '../../http-server.ts';
import { type Authority, makeAuthority } from '../../machine/authority.ts';
import { closeProxies, startProxy, type TestProxy } from '../scaler/proxy-server.ts';
import { gitHubAnswer, gitHubState } from './github.ts';
import { ACCOUNT, escaped, GROUP, INSTANCE, RUNNER_NAME, TAGS, urlEvent } from './stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'registrar-'));
const servers: TestServer[] = [];
const fronts: Server[] = [];
let authority: Authority;
let proxy: TestProxy;
/** Of AWS and of GitHub, over TLS. */
let aws = '';
let github = '';

async function behindTls(server: TestServer): Promise<string> {
  servers.push(server);
  const front = createTlsServer(authority.server, (client) => {
    const onward = connect(Number(new URL(server.url).port), '127.0.0.1');
    for (const socket of [client, onward]) socket.on('error', () => undefined);
    client.pipe(onward).pipe(client);
  });
  fronts.push(front);
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return `https://localhost:${(front.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  authority = makeAuthority(folder, ['localhost']);
  const state = gitHubState();
  const { appId, privateKey } = testApp('12345');
  aws = await behindTls(
    await startServer(({ headers, body }) => {
      if (headers['x-amz-target'] === 'secretsmanager.GetSecretValue') {
        return { body: JSON.stringify({ SecretString: JSON.stringify({ appId, privateKey }) }) };
      }
      return body.includes('DescribeAutoScalingInstances')
        ? instancesAnswer([{ id: INSTANCE, group: GROUP, state: 'Pending:Wait' }])
        : describeAnswer([{ name: GROUP, tags: escaped(TAGS) }]);
    }),
  );
  github = await behindTls(
    await startServer((request) =>
      gitHubAnswer(state, { ...request, path: request.path.replace(/^\/api\/v3/, '') }),
    ),
  );
});

beforeEach(async () => {
  proxy = await startProxy();
});

afterAll(async () => {
  await closeProxies();
  for (const front of fronts) front.close();
  await Promise.all(servers.map(async (server) => server.close()));
  rmSync(folder, { recursive: true });
});

const ONE_CALL = `
const { handler } = await import('./lambda/registrar/handler.ts');
process.stdout.write('\\n' + JSON.stringify(await handler(JSON.parse(process.argv[1]), {
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:${ACCOUNT}:function:registrar',
  getRemainingTimeInMillis: () => 30_000,
})));
process.exit();
`;

/** What it answers a machine that registers. */
async function register(trusted: boolean): Promise<Answer> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      ONE_CALL,
      JSON.stringify(urlEvent('/register', { architecture: 'x64' })),
    ],
    {
      env: {
        PATH: process.env['PATH'],
        ...(trusted && { NODE_EXTRA_CA_CERTS: authority.certificate }),
        AWS_ENDPOINT_URL: aws,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'not-a-secret',
        ...encodeRegistrarSettings({
          name: 'ci',
          github: { url: github, appSecret: 'app', scope: { kind: 'owners', owners: ['acme'] } },
          runner: {},
          proxy: { url: proxy.url, noProxy: [] },
        }),
      },
    },
  );
  return JSON.parse(stdout.split('\n').at(-1) ?? '') as Answer;
}

test('AWS and GitHub are called through the proxy, and by nothing else', async () => {
  const { statusCode, body } = await register(true);
  expect([statusCode, body]).toEqual([200, expect.stringContaining(RUNNER_NAME)]);
  expect(new Set(proxy.received)).toEqual(
    new Set([aws, github].map((url) => `CONNECT ${new URL(url).host}`)),
  );
}, 60_000);

test.each<[string, TestProxy['manner'], boolean, RegExp]>([
  [
    'refuses',
    { status: 403, reason: 'Forbidden' },
    true,
    /the proxy http:\S+ answered 403 \(Forbidden\) to CONNECT localhost:\d+: its rules do not allow/,
  ],
  [
    'leads to a server of an unknown authority',
    'passes on',
    false,
    /through the proxy http:\S+, TLS with localhost:\d+ failed: .* is missing in caCertificates/,
  ],
])(
  'a proxy that %s is named to the machine, which comes again',
  async (_, manner, trusted, said) => {
    proxy.manner = manner;
    const { statusCode, headers, body } = await register(trusted);
    expect([statusCode, Number(headers['retry-after']) > 0]).toEqual([503, true]);
    expect(body).toMatch(said);
  },
  60_000,
);
