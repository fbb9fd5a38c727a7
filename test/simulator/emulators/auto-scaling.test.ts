import {
  type AutoScalingClient,
  CompleteLifecycleActionCommand,
  CreateOrUpdateTagsCommand,
  DescribeScalingActivitiesCommand,
  DescribeAutoScalingGroupsCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
  type UpdateAutoScalingGroupCommandInput,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { World } from '../../../simulator/world/world.ts';
import { type AwsStage, awsStage, START } from './aws-stage.ts';

/** Every process there is, in the order of Auto Scaling's own list. */
const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
];

let stage: AwsStage;
let world: World;
let groups: AutoScalingClient;

beforeEach(async () => {
  stage = await awsStage();
  ({ world, groups } = stage);
});

afterEach(async () => {
  await stage.close();
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

  test('gives the record of a group, newest first, page by page', async () => {
    await desire(3);
    world.advanceTo(START + 200_000);
    const page = async (NextToken?: string) =>
      groups.send(
        new DescribeScalingActivitiesCommand({
          AutoScalingGroupName: 'g0',
          MaxRecords: 2,
          NextToken,
        }),
      );
    const first = await page();
    const last = await page(first.NextToken);
    expect([first.Activities?.length, last.Activities?.length]).toEqual([2, 1]);
    expect(last.NextToken).toBeUndefined();
    expect(first.Activities?.[0]).toMatchObject({
      AutoScalingGroupName: 'g0',
      Description: expect.stringMatching(/^Launching a new EC2 instance: i-[0-9a-f]{17}$/),
      StatusCode: 'Successful',
      StartTime: expect.any(Date),
      EndTime: expect.any(Date),
    });
  });

  test('refuses the record of a group that there is none of', async () => {
    const asked = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'none' });
    await expect(groups.send(asked)).rejects.toMatchObject({ name: 'ValidationError' });
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

  test.each([
    ['SuspendProcesses', SuspendProcessesCommand, [], PROCESSES],
    ['ResumeProcesses', ResumeProcessesCommand, PROCESSES, []],
  ] as const)('takes %s without a list as every process', async (_name, Command, before, after) => {
    world.suspendProcesses('g0', before);
    await groups.send(new Command({ AutoScalingGroupName: 'g0' }));
    const described = await stage.described('g0');
    expect(described?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName)).toEqual(after);
  });

  test.each<[what: string, sizes: Sizes]>([
    ['a minimum above the maximum', { MinSize: 5, MaxSize: 4 }],
    [
      'a minimum above the maximum, with a capacity',
      { MinSize: 5, MaxSize: 4, DesiredCapacity: 4 },
    ],
    ['a minimum above the maximum that is there', { MinSize: 11 }],
    ['a capacity above the maximum given with it', { MaxSize: 4, DesiredCapacity: 5 }],
    ['a capacity below the minimum given with it', { MinSize: 3, DesiredCapacity: 2 }],
    ['a capacity above the maximum that is there', { MinSize: 1, DesiredCapacity: 11 }],
    ['a size that is no number', { MinSize: 1, MaxSize: 'many' as never }],
  ])('applies nothing of an update with %s', async (_what, sizes) => {
    await expect(update(sizes)).rejects.toMatchObject({ name: 'ValidationError' });
    expect(world.groups()[0]).toMatchObject({ min: 0, max: 10, desired: 0 });
  });

  test('applies an update whole', async () => {
    await update({ MinSize: 1, MaxSize: 20, DesiredCapacity: 15 });
    expect(world.groups()[0]).toMatchObject({ min: 1, max: 20, desired: 15 });
    await update({ DesiredCapacity: 2 });
    expect(world.groups()[0]).toMatchObject({ min: 1, max: 20, desired: 2 });
  });

  test('keeps tags, which are then described and found', async () => {
    const tag = (Key: string, Value: string) => ({
      ResourceId: 'g1',
      ResourceType: 'auto-scaling-group',
      Key,
      Value,
      PropagateAtLaunch: false,
    });
    await groups.send(
      new CreateOrUpdateTagsCommand({ Tags: [tag('state', 'a'), tag('note', '<1> & "2"')] }),
    );
    await groups.send(new CreateOrUpdateTagsCommand({ Tags: [tag('state', 'b')] }));
    const { AutoScalingGroups = [] } = await groups.send(
      new DescribeAutoScalingGroupsCommand({ Filters: [{ Name: 'tag:state', Values: ['b'] }] }),
    );
    expect(AutoScalingGroups.map((group) => group.AutoScalingGroupName)).toEqual(['g1']);
    const tags = new Map(AutoScalingGroups[0]?.Tags?.map(({ Key, Value }) => [Key, Value]));
    expect([tags.get('state'), tags.get('note')]).toEqual(['b', '<1> & "2"']);
  });

  test('ends an instance and replaces it where its place stays', async () => {
    await desire(1);
    world.advanceTo(START + 20_000);
    const id = world.groups()[0]?.instances[0]?.id;
    await groups.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: id,
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    world.advanceTo(START + 200_000);
    expect(world.groups()[0]).toMatchObject({ desired: 1, instances: [expect.anything()] });
    expect(world.groups()[0]?.instances[0]?.id).not.toBe(id);
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
      'a page of nothing',
      async () => groups.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 0 })),
      { name: 'ValidationError' },
    ],
    [
      'a token that it never gave',
      async () => groups.send(new DescribeAutoScalingGroupsCommand({ NextToken: 'no-such' })),
      { name: 'InvalidNextToken' },
    ],
    [
      'a filter it does not know',
      async () =>
        groups.send(
          new DescribeAutoScalingGroupsCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] }),
        ),
      { name: 'ValidationError', message: expect.stringContaining('colour') },
    ],
    [
      'processes of an unknown group',
      async () => groups.send(new SuspendProcessesCommand({ AutoScalingGroupName: 'nobody' })),
      { name: 'ValidationError', message: 'AutoScalingGroup name not found - null' },
    ],
    [
      'bounds of an unknown group',
      async () => update({ MaxSize: 1 }, 'nobody'),
      { name: 'ValidationError', message: 'AutoScalingGroup name not found - null' },
    ],
    [
      'no tags to keep',
      async () => groups.send(new CreateOrUpdateTagsCommand({ Tags: [] })),
      { name: 'ValidationError', message: expect.stringContaining("Value null at 'tags'") },
    ],
    [
      'an unknown instance to end',
      async () =>
        groups.send(
          new TerminateInstanceInAutoScalingGroupCommand({
            InstanceId: 'i-00000000000000000',
            ShouldDecrementDesiredCapacity: true,
          }),
        ),
      { name: 'ValidationError' },
    ],
    [
      'an end that leaves the place unsaid',
      async () => {
        await desire(1);
        world.advanceTo(START + 20_000);
        return groups.send(
          new TerminateInstanceInAutoScalingGroupCommand({
            InstanceId: world.groups()[0]?.instances[0]?.id,
            ShouldDecrementDesiredCapacity: undefined,
          }),
        );
      },
      {
        name: 'ValidationError',
        message: expect.stringContaining("Value null at 'shouldDecrementDesiredCapacity'"),
      },
    ],
    [
      'a launch hook with another result',
      async () => complete('MAYBE'),
      { name: 'ValidationError' },
    ],
    [
      'a launch hook that does not wait',
      async () => complete('CONTINUE'),
      { name: 'ValidationError', message: expect.stringContaining('No active Lifecycle Action') },
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
    const unsigned = await fetch(stage.url, { method: 'POST', body });
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining('<Code>MissingAuthenticationToken</Code>'),
    ]);
    const unknown = await fetch(stage.url, {
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

test('a page holds 50 groups unless told', async () => {
  const many = await awsStage(Array.from({ length: 51 }, (_, index) => `acme/c${index}`));
  const pages = [];
  let token: string | undefined;
  do {
    const page = await many.groups.send(new DescribeAutoScalingGroupsCommand({ NextToken: token }));
    pages.push(page.AutoScalingGroups?.length);
    token = page.NextToken;
  } while (token !== undefined);
  await many.close();
  expect(pages).toEqual([50, 1]);
});

type Sizes = Omit<UpdateAutoScalingGroupCommandInput, 'AutoScalingGroupName'>;

async function update(sizes: Sizes, AutoScalingGroupName = 'g0') {
  return groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...sizes }));
}

/** Completes the launch hook of an instance that is in service. */
async function complete(LifecycleActionResult: string) {
  await desire(1);
  world.advanceTo(START + 200_000);
  const [instance] = world.groups()[0]?.instances ?? [];
  expect(instance?.lifecycle).toBe('InService');
  return groups.send(
    new CompleteLifecycleActionCommand({
      AutoScalingGroupName: 'g0',
      LifecycleHookName: 'runner-ready',
      LifecycleActionResult,
      InstanceId: instance?.id,
    }),
  );
}

async function desire(DesiredCapacity: number, AutoScalingGroupName = 'g0') {
  return groups.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));
}
