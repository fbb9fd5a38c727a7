/** A stack for GitLab alone, deployed by the CDK, and its function, which reads a GitLab on this machine. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCHEDULE_EVENT, TAG } from '../../lambda/scaler/contract.ts';
import { gitLabEmulator } from '../../simulator/emulators/gitlab.ts';
import { serve } from '../../simulator/emulators/server.ts';
import { run } from './child.ts';
import { type Invocation, startFunction } from './lambda-service.ts';
import { type AwsCli, awsCli, awsEnvironment, REGION, startMoto } from './moto.ts';
import { deployStack, idsOf, readFunction } from './stack.ts';
import { prepareToolbox } from './toolbox.ts';

const TIMEOUT_MS = 400_000;
const NAME = 'ci-gitlab';
const TOKEN = 'glpat-of-the-scaler';
const UNCLAIMED: Record<string, number> = { spot: 3, large: 0 };
const RUNNING: Record<string, number> = { spot: 0, large: 0 };

const ends: (() => Promise<unknown>)[] = [];
let aws: AwsCli;
let outputs: Readonly<Record<string, string>>;
let isAdministrator = false;
let wake: () => Promise<Invocation>;
let shell: (command: string, typed: string) => Promise<string>;

beforeAll(async () => {
  const toolbox = await prepareToolbox();
  const folder = await mkdtemp(join(tmpdir(), 'gitlab-stack-'));
  ends.push(async () => rm(folder, { recursive: true, force: true }));
  const runners = [
    { id: 101, resourceClass: 'spot' },
    { id: 102, resourceClass: 'large' },
  ];
  const counts = {
    resourceClasses: new Set(Object.keys(UNCLAIMED)),
    readRunning: (name: string) => RUNNING[name] ?? 0,
    readUnclaimed: (name: string) => UNCLAIMED[name] ?? 0,
  };
  const gitlab = await serve((request) =>
    gitLabEmulator({ token: TOKEN, runners, counts, isAdministrator })(request),
  );
  ends.push(async () => gitlab.close());
  const config = join(folder, 'gitlab.config.ts');
  const fleets = runners.map(({ id, resourceClass }) => ({
    name: resourceClass,
    runner: id,
    max: 5,
  }));
  await writeFile(
    config,
    `export const config = ${JSON.stringify({
      name: NAME,
      gitlab: { url: gitlab.url, scope: 'instance', fleets },
    })};\n`,
  );
  const moto = await startMoto(toolbox);
  ends.push(async () => moto.end());
  const options = { toolbox, moto, folder, name: NAME, config };
  outputs = await deployStack(options);
  aws = awsCli(toolbox, moto.url);
  const lambda = await startFunction({
    toolbox,
    deployed: await readFunction(options),
    environment: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'AKIAFUNCTION',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_SESSION_TOKEN: 'not-a-token',
      AWS_ENDPOINT_URL: moto.url,
      NODE_OPTIONS: `--require=${fileURLToPath(new URL('function-preload.cjs', import.meta.url))}`,
    },
  });
  ends.push(async () => lambda.end());
  wake = async () => lambda.invoke(JSON.stringify(SCHEDULE_EVENT));
  shell = async (command, typed) =>
    run({
      command: 'bash',
      args: ['-c', command],
      input: `${typed}\n`,
      env: awsEnvironment(toolbox, moto.url),
    });
}, TIMEOUT_MS);

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

test('a group for each runner says which one, and nothing of CircleCI was made', async () => {
  const tags = await tagsOf('spot');
  expect(tags).toMatchObject({ [TAG.source]: 'gitlab', [TAG.demand]: '{"runner":101}' });
  expect(JSON.stringify(outputs)).not.toMatch(/circleci/i);
  expect(await idsOf(aws, NAME, 'AWS::SecretsManager::Secret')).toHaveLength(3);
});

test('the token of somebody who is no administrator, whom GitLab shows an empty queue, is refused', async () => {
  const fills = Object.entries(outputs).filter(([name]) => name.includes('Fill'));
  expect(fills).toHaveLength(3);
  for (const [name, command] of fills) {
    await shell(command, name.startsWith('Scaler') ? TOKEN : `glrt-of-${name}`);
  }
  const { error } = await wake();
  expect(error?.errorMessage).toContain('no administrator');
  expect(await desired('spot')).toBe(0);
});

test('what waits and what runs becomes capacity, up to the maximum', async () => {
  isAdministrator = true;
  expect(await wake()).toMatchObject({ error: undefined });
  expect([await desired('spot'), await desired('large')]).toEqual([3, 0]);
  Object.assign(RUNNING, { spot: 3 });
  Object.assign(UNCLAIMED, { spot: 0, large: 9 });
  expect(await wake()).toMatchObject({ error: undefined });
  expect([await desired('spot'), await desired('large')]).toEqual([3, 5]);
});

interface Group {
  readonly DesiredCapacity: number;
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
}

async function groupOf(name: string): Promise<Group> {
  const { AutoScalingGroups } = (await aws(
    'autoscaling',
    'describe-auto-scaling-groups',
    '--filters',
    `Name=tag:${TAG.resourceClass},Values=${name}`,
  )) as { AutoScalingGroups: readonly Group[] };
  const [group] = AutoScalingGroups;
  if (group === undefined) throw new Error(`no group has the class ${name}`);
  return group;
}

async function desired(name: string): Promise<number> {
  return (await groupOf(name)).DesiredCapacity;
}

async function tagsOf(name: string): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await groupOf(name)).Tags.map(({ Key, Value }) => [Key, Value]));
}
