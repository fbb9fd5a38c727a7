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
import { ENV, SCHEDULE_EVENT, SOURCE_ENV, TAG } from '../../lambda/scaler/contract.ts';
import { gitLabEmulator } from '../../simulator/emulators/gitlab.ts';
import { serve } from '../../simulator/emulators/server.ts';
import { type Authority, makeAuthority } from '../machine/authority.ts';
import { run } from './child.ts';
import { type RunningFunction, startFunction } from './lambda-service.ts';
import { type AwsCli, awsCli, awsEnvironment, type Moto, REGION, startMoto } from './moto.ts';
import { type Squid, startSquid } from './squid.ts';
import { type DeployedFunction, deployStack, readFunction } from './stack.ts';
import { until } from './step.ts';
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
let throughAll: DeployedFunction;
/** Lines of the proxy's log that were read. */
let calledBefore = 0;
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
    throughAll = await deploy('all', { url: squid.url });
    expect(await vpcOf(throughAll)).toMatchObject({ SubnetIds: network.subnetIds });
    const lambda = await started(throughAll);
    unclaimed = 3;
    expect(await wake(lambda)).toMatchObject({ error: undefined });
    expect(await desired('all')).toBe(3);
    expect(await callsOf(lambda)).toEqual(new Set([connected(gitLabUrl), connected(awsUrl)]));
  },
  TIMEOUT_MS,
);

test(
  'with the name of AWS in noProxy, only GitLab is called through it',
  async () => {
    const lambda = await started(await deploy('direct', { url: squid.url, noProxy: [AWS] }));
    unclaimed = 2;
    expect(await wake(lambda)).toMatchObject({ error: undefined });
    expect(await desired('direct')).toBe(2);
    expect(await callsOf(lambda)).toEqual(new Set([connected(gitLabUrl)]));
  },
  TIMEOUT_MS,
);

test('what the proxy does not allow is told with its name, and the capacity stays', async () => {
  const variable = SOURCE_ENV.gitlab;
  const elsewhere = throughAll.environment[variable]?.replace(GITLAB, REFUSED) ?? '';
  const lambda = await started(withVariables({ [variable]: elsewhere }));
  const { error } = await wake(lambda);
  expect(error?.errorMessage).toMatch(
    /the proxy http:\S+ answered 403 \(Forbidden, ERR_ACCESS_DENIED 0\) to CONNECT elsewhere\.corp\.example/,
  );
  expect(await desired('all')).toBe(3);
});

test('without the authority nobody is believed, not even through the proxy', async () => {
  const lambda = await started(withVariables({ [ENV.caFile]: '' }));
  const { error } = await wake(lambda);
  expect(error?.errorMessage).toMatch(
    /through the proxy http:\S+, TLS with aws\.corp\.example:\d+ failed: .*certificate/,
  );
});

test('the authority where its file is missing keeps the function from starting', async () => {
  const lambda = await started(withVariables({ [ENV.caFile]: 'missing.pem' }));
  const { error } = await wake(lambda);
  expect(error?.errorMessage).toContain(
    'RUNNER_SCALER_CA_FILE is "missing.pem", which cannot be read',
  );
});

/** The function that calls all through the proxy, with other variables. */
function withVariables(variables: Readonly<Record<string, string>>): DeployedFunction {
  return { ...throughAll, environment: { ...throughAll.environment, ...variables } };
}

/** As Squid's log has it. */
function connected(url: string): string {
  return `200 ${new URL(url).host}`;
}

/** What a function called through the proxy. Squid logs a tunnel when it ends, and so the function is ended first. */
async function callsOf(lambda: RunningFunction): Promise<ReadonlySet<string>> {
  const end = `403 http://${REFUSED}/${calledBefore}`;
  await lambda.end();
  request(squid.url, { path: end.slice(4) }).end();
  const lines = await until('squid writing its log', 10_000, async () => {
    const lines = await squid.log();
    return lines.includes(end) ? lines : undefined;
  });
  const calls = lines.slice(calledBefore, lines.indexOf(end));
  calledBefore = lines.length;
  return new Set(calls);
}

/** A stack with its secrets filled. */
async function deploy(
  name: string,
  proxy: { readonly url: string; readonly noProxy?: readonly string[] },
): Promise<DeployedFunction> {
  const own = join(folder, name);
  const config = join(folder, `${name}.config.ts`);
  const { vpcId, subnetIds } = network;
  const written = {
    name: `${NAME}-${name}`,
    network: { vpcId, subnetIds, scaler: { subnetIds } },
    proxy,
    gitlab: {
      url: gitLabUrl,
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
