import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  DescribeAutoScalingGroupsCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { awsEmulator } from '../../../simulator/emulators/aws.ts';
import type { Secrets } from '../../../simulator/emulators/secrets-manager.ts';
import { type RunningServer, serve } from '../../../simulator/emulators/server.ts';
import { createWorld, type World } from '../../../simulator/world/world.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const CLASSES = ['acme/linux', 'acme/arm', 'acme/large'];

let world: World;
let secrets: Secrets;
let server: RunningServer;
let groups: AutoScalingClient;
let vault: SecretsManagerClient;

beforeEach(async () => {
  world = createWorld({
    seed: 1,
    startAt: START,
    tasks: [],
    scaler: 'ci',
    fleets: CLASSES.map((resourceClass, index) => ({
      group: `g${index}`,
      resourceClass,
      min: 0,
      max: 10,
      headroom: 0,
      idleTimeoutMs: 300_000,
      maxRunTimeMs: 3_600_000,
      spot: false,
      pricePerHour: 0.1,
    })),
  });
  secrets = new Map([
    ['full', 'bare-token'],
    ['empty', undefined],
  ]);
  server = await serve(awsEmulator({ groups: world, secrets }));
  const config = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  };
  groups = new AutoScalingClient(config);
  vault = new SecretsManagerClient(config);
});

afterEach(async () => {
  await server.close();
});

describe('Auto Scaling, as the SDK sees it', () => {
  test('describes groups with their tags and instances', async () => {
    await desire(2);
    world.advanceTo(START + 10_000);
    const { AutoScalingGroups } = await groups.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['g0'] }),
    );
    expect(AutoScalingGroups).toEqual([
      expect.objectContaining({
        AutoScalingGroupName: 'g0',
        MinSize: 0,
        MaxSize: 10,
        DesiredCapacity: 2,
        NewInstancesProtectedFromScaleIn: true,
        Tags: expect.arrayContaining([
          expect.objectContaining({ Key: 'runner-scaler:resource-class', Value: 'acme/linux' }),
        ]),
        Instances: [0, 1].map(() =>
          expect.objectContaining({
            InstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
            LifecycleState: expect.stringMatching(/^Pending/),
            HealthStatus: 'Healthy',
          }),
        ),
      }),
    ]);
  });

  test('gives its groups page by page', async () => {
    const first = await groups.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 2 }));
    expect(first.AutoScalingGroups?.map((group) => group.AutoScalingGroupName)).toEqual([
      'g0',
      'g1',
    ]);
    const last = await groups.send(
      new DescribeAutoScalingGroupsCommand({ MaxRecords: 2, NextToken: first.NextToken }),
    );
    expect(last.AutoScalingGroups?.map((group) => group.AutoScalingGroupName)).toEqual(['g2']);
    expect(last.NextToken).toBeUndefined();
  });

  test.each([
    ['tag:runner-scaler:name', 'ci', 3],
    ['tag:runner-scaler:name', 'other', 0],
    ['tag:runner-scaler:resource-class', 'acme/arm', 1],
    ['tag-key', 'runner-scaler:source', 3],
    ['tag-value', 'acme/large', 1],
  ])('filters by %s = %s', async (Name, value, expected) => {
    const { AutoScalingGroups } = await groups.send(
      new DescribeAutoScalingGroupsCommand({ Filters: [{ Name, Values: [value] }] }),
    );
    expect(AutoScalingGroups).toHaveLength(expected);
  });

  test('sets capacity and bounds, suspends and resumes', async () => {
    await groups.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: 'g0', MaxSize: 4, MinSize: 1 }),
    );
    const process = { AutoScalingGroupName: 'g0', ScalingProcesses: ['AZRebalance', 'Launch'] };
    await groups.send(new SuspendProcessesCommand(process));
    await groups.send(
      new ResumeProcessesCommand({ ...process, ScalingProcesses: ['AZRebalance'] }),
    );
    expect(world.groups()[0]).toMatchObject({ min: 1, max: 4, desired: 1, suspended: ['Launch'] });
  });

  test('completes a launch hook, and ends an instance with its place in the capacity', async () => {
    await desire(1);
    world.advanceTo(START + 20_000);
    const id = world.groups()[0]?.instances[0]?.id;
    await groups.send(
      new CompleteLifecycleActionCommand({
        AutoScalingGroupName: 'g0',
        LifecycleHookName: 'runner-ready',
        LifecycleActionResult: 'CONTINUE',
        InstanceId: id,
      }),
    );
    world.advanceTo(START + 40_000);
    expect(world.groups()[0]?.instances[0]?.lifecycle).toBe('InService');
    const { Activity } = await groups.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: id,
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    expect(Activity).toMatchObject({ StatusCode: 'InProgress' });
    expect(world.groups()[0]?.desired).toBe(0);
  });

  test.each<[name: string, send: () => Promise<unknown>, error: object]>([
    [
      'a value above the maximum',
      async () => desire(11),
      {
        name: 'ValidationError',
        message: 'New SetDesiredCapacity value 11 is above max value 10 for the AutoScalingGroup.',
      },
    ],
    [
      'an unknown group',
      async () => desire(1, 'nobody'),
      { name: 'ValidationError', message: 'AutoScalingGroup name not found - null' },
    ],
    [
      'a missing parameter',
      async () =>
        groups.send(
          new SetDesiredCapacityCommand({ AutoScalingGroupName: 'g0', DesiredCapacity: undefined }),
        ),
      {
        name: 'ValidationError',
        message: expect.stringContaining("Value null at 'desiredCapacity'"),
      },
    ],
    [
      'a page that is too large',
      async () => groups.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 101 })),
      { name: 'ValidationError' },
    ],
    [
      'a decrement at the minimum',
      async () => {
        world.setBounds('g0', 1, 10);
        world.advanceTo(START + 20_000);
        return groups.send(
          new TerminateInstanceInAutoScalingGroupCommand({
            InstanceId: world.groups()[0]?.instances[0]?.id,
            ShouldDecrementDesiredCapacity: true,
          }),
        );
      },
      {
        name: 'ValidationError',
        message: expect.stringContaining('Currently, desiredSize equals minSize (1)'),
      },
    ],
  ])('refuses %s as AWS does', async (_name, send, error) => {
    await expect(send()).rejects.toMatchObject(error);
  });

  test('refuses what is not signed, and what it does not know', async () => {
    const body = 'Action=DescribeAutoScalingGroups';
    const unsigned = await fetch(server.url, { method: 'POST', body });
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining('<Code>MissingAuthenticationToken</Code>'),
    ]);
    const unknown = await fetch(server.url, {
      method: 'POST',
      body: 'Action=toString',
      headers: { authorization: 'x' },
    });
    expect([unknown.status, await unknown.text()]).toEqual([
      400,
      expect.stringContaining('<Code>InvalidAction</Code>'),
    ]);
  });
});

describe('Secrets Manager, as the SDK sees it', () => {
  test('gives a secret and takes another value', async () => {
    const read = async () => vault.send(new GetSecretValueCommand({ SecretId: 'full' }));
    expect((await read()).SecretString).toBe('bare-token');
    await vault.send(new PutSecretValueCommand({ SecretId: 'full', SecretString: 'other' }));
    expect((await read()).SecretString).toBe('other');
  });

  test.each([
    ['empty', 'staging label: AWSCURRENT'],
    ['nobody', "can't find the specified secret."],
  ])('refuses the secret %s', async (SecretId, words) => {
    await expect(vault.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining(words),
    });
  });
});

async function desire(DesiredCapacity: number, AutoScalingGroupName = 'g0') {
  return groups.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));
}
