/**
 * `npm run probe` against moto, as a child process with everything real but the cloud: the CDK's own
 * deploy and destroy, and every call to the APIs. No machine boots there, so most figures cannot be had.
 * The account was never bootstrapped, and need not be.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Companion, start } from './child.ts';
import { botocoreClient, type Call, type Client } from './clients.ts';
import { awsEnvironment, type Moto, startMoto } from './moto.ts';
import { step, until } from './step.ts';
import { prepareToolbox, type Toolbox } from './toolbox.ts';

/** Deploying, measuring and destroying, on a slow machine. */
const RUN_TIMEOUT_MS = 240_000;
const TEST_TIMEOUT_MS = RUN_TIMEOUT_MS + 60_000;

/** Short waits: what moto does not do at once it never does. */
const QUICK = ['--yes', '--rounds', '1', '--step-seconds', '0.2', '--wait-seconds', '3'] as const;

let toolbox: Toolbox;
let moto: Moto;
let botocore: Client;
let folder: string;
let untouched: Inventory;
const running = new Set<Companion>();

beforeAll(async () => {
  toolbox = await prepareToolbox();
  moto = await startMoto(toolbox);
  botocore = botocoreClient(toolbox);
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
  untouched = await inventory();
}, TEST_TIMEOUT_MS);

afterEach(async () => {
  for (const companion of running) await companion.end();
  running.clear();
});

afterAll(async () => {
  await botocore?.end();
  await moto?.end();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe('a whole run', () => {
  let ended: Ended;
  let json: string;

  beforeAll(async () => {
    json = join(folder, 'parameters.json');
    ended = await step('probe: deploy, measure, destroy', async () =>
      probe([...QUICK, '--json', json]).end(),
    );
    process.stdout.write(`\n${ended.said}\n\n`);
  }, TEST_TIMEOUT_MS);

  test('says first where it works, what it will make and what that costs', () => {
    expect(ended.said).toMatch(/^account {7}123456789012, as arn:aws:sts::/);
    expect(ended.said).toMatch(/will be made {2}the stack runner-scaler-probe-[0-9a-f]{8}:/);
    expect(ended.said).toMatch(/cost {10}below USD 0\.\d\d/);
  });

  test('prints every parameter, and why it could not be measured there', () => {
    expect(ended.status).toBe(0);
    expect(ended.said).toMatch(/^launchLag +2 +\d+\.\d/m);
    expect(ended.said).toMatch(/^noticeLag +1 +\d+\.\d/m);
    for (const [name, reason] of [
      ['pendingToRunning', 'the machine ran and was InService when it was first seen'],
      ['boot', 'the instance, first seen InService, never waited for its launch hook'],
      ['proceed', 'the instance, first seen InService, never waited for its launch hook'],
      ['firstClaim', 'the stand-in at https://'],
      ['terminate', 'the machine was never seen to shut down'],
      ['launchInstancesAnswer', 'LaunchInstances was refused: '],
      ['pendingCancel', 'the instance was InService when it was first seen not to be Pending'],
    ]) {
      expect(ended.said).toContain(`${name}: not measured: ${reason}`);
    }
  });

  test('writes what was measured for the simulator, and nothing else', async () => {
    const parameters: unknown = JSON.parse(await readFile(json, 'utf8'));
    expect(parameters).toEqual({
      launchLag: { min: expect.any(Number), max: expect.any(Number) },
      noticeLag: { min: expect.any(Number), max: expect.any(Number) },
    });
  });

  test('leaves the account as it was', async () => {
    expect(ended.said).toMatch(/removed the stack runner-scaler-probe-[0-9a-f]{8} with all it had/);
    expect(await inventory()).toEqual(untouched);
  });
});

describe('a run that is stopped', () => {
  test.each([
    ['Ctrl-C while it measures', 'SIGINT', '1 of 5: ', 130, /by SIGINT: removing what was made/],
    // And nobody reads any more what it says.
    [
      'a closed terminal while the CDK deploys',
      'SIGHUP',
      'deploying runner-scaler-probe-',
      129,
      /^/,
    ],
  ] as const)(
    'by %s removes everything and ends as shells have it',
    async (what, signal, at, status, says) => {
      // With a patience that would outlast the test: only the signal can end it.
      const run = probe([...QUICK.slice(0, -1), '3600']);
      await run.saying(at);
      expect(await inventory()).not.toEqual(untouched);
      if (signal === 'SIGHUP') run.hangUp();
      run.signal(signal);
      const { said, status: seen } = await step(`probe: ${what}`, async () => run.end());
      expect(said).toMatch(says);
      expect(seen).toBe(status);
      expect(await inventory()).toEqual(untouched);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'a second Ctrl-C ends it at once and says what remains; --clean removes that',
    async () => {
      const run = probe(QUICK);
      await run.saying('1 of 5: ');
      run.signal('SIGINT');
      await run.saying('removing what was made');
      // What comes within a second is the same key.
      await until('the end after a second Ctrl-C', RUN_TIMEOUT_MS, () => {
        run.signal('SIGINT');
        return run.exit();
      });
      const { said, status } = await run.end();
      expect(status).toBe(130);
      expect(said).toMatch(
        /left behind: runner-scaler-probe-[0-9a-f]{8};.*\nremove the rest with: npm run probe -- --clean/,
      );
      expect(await inventory()).not.toEqual(untouched);

      const cleaned = await step('probe --clean', async () => probe(['--clean', '--yes']).end());
      expect(cleaned).toMatchObject({ status: 0 });
      expect(cleaned.said).toMatch(/will be removed: runner-scaler-probe-[0-9a-f]{8}$/m);
      expect(await inventory()).toEqual(untouched);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('what is refused', () => {
  test.each<[what: string, args: readonly string[], env: Record<string, string>, error: RegExp]>([
    ['an unknown option', ['--round', '3'], {}, /unknown option '--round'; did you mean --rounds/],
    [
      'a number out of range',
      ['--rounds', '0'],
      {},
      /--rounds is "0"; allowed: a whole number from 1 to 20/,
    ],
    ['nobody to ask', [], {}, /nobody can be asked here; nothing was changed; go on with --yes/],
    [
      'no credentials',
      ['--yes'],
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      /there are no AWS credentials here \(.*\); log in \(for example with aws sso login\), or set AWS_PROFILE/,
    ],
    [
      'no region',
      ['--yes'],
      { AWS_REGION: '', AWS_DEFAULT_REGION: '' },
      /no region: .*give --region, or set AWS_REGION or a profile/,
    ],
  ])(
    '%s: a clear error, and nothing is made',
    async (_what, args, env, error) => {
      const { said, status } = await probe(args, env).end();
      expect(said).toMatch(error);
      expect(said).not.toMatch(/^ {4}at \S/m);
      expect(status).toBe(1);
      expect(await inventory()).toEqual(untouched);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'an account in which nothing is left: --clean says so',
    async () => {
      const { said, status } = await probe(['--clean']).end();
      expect(said).toContain('no probe has left anything there');
      expect(status).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});

interface Ended {
  readonly said: string;
  readonly status: number | string;
}

/** Runs the command as package.json has it. It knows no address but moto's, on this machine. */
function probe(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: { probe: string };
  };
  const lines: string[] = [];
  const [, ...words] = scripts.probe.split(' ');
  const companion = start(
    {
      command: process.execPath,
      args: [...words, ...args],
      env: { ...awsEnvironment(toolbox, moto.url), ...env },
    },
    (line) => void lines.push(line),
  );
  running.add(companion);
  const said = () => lines.join('\n');
  const exited = (what: string) => {
    const status = companion.exit();
    if (status !== undefined) throw new Error(`ended with ${status} before ${what}:\n${said()}`);
  };
  return {
    async saying(text: string) {
      await until(`"${text}" by the probe`, RUN_TIMEOUT_MS, () => {
        if (lines.some((line) => line.includes(text))) return true;
        exited(text);
        return undefined;
      });
      // The stack is begun a little later than the CDK is.
      if (text.startsWith('deploying')) await untilStackExists(exited);
    },
    signal: (name: NodeJS.Signals) => void companion.process.kill(name),
    hangUp() {
      companion.process.stdout?.destroy();
      companion.process.stderr?.destroy();
    },
    exit: () => companion.exit(),
    async end(): Promise<Ended> {
      const status = await until('the end of the probe', RUN_TIMEOUT_MS, () => companion.exit());
      return { said: said(), status };
    },
  };
}

async function untilStackExists(exited: (what: string) => void): Promise<void> {
  await until('a stack', RUN_TIMEOUT_MS, async () => {
    exited('its stack was begun');
    const { stacks } = await inventory();
    return stacks?.length ? true : undefined;
  });
}

type Thing = keyof typeof THINGS;
type Inventory = Readonly<Partial<Record<Thing, readonly string[]>>>;

/** How to list what a probe makes: a call, and the way through its answer to the names. */
const THINGS = {
  stacks: ['cloudformation', 'DescribeStacks', 'Stacks.StackName'],
  groups: ['autoscaling', 'DescribeAutoScalingGroups', 'AutoScalingGroups.AutoScalingGroupName'],
  groupInstances: [
    'autoscaling',
    'DescribeAutoScalingInstances',
    'AutoScalingInstances.InstanceId',
  ],
  instances: ['ec2', 'DescribeInstances', 'Reservations.Instances.InstanceId'],
  launchTemplates: ['ec2', 'DescribeLaunchTemplates', 'LaunchTemplates.LaunchTemplateName'],
  networks: ['ec2', 'DescribeVpcs', 'Vpcs.VpcId'],
  subnets: ['ec2', 'DescribeSubnets', 'Subnets.SubnetId'],
  routeTables: ['ec2', 'DescribeRouteTables', 'RouteTables.RouteTableId'],
  gateways: ['ec2', 'DescribeInternetGateways', 'InternetGateways.InternetGatewayId'],
  securityGroups: ['ec2', 'DescribeSecurityGroups', 'SecurityGroups.GroupId'],
  endpoints: ['ec2', 'DescribeVpcEndpoints', 'VpcEndpoints.VpcEndpointId'],
  secrets: ['secretsmanager', 'ListSecrets', 'SecretList.Name'],
  functions: ['lambda', 'ListFunctions', 'Functions.FunctionName'],
  roles: ['iam', 'ListRoles', 'Roles.RoleName'],
  instanceProfiles: ['iam', 'ListInstanceProfiles', 'InstanceProfiles.InstanceProfileName'],
  logGroups: ['logs', 'DescribeLogGroups', 'logGroups.logGroupName'],
  buckets: ['s3', 'ListBuckets', 'Buckets.Name'],
} as const;

/** Machines that were ended stay in EC2's list for a while. */
const ALIVE = {
  Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running', 'shutting-down'] }],
};

async function inventory(): Promise<Inventory> {
  const found: Inventory = Object.fromEntries(
    await Promise.all(
      Object.entries(THINGS).map(async ([thing, [service, operation, path]]) => {
        const input = thing === 'instances' ? ALIVE : {};
        const answer = await botocore.send(moto.url, {
          service,
          operation,
          input,
        } as unknown as Call);
        if (!('output' in answer))
          throw new Error(`${operation}: ${answer.code} ${answer.message}`);
        return [thing, namesIn(answer.output, path.split('.')).sort()] as const;
      }),
    ),
  );
  return found;
}

function namesIn(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => namesIn(each, path));
  const [key, ...rest] = path;
  if (key === undefined) return [String(value)];
  const inner = (value as Record<string, unknown>)[key];
  return inner === undefined ? [] : namesIn(inner, rest);
}
