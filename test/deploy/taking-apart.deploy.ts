/**
 * The shipped stack is taken apart while machines run: `cdk destroy` and `npm run drain` as child
 * processes, against moto.
 */
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { config } from '../../config.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import { type Companion, start } from './child.ts';
import { awsEnvironment, type Moto, REGION, startMoto } from './moto.ts';
import { deployStack } from './stack.ts';
import { step, until } from './step.ts';
import { prepareToolbox, type Toolbox } from './toolbox.ts';

const TIMEOUT_MS = 240_000;
const [LINUX = '', ARM = ''] = (config.resourceClasses ?? []).map(
  ({ resourceClass }) => resourceClass,
);
const DESTROY = [resolve('node_modules/.bin/cdk'), 'destroy', '--force', '--no-color'];

let toolbox: Toolbox;
let moto: Moto;
let folder: string;
let groups: AutoScalingClient;
let stacks: CloudFormationClient;
const running = new Set<Companion>();

beforeAll(async () => {
  toolbox = await prepareToolbox();
  folder = await mkdtemp(join(tmpdir(), 'taking-apart-'));
  moto = await startMoto(toolbox);
  const client = {
    endpoint: moto.url,
    region: REGION,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'not-a-secret' },
  };
  groups = new AutoScalingClient(client);
  stacks = new CloudFormationClient(client);
  await deployStack({ toolbox, moto, folder, name: config.name });
}, TIMEOUT_MS);

afterEach(async () => {
  for (const companion of running) await companion.end();
  running.clear();
});

afterAll(async () => {
  await moto?.end();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe('a working day on which the stack is to go', () => {
  test(
    'a destroy fails while protected machines run',
    async () => {
      await scaleTo(LINUX, 2);
      await scaleTo(ARM, 1);
      const { said, status } = await step('cdk destroy, refused', async () => cdk(DESTROY).end());
      expect(status).not.toBe(0);
      expect(said).toContain('DELETE_FAILED');
      expect((await group(LINUX))?.Instances).toHaveLength(2);
    },
    TIMEOUT_MS,
  );

  test(
    'a drain that waits is interrupted by Ctrl-C, and says how to go on',
    async () => {
      const run = drain('--class', LINUX, '--wait');
      await run.saying('each takes one job at most');
      run.signal('SIGINT');
      const { said, status } = await run.end();
      expect(status).toBe(130);
      expect(said).toContain(`npm run drain -- --class ${LINUX} --wait`);
      expect(said).not.toMatch(/^ {4}at \S/m);
      expect(await tag(LINUX)).toBe('drain');
    },
    TIMEOUT_MS,
  );

  test(
    'it comes back when the last machine has ended itself',
    async () => {
      const run = drain('--class', LINUX, '--wait');
      await run.saying('2 machines: 2 in service');
      for (const { InstanceId } of (await group(LINUX))?.Instances ?? []) {
        await groups.send(
          new TerminateInstanceInAutoScalingGroupCommand({
            InstanceId,
            ShouldDecrementDesiredCapacity: true,
          }),
        );
      }
      const { said, status } = await step('drain --wait', async () => run.end());
      process.stdout.write(`\n${said}\n\n`);
      expect(status).toBe(0);
      expect(said).toContain('no machine is left and none is launched');
    },
    TIMEOUT_MS,
  );

  test(
    'the rest is ended with its jobs, and the destroy goes through',
    async () => {
      const { said, status } = await drain('--all', '--end-now', '--yes').end();
      process.stdout.write(`\n${said}\n\n`);
      expect(status).toBe(0);
      expect(said).toContain('1 machine ended; at most 1 job lost');
      const destroyed = await step('cdk destroy', async () => cdk(DESTROY).end());
      expect(destroyed).toMatchObject({ status: 0 });
      await expect(
        stacks.send(new DescribeStacksCommand({ StackName: config.name })),
      ).rejects.toThrow(/does not exist/);
      expect(await group(LINUX)).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

describe('what is refused', () => {
  test.each<[what: string, args: readonly string[], env: Record<string, string>, error: RegExp]>([
    [
      'no group',
      ['--all'],
      {},
      /no group has the tag runner-scaler:name = \S+ in account 123456789012, region us-east-1; if the stack is elsewhere/,
    ],
    [
      'another region',
      ['--all', '--region', 'eu-west-1'],
      {},
      /in account 123456789012, region eu-west-1;/,
    ],
    [
      'nothing named',
      [],
      {},
      /no resource class is named; allowed: --class CLASS …, or --all\nrunner-scaler drain --help/,
    ],
    [
      'a config that is none',
      ['--all', '--config', 'nowhere.ts'],
      {},
      /nowhere\.ts cannot be read/,
    ],
    [
      'no credentials',
      ['--all'],
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      /there are no AWS credentials here \(/,
    ],
  ])(
    '%s: a clear error',
    async (_what, args, env, error) => {
      const { said, status } = await drain(...args, env).end();
      expect(said).toMatch(error);
      expect(said).not.toMatch(/^ {4}at \S/m);
      expect(status).toBe(1);
    },
    TIMEOUT_MS,
  );
});

async function group(resourceClass: string) {
  const { AutoScalingGroups = [] } = await groups.send(
    new DescribeAutoScalingGroupsCommand({
      Filters: [{ Name: `tag:${TAG.resourceClass}`, Values: [resourceClass] }],
    }),
  );
  return AutoScalingGroups[0];
}

async function tag(resourceClass: string): Promise<string | undefined> {
  return (await group(resourceClass))?.Tags?.find(({ Key }) => Key === TAG.hold)?.Value;
}

async function scaleTo(resourceClass: string, DesiredCapacity: number): Promise<void> {
  const { AutoScalingGroupName } = (await group(resourceClass)) ?? {};
  await groups.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));
}

function cdk(args: readonly string[]) {
  return started(args, { CDK_DISABLE_CLI_TELEMETRY: 'true' });
}

/** Runs the command as package.json has it. It knows no address but moto's, on this machine. */
function drain(...given: readonly (string | Record<string, string>)[]) {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: { drain: string };
  };
  const [, ...words] = scripts.drain.split(' ');
  const args = given.filter((word) => typeof word === 'string');
  const env = Object.assign({}, ...given.filter((word) => typeof word !== 'string')) as object;
  return started([...words, ...args], env);
}

function started(args: readonly string[], env: object) {
  const lines: string[] = [];
  const companion = start(
    {
      command: process.execPath,
      args,
      env: { ...awsEnvironment(toolbox, moto.url), ...env },
    },
    (line) => void lines.push(line),
  );
  running.add(companion);
  return {
    saying: async (text: string) =>
      until(`"${text}"`, TIMEOUT_MS, () => {
        if (lines.some((line) => line.includes(text))) return true;
        const status = companion.exit();
        if (status === undefined) return undefined;
        throw new Error(`ended with ${status} before "${text}":\n${lines.join('\n')}`);
      }),
    signal: (name: NodeJS.Signals) => void companion.process.kill(name),
    async end() {
      const status = await until('the end', TIMEOUT_MS, () => companion.exit());
      return { said: lines.join('\n'), status };
    },
  };
}
