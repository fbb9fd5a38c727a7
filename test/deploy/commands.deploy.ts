/** Every command, as a child process, on the shipped stack in moto: an AWS that shares no code with the emulators. */
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { config } from '../../config.ts';
import { groupName, scalerLogGroup } from '../../config/fleet-names.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import { outcomeLine } from '../../lambda/scaler/report.ts';
import { type Ended, runnerScaler } from '../cli/run.ts';
import { fleet } from '../lambda/scaler/quiet-fleet.ts';
import { awsEnvironment, type Moto, REGION, startMoto } from './moto.ts';
import { deployStack } from './stack.ts';
import { prepareToolbox, type Toolbox } from './toolbox.ts';

const TIMEOUT_MS = 240_000;
const [LINUX = ''] = (config.resourceClasses ?? []).map(({ resourceClass }) => resourceClass);
const TOKEN = 'CCIPAT_0123456789abcdef';

let toolbox: Toolbox;
let moto: Moto;
let folder: string;
let groups: AutoScalingClient;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  toolbox = await prepareToolbox();
  folder = await mkdtemp(join(tmpdir(), 'commands-'));
  moto = await startMoto(toolbox);
  await deployStack({ toolbox, moto, folder, name: config.name });
  const client = {
    endpoint: moto.url,
    region: REGION,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'not-a-secret' },
  };
  groups = new AutoScalingClient(client);
  secrets = new SecretsManagerClient(client);
  await logLine(new CloudWatchLogsClient(client));
}, TIMEOUT_MS);

afterAll(async () => {
  await moto?.end();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** What a pass over the first class writes. */
async function logLine(logs: CloudWatchLogsClient): Promise<void> {
  const name = { logGroupName: scalerLogGroup(config.name), logStreamName: 'container' };
  await logs.send(new CreateLogStreamCommand(name));
  const timestamp = Date.now();
  const message = outcomeLine(config.name, {
    fleet: fleet(groupName(config.name, LINUX), { resourceClass: LINUX, max: 20 }),
    at: timestamp,
    demand: { unclaimed: 3, running: 0 },
    waitedMs: 0,
    decision: { action: 'raise', desired: 3, want: 3, held: 0, reason: 'demand' },
    finishing: 0,
    holdBack: undefined,
    trouble: undefined,
    failure: undefined,
  });
  await logs.send(new PutLogEventsCommand({ ...name, logEvents: [{ timestamp, message }] }));
}

/** It knows no address but moto's, on this machine. */
async function typed(args: readonly string[], stdin = ''): Promise<Ended> {
  const ended = await runnerScaler(args, { env: awsEnvironment(toolbox, moto.url), stdin });
  process.stdout.write(`\n$ runner-scaler ${args.join(' ')}\n${ended.stderr}${ended.stdout}\n`);
  expect(ended.stderr).not.toMatch(/^ {4}at \S/m);
  return ended;
}

async function held(): Promise<{
  readonly hold: string | undefined;
  readonly suspended: readonly (string | undefined)[];
}> {
  const { AutoScalingGroups: [group] = [] } = await groups.send(
    new DescribeAutoScalingGroupsCommand({
      AutoScalingGroupNames: [groupName(config.name, LINUX)],
    }),
  );
  return {
    hold: group?.Tags?.find(({ Key }) => Key === TAG.hold)?.Value,
    suspended: group?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName) ?? [],
  };
}

test(
  'status shows what the log said last, and the capacity',
  async () => {
    const { code, stdout } = await typed(['status']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/acme\/linux\n {2}demand +3 waiting, 0 running \(\d+ s ago\)/);
  },
  TIMEOUT_MS,
);

test(
  'explain tells the decision',
  async () => {
    const { code, stdout } = await typed(['explain', LINUX]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/raised from 0 to 3, which is what the tasks need/);
  },
  TIMEOUT_MS,
);

test(
  'pause and resume write the tag and take it away',
  async () => {
    expect(await typed(['pause', LINUX])).toMatchObject({ code: 0 });
    expect((await held()).hold).toBe('paused');
    expect(await typed(['resume', LINUX])).toMatchObject({ code: 0 });
    expect((await held()).hold).toBeUndefined();
  },
  TIMEOUT_MS,
);

test(
  'drain holds the class, waits until it is empty, and lets it go',
  async () => {
    const drained = await typed(['drain', '--class', LINUX, '--wait']);
    expect(drained.code).toBe(0);
    expect(drained.stdout).toMatch(/nothing is launched any more; no machine is left/);
    expect(await held()).toEqual({ hold: 'drain', suspended: ['Launch'] });
    const ended = await typed(['drain', '--class', LINUX, '--end-now', '--yes', '--json']);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      mode: 'end-now',
      groups: [{ resourceClass: LINUX, held: true, capacity: { present: 0 } }],
      empty: true,
      ended: 0,
    });
    expect(await typed(['drain', '--class', LINUX, '--undo'])).toMatchObject({ code: 0 });
    expect(await held()).toEqual({ hold: undefined, suspended: [] });
  },
  TIMEOUT_MS,
);

test(
  'reconcile and doctor say that the API token is the placeholder',
  async () => {
    const dry = await typed(['reconcile', '--dry-run']);
    expect(dry.code).toBe(1);
    expect(dry.stdout).toMatch(/holds the placeholder/);
    const found = await typed(['doctor']);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/ok +stack /);
    expect(found.stdout).toMatch(
      /WRONG +secrets +the secret of the API token of CircleCI holds the/,
    );
    expect(found.stdout).toMatch(/ok +schedule /);
  },
  TIMEOUT_MS,
);

test(
  'secret set fills the runner token of a class, and no other',
  async () => {
    const { code, stdout, stderr } = await typed(['secret', 'set', LINUX], TOKEN);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(TOKEN);
    const { stdout: found } = await typed(['doctor']);
    expect(found).not.toMatch(/runner token of acme\/linux holds/);
    expect(found).toMatch(/runner token of acme\/linux-arm holds the placeholder/);
  },
  TIMEOUT_MS,
);

test(
  'secret set fills the API credential',
  async () => {
    const { code, stdout, stderr } = await typed(['secret', 'set', '--source', 'circleci'], TOKEN);
    expect(code).toBe(0);
    const [, id = ''] = /^filled: the API token of CircleCI, (arn:\S+)/.exec(stdout) ?? [];
    expect(stdout + stderr).not.toContain(TOKEN);
    // Read back, because a pass would now ask CircleCI itself.
    const stored = await secrets.send(new GetSecretValueCommand({ SecretId: id }));
    expect(stored.SecretString).toBe(TOKEN);
  },
  TIMEOUT_MS,
);

test(
  'every command refuses what is not there in one sentence',
  async () => {
    for (const args of [
      ['status', 'acme/linx'],
      ['explain', 'acme/linx'],
      ['pause', 'acme/linx'],
      ['resume', 'acme/linx'],
      ['drain', '--class', 'acme/linx'],
      ['secret', 'set', 'acme/linx'],
    ]) {
      const { code, stderr } = await typed(args, TOKEN);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /the resource class acme\/linx is unknown; did you mean acme\/linux\?\n/,
      );
    }
  },
  TIMEOUT_MS,
);
