import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, test } from '@jest/globals';
import { encodeFleetTags, TAG } from '../../../../lambda/scaler/contract.ts';
import { autoScalingFleets } from '../../../../lambda/scaler/fleet/auto-scaling.ts';
import {
  activitiesAnswer,
  describeAnswer,
  doneAnswer,
  errorAnswer,
  type GroupAnswer,
} from '../../../auto-scaling-answers.ts';
import { type Answer, startServer, type TestServer } from '../../../http-server.ts';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
});

describe('discovery', () => {
  test('asks for the groups that bear the tag of this scaler, a hundred at a time', async () => {
    const { discover, asked } = await fleets(() => describeAnswer([]));
    expect(await discover()).toEqual({
      lookedFor: 'the tag runner-scaler:name = ci',
      fleets: [],
      rejected: [],
    });
    expect(asked()).toEqual([
      {
        Action: 'DescribeAutoScalingGroups',
        Version: '2011-01-01',
        MaxRecords: '100',
        'Filters.member.1.Name': 'tag:runner-scaler:name',
        'Filters.member.1.Values.member.1': 'ci',
      },
    ]);
  });

  test('follows the pages to the last', async () => {
    const { discover, asked } = await fleets((form) =>
      form.get('NextToken') === 'two'
        ? describeAnswer([group('b')])
        : describeAnswer([group('a')], 'two'),
    );
    expect((await discover()).fleets.map((fleet) => fleet.group)).toEqual(['a', 'b']);
    expect(asked()).toHaveLength(2);
  });

  test('reads bounds, capacity and what the instances do', async () => {
    const { discover } = await fleets(() =>
      describeAnswer([
        {
          ...group('a'),
          tags: { ...group('a').tags, [TAG.hold]: 'drain', [TAG.holdBack]: 'none' },
          min: 1,
          max: 9,
          desired: 5,
          suspended: ['AZRebalance', 'Launch'],
          more: '<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>7</Version></LaunchTemplate>',
          instances: [
            'Pending',
            'Pending:Wait',
            'Pending:Proceed',
            'InService',
            'InService unprotected',
            'Terminating unprotected',
            'Terminating:Wait',
            'Detached',
          ],
        },
      ]),
    );
    expect((await discover()).fleets).toEqual([
      {
        group: 'a',
        source: 'circleci',
        resourceClass: 'acme/a',
        headroom: 0,
        min: 1,
        max: 9,
        desired: 5,
        pending: ['i-0', 'i-1', 'i-2'],
        proceeding: ['i-2'],
        inService: ['i-3', 'i-4'],
        done: ['i-4'],
        ending: ['i-5', 'i-6'],
        suspended: ['AZRebalance', 'Launch'],
        suspendedBecause: new Map([
          ['AZRebalance', 'User suspended at 2026-03-02T08:00:00Z'],
          ['Launch', 'User suspended at 2026-03-02T08:00:00Z'],
        ]),
        hold: 'drain',
        holdBack: 'none',
        template: '7',
      },
    ]);
  });

  test('describes groups again by their names, as long as they bear the tag', async () => {
    const { port, asked } = await fleets(() =>
      describeAnswer([group('a'), { ...group('b'), protects: false }]),
    );
    const found = await port.describe(['a', 'b', 'c'], signal());
    expect(found.map((fleet) => fleet.group)).toEqual(['a']);
    expect(asked()).toEqual([
      {
        Action: 'DescribeAutoScalingGroups',
        Version: '2011-01-01',
        MaxRecords: '100',
        'AutoScalingGroupNames.member.1': 'a',
        'AutoScalingGroupNames.member.2': 'b',
        'AutoScalingGroupNames.member.3': 'c',
        'Filters.member.1.Name': 'tag:runner-scaler:name',
        'Filters.member.1.Values.member.1': 'ci',
      },
    ]);
  });

  test('leaves out a group that is being deleted', async () => {
    const { discover } = await fleets(() =>
      describeAnswer([{ ...group('a'), status: 'Delete in progress' }]),
    );
    expect(await discover()).toMatchObject({ fleets: [], rejected: [] });
  });

  test('rejects a group whose tags make no sense, and serves the others', async () => {
    const { discover } = await fleets(() =>
      describeAnswer([{ name: 'odd', tags: { [TAG.name]: 'ci' } }, group('a')]),
    );
    const found = await discover();
    expect(found.fleets.map((fleet) => fleet.group)).toEqual(['a']);
    expect(found.rejected).toEqual([
      { group: 'odd', problem: expect.stringContaining('tag runner-scaler:source is missing') },
    ]);
  });

  test('serves neither of two groups of one class, which would each start a runner per task', async () => {
    const { discover } = await fleets(() =>
      describeAnswer([group('a'), { ...group('b'), tags: group('a').tags ?? {} }, group('c')]),
    );
    const found = await discover();
    expect(found.fleets.map((fleet) => fleet.group)).toEqual(['c']);
    expect(found.rejected.map((each) => each.group)).toEqual(['a', 'b']);
    expect(found.rejected[0]?.problem).toBe(
      'the resource class acme/a is served by 2 groups (a, b); ' +
        'remove the tag runner-scaler:name from all but one',
    );
  });
});

describe("a page of a group's record", () => {
  test('is asked for by name, and boiled down to launches and ends', async () => {
    const { port, asked } = await fleets(() =>
      activitiesAnswer(
        [
          {
            description: 'Launching a new EC2 instance: i-0a1',
            status: 'Cancelled',
            sentence: 'was abandoned: Heartbeat Timeout',
            start: '2026-03-02T09:00:00Z',
            end: '2026-03-02T09:10:00Z',
          },
          {
            description: 'Launching a new EC2 instance.  Status Reason: no capacity',
            status: 'Failed',
            start: '2026-03-02T08:59:00Z',
          },
          {
            description: 'Terminating EC2 instance: i-0a2',
            status: 'Successful',
            start: '2026-03-02T08:58:00Z',
          },
          {
            description: 'Adding to a load balancer',
            status: 'Odd',
            start: '2026-03-02T08:57:00Z',
          },
        ],
        'two',
      ),
    );
    const minute = (time: string) => Date.parse(`2026-03-02T${time}:00Z`);
    expect(await port.activities('a', undefined, signal())).toEqual({
      next: 'two',
      activities: [
        {
          kind: 'launch',
          status: 'Cancelled',
          instanceId: 'i-0a1',
          sentence: 'was abandoned: Heartbeat Timeout',
          startedAt: minute('09:00'),
          endedAt: minute('09:10'),
        },
        {
          kind: 'launch',
          status: 'Failed',
          instanceId: undefined,
          sentence: '',
          startedAt: minute('08:59'),
          endedAt: undefined,
        },
        {
          kind: 'end',
          status: 'Successful',
          instanceId: 'i-0a2',
          sentence: '',
          startedAt: minute('08:58'),
          endedAt: undefined,
        },
      ],
    });
    await port.activities('a', 'two', signal());
    expect(asked().map(({ NextToken }) => NextToken)).toEqual([undefined, 'two']);
    expect(asked()[0]).toEqual({
      Action: 'DescribeScalingActivities',
      Version: '2011-01-01',
      AutoScalingGroupName: 'a',
      MaxRecords: '100',
    });
  });
});

describe('a change', () => {
  test('sets the desired capacity without a cooldown', async () => {
    const { port, asked } = await fleets(() => doneAnswer('SetDesiredCapacity'));
    await port.setDesiredCapacity('a', 7, signal());
    expect(asked()).toEqual([
      {
        Action: 'SetDesiredCapacity',
        Version: '2011-01-01',
        AutoScalingGroupName: 'a',
        DesiredCapacity: '7',
        HonorCooldown: 'false',
      },
    ]);
  });

  test('suspends the processes that are named, and nothing else', async () => {
    const { port, asked } = await fleets(() => doneAnswer('SuspendProcesses'));
    await port.suspend('a', ['AZRebalance', 'AlarmNotification'], signal());
    expect(asked()).toEqual([
      {
        Action: 'SuspendProcesses',
        Version: '2011-01-01',
        AutoScalingGroupName: 'a',
        'ScalingProcesses.member.1': 'AZRebalance',
        'ScalingProcesses.member.2': 'AlarmNotification',
      },
    ]);
  });

  test('resumes the processes that are named, and nothing else', async () => {
    const { port, asked } = await fleets(() => doneAnswer('ResumeProcesses'));
    await port.resume('a', ['Launch'], signal());
    expect(asked()).toEqual([
      {
        Action: 'ResumeProcesses',
        Version: '2011-01-01',
        AutoScalingGroupName: 'a',
        'ScalingProcesses.member.1': 'Launch',
      },
    ]);
  });

  test('keeps a hold-back as a tag of the group, and not of its instances', async () => {
    const { port, asked } = await fleets(() => doneAnswer('CreateOrUpdateTags'));
    await port.keep('a', { holdBack: 'none' }, signal());
    expect(asked()).toEqual([
      {
        Action: 'CreateOrUpdateTags',
        Version: '2011-01-01',
        'Tags.member.1.ResourceId': 'a',
        'Tags.member.1.ResourceType': 'auto-scaling-group',
        'Tags.member.1.Key': 'runner-scaler:hold-back',
        'Tags.member.1.Value': 'none',
        'Tags.member.1.PropagateAtLaunch': 'false',
      },
    ]);
  });

  test('keeps what it is given in one call', async () => {
    const { port, asked } = await fleets(() => doneAnswer('CreateOrUpdateTags'));
    await port.keep('a', { holdBack: 'none', lastUsed: '2026-03-02' }, signal());
    expect(asked()).toMatchObject([
      {
        'Tags.member.1.Key': 'runner-scaler:hold-back',
        'Tags.member.2.Key': 'runner-scaler:last-used',
        'Tags.member.2.Value': '2026-03-02',
      },
    ]);
  });

  test.each<[name: string, answer: Answer, kind: string]>([
    [
      'a group that is gone',
      errorAnswer(400, 'ValidationError', 'AutoScalingGroup name not found - null'),
      'gone',
    ],
    [
      'a value beyond the bounds',
      errorAnswer(400, 'ValidationError', 'New SetDesiredCapacity value 3 is above max value 2'),
      'refused',
    ],
    ['another change under way', errorAnswer(400, 'ScalingActivityInProgress'), 'contention'],
    ['contention', errorAnswer(500, 'ResourceContention'), 'contention'],
    ['a throttle', errorAnswer(400, 'Throttling', 'Rate exceeded'), 'throttled'],
    ['a missing permission', errorAnswer(403, 'AccessDenied'), 'denied'],
    ['an error page', { status: 500, body: '<html>' }, 'unavailable'],
    ['a reset', 'reset', 'unavailable'],
  ])('fails with a kind of its own on %s', async (_name, answer, kind) => {
    const { port } = await fleets(() => answer);
    await expect(port.setDesiredCapacity('a', 7, signal())).rejects.toMatchObject({
      name: 'FleetError',
      kind,
      message: expect.stringContaining('setting the desired capacity of a to 7 failed ('),
    });
  });

  test('ends with the time of the pass', async () => {
    const over = new AbortController();
    const { port } = await fleets(() => {
      over.abort();
      return 'hang';
    });
    await expect(port.setDesiredCapacity('a', 7, over.signal)).rejects.toMatchObject({
      kind: 'timeout',
    });
  });
});

function group(name: string): GroupAnswer {
  const tags = { source: 'circleci', resourceClass: `acme/${name}`, headroom: 0 } as const;
  return { name, tags: encodeFleetTags('ci', tags) };
}

function signal() {
  return new AbortController().signal;
}

async function fleets(answer: (form: URLSearchParams) => Answer) {
  const started = await startServer(({ body }) => answer(new URLSearchParams(body)));
  server = started;
  const client = new AutoScalingClient({
    endpoint: started.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    // The pauses between the SDK's own attempts are the SDK's business, not this test's.
    maxAttempts: 1,
  });
  const port = autoScalingFleets({ client, name: 'ci' });
  return {
    port,
    discover: async () => port.discover(signal()),
    asked: () => started.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body))),
  };
}
