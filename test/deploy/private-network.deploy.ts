/**
 * A self-managed GitLab behind a private certificate authority and a proxy: the function as the CDK deploys it, under
 * AWS's runtime client, with real TLS under that authority and real Squid. Its names lead to this machine.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENV, SCHEDULE_EVENT, TAG } from '../../lambda/scaler/contract.ts';
import { gitLabEmulator } from '../../simulator/emulators/gitlab.ts';
import { serve } from '../../simulator/emulators/server.ts';
import { type Authority, makeAuthority } from '../machine/authority.ts';
import { run } from './child.ts';
import { type RunningFunction, startFunction } from './lambda-service.ts';
import { type AwsCli, awsCli, awsEnvironment, type Moto, REGION, startMoto } from './moto.ts';
import { type Squid, startSquid } from './squid.ts';
import { type DeployedFunction, deployStack, readFunction } from './stack.ts';
import { prepareToolbox, type Toolbox } from './toolbox.ts';

const TIMEOUT_MS = 400_000;
const NAME = 'ci-private';
const TOKEN = 'glpat-of-the-scaler';
const GITLAB = 'gitlab.corp.example';
const AWS = 'aws.corp.example';
const REFUSED = 'elsewhere.corp.example';
const FLEET = 'linux';

const ends: (() => Promise<unknown>)[] = [];
let unclaimed = 0;
let folder: string;
let toolbox: Toolbox;
let moto: Moto;
let aws: AwsCli;
let authority: Authority;
let gitLabUrl: string;
let awsUrl: string;
let squid: Squid;
let network: {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
};

beforeAll(async () => {
  toolbox = await prepareToolbox();
  folder = await mkdtemp(join(tmpdir(), 'private-network-'));
  ends.push(async () => rm(folder, { recursive: true, force: true }));
  authority = makeAuthority(folder, [GITLAB, AWS, REFUSED]);
  const gitlab = await serve(
    gitLabEmulator({
      token: TOKEN,
      runners: [{ id: 101, resourceClass: FLEET }],
      counts: {
        resourceClasses: new Set([FLEET]),
        readRunning: () => 0,
        readUnclaimed: () => unclaimed,
      },
      isAdministrator: true,
    }),
  );
  ends.push(async () => gitlab.close());
  moto = await startMoto(toolbox);
  ends.push(async () => moto.end());
  aws = awsCli(toolbox, moto.url);
  gitLabUrl = await behindTls(gitlab.url, GITLAB);
  awsUrl = await behindTls(moto.url, AWS);
  squid = await startSquid([GITLAB, AWS, REFUSED], REFUSED);
  ends.push(async () => squid.end());
  network = await makeVpc();
}, TIMEOUT_MS);

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

test(
  'all calls go through the proxy, and what waits becomes capacity',
  async () => {
    const deployed = await deploy('all', { proxy: { url: squid.url } });
    expect(await vpcOf(deployed)).toMatchObject({ SubnetIds: network.subnetIds });
    const before = (await squid.log().catch(() => [])).length;
    const lambda = await started(deployed);
    unclaimed = 3;
    expect(await wake(lambda)).toMatchObject({ error: undefined });
    expect(await desired('all')).toBe(3);
    const calls = (await squid.log()).slice(before);
    const port = (url: string) => new URL(url).port;
    expect(new Set(calls)).toEqual(
      new Set([`200 ${GITLAB}:${port(gitLabUrl)}`, `200 ${AWS}:${port(awsUrl)}`]),
    );
  },
  TIMEOUT_MS,
);

test(
  'with the name of AWS in noProxy, only GitLab is called through it',
  async () => {
    const proxy = { url: squid.url, noProxy: [AWS] };
    const lambda = await started(await deploy('direct', { proxy }));
    const before = (await squid.log()).length;
    unclaimed = 2;
    expect(await wake(lambda)).toMatchObject({ error: undefined });
    expect(await desired('direct')).toBe(2);
    const calls = (await squid.log()).slice(before);
    expect(new Set(calls)).toEqual(new Set([`200 ${GITLAB}:${new URL(gitLabUrl).port}`]));
  },
  TIMEOUT_MS,
);

test(
  'what the proxy does not allow is told with its name, and the capacity stays',
  async () => {
    const elsewhere = gitLabUrl.replace(GITLAB, REFUSED);
    const lambda = await started(
      await deploy('refused', { proxy: { url: squid.url }, gitLab: elsewhere }),
    );
    const { error } = await wake(lambda);
    expect(error?.errorMessage).toMatch(
      /the proxy http:\S+ answered 403 \(Forbidden, ERR_ACCESS_DENIED 0\) to CONNECT elsewhere\.corp\.example/,
    );
    expect(await desired('refused')).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'without the authority nobody is believed, not even through the proxy',
  async () => {
    const deployed = await deploy('distrust', { proxy: { url: squid.url } });
    const { [ENV.caFile]: _, ...environment } = deployed.environment;
    const lambda = await started({ ...deployed, environment });
    const { error } = await wake(lambda);
    expect(error?.errorMessage).toMatch(
      /through the proxy http:\S+, TLS with aws\.corp\.example:\d+ failed: .*certificate/,
    );
  },
  TIMEOUT_MS,
);

interface Choice {
  readonly proxy: { readonly url: string; readonly noProxy?: readonly string[] };
  /** Default: the GitLab that is there. */
  readonly gitLab?: string;
}

/** A stack of its own, with its secrets filled. */
async function deploy(
  name: string,
  { proxy, gitLab = gitLabUrl }: Choice,
): Promise<DeployedFunction> {
  const own = join(folder, name);
  const config = join(folder, `${name}.config.ts`);
  const { vpcId, subnetIds } = network;
  const written = {
    name: `${NAME}-${name}`,
    network: { vpcId, subnetIds, scaler: { subnetIds } },
    proxy,
    gitlab: {
      url: gitLab,
      scope: 'instance',
      fleets: [{ name: FLEET, runner: 101, max: 5 }],
    },
  };
  await writeFile(
    config,
    `import { readFileSync } from 'node:fs';
export const config = {
  ...${JSON.stringify(written)},
  caCertificates: readFileSync(${JSON.stringify(authority.certificate)}, 'utf8'),
};
`,
  );
  await run({ command: 'mkdir', args: [own] });
  const options = { toolbox, moto, folder: own, name: written.name, config };
  const outputs = await deployStack(options);
  for (const [output, command] of Object.entries(outputs)) {
    if (!output.includes('Fill')) continue;
    await run({
      command: 'bash',
      args: ['-c', command],
      input: `${output.startsWith('Scaler') ? TOKEN : 'glrt-of-a-runner'}\n`,
      env: awsEnvironment(toolbox, moto.url),
    });
  }
  return readFunction(options);
}

async function started(deployed: DeployedFunction): Promise<RunningFunction> {
  const lambda = await startFunction({
    toolbox,
    deployed,
    environment: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'AKIAFUNCTION',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_SESSION_TOKEN: 'not-a-token',
      AWS_ENDPOINT_URL: awsUrl,
      NODE_OPTIONS: `--require=${fileURLToPath(new URL('hosts-preload.cjs', import.meta.url))}`,
    },
  });
  ends.push(async () => lambda.end());
  return lambda;
}

async function wake(lambda: RunningFunction) {
  return lambda.invoke(JSON.stringify(SCHEDULE_EVENT));
}

/** What stands in front of a server in such a network, and ends TLS for it. */
async function behindTls(target: string, name: string): Promise<string> {
  const server = createServer(authority.server, (incoming, outgoing) => {
    const { method, headers } = incoming;
    const onward = request(`${target}${incoming.url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', (error) => void outgoing.writeHead(502).end(String(error)));
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ends.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `https://${name}:${(server.address() as AddressInfo).port}`;
}

async function makeVpc() {
  const { Vpc } = (await aws('ec2', 'create-vpc', '--cidr-block', '10.0.0.0/16')) as {
    Vpc: { VpcId: string };
  };
  const { Subnet } = (await aws(
    'ec2',
    'create-subnet',
    '--vpc-id',
    Vpc.VpcId,
    '--cidr-block',
    '10.0.1.0/24',
  )) as { Subnet: { SubnetId: string } };
  return { vpcId: Vpc.VpcId, subnetIds: [Subnet.SubnetId] };
}

async function vpcOf({ name }: DeployedFunction): Promise<unknown> {
  const { VpcConfig } = (await aws(
    'lambda',
    'get-function-configuration',
    '--function-name',
    name,
  )) as { VpcConfig: unknown };
  return VpcConfig;
}

async function desired(name: string): Promise<number | undefined> {
  const { AutoScalingGroups } = (await aws(
    'autoscaling',
    'describe-auto-scaling-groups',
    '--filters',
    `Name=tag:${TAG.name},Values=${NAME}-${name}`,
  )) as { AutoScalingGroups: readonly { readonly DesiredCapacity: number }[] };
  return AutoScalingGroups[0]?.DesiredCapacity;
}
