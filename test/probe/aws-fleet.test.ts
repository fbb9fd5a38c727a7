/** The adapter to AWS, with the real SDK, against a server that answers as AWS documents it. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { awsFleet } from '../../probe/aws-fleet.ts';
import { NotMeasured, type ProbedFleet } from '../../probe/port.ts';
import { describeAnswer, doneAnswer, errorAnswer } from '../auto-scaling-answers.ts';
import { type Answer, startServer, type TestServer } from '../http-server.ts';

let answers: Answer[];
let server: TestServer;
let stop: AbortController;
let fleet: ProbedFleet;

beforeEach(async () => {
  answers = [];
  // The last answer is given again and again.
  server = await startServer(() => (answers.length > 1 ? answers.shift() : answers[0]) ?? 'reset');
  stop = new AbortController();
  const client = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAPROBE', secretAccessKey: 'not-a-secret' },
    maxAttempts: 1,
  };
  fleet = awsFleet({
    autoScaling: new AutoScalingClient(client),
    ec2: new EC2Client(client),
    group: 'probe',
    claims: { firstAt: async () => 7 },
    signal: stop.signal,
    busyPauseMs: 0,
  });
});

afterEach(async () => {
  await server.close();
});

describe('looking', () => {
  test('lists the instances of the group as Auto Scaling calls them', async () => {
    answers = [describeAnswer([{ name: 'probe', instances: ['Pending:Wait', 'Terminating'] }])];
    expect(await fleet.instances()).toEqual([
      { id: 'i-0', lifecycle: 'Pending:Wait' },
      { id: 'i-1', lifecycle: 'Terminating' },
    ]);
  });

  test('a group that is gone is an error', async () => {
    answers = [describeAnswer([])];
    await expect(fleet.instances()).rejects.toThrow('the group probe is gone');
  });

  test("tells EC2's state of a machine, and asks by a filter", async () => {
    answers = [machines('shutting-down')];
    expect(await fleet.machineState('i-1')).toBe('shutting-down');
    expect(asked()).toMatchObject({ 'Filter.1.Name': 'instance-id', 'Filter.1.Value.1': 'i-1' });
  });

  test('a machine that EC2 does not know yet has no state', async () => {
    answers = [machines()];
    expect(await fleet.machineState('i-1')).toBeUndefined();
  });
});

describe('a machine by LaunchInstances', () => {
  test('is launched into one of the zones of the group, and not tried again by it', async () => {
    const more = '<AvailabilityZones><member>eu-west-1b</member></AvailabilityZones>';
    answers = [describeAnswer([{ name: 'probe', desired: 3, more }])];
    expect(await fleet.zones()).toEqual(['eu-west-1b']);
    expect(await fleet.desiredCapacity()).toBe(3);
    answers = [launchAnswer('i-7')];
    expect(await fleet.launchIn('eu-west-1b')).toBe('i-7');
    expect(asked()).toMatchObject({
      Action: 'LaunchInstances',
      AutoScalingGroupName: 'probe',
      RequestedCapacity: '1',
      'AvailabilityZones.member.1': 'eu-west-1b',
      RetryStrategy: 'none',
    });
  });

  test('that takes longer than its call is waited for by the same call', async () => {
    answers = [errorAnswer(500, 'IdempotentCallInProgress'), launchAnswer('i-7')];
    expect(await fleet.launchIn('us-east-1a')).toBe('i-7');
    const tokens = server.received.map(({ body }) => new URLSearchParams(body).get('ClientToken'));
    expect(tokens).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), tokens[0]]);
  });

  test('each has a call of its own', async () => {
    answers = [launchAnswer('i-7')];
    await fleet.launchIn('us-east-1a');
    const { ClientToken } = asked();
    await fleet.launchIn('us-east-1a');
    expect(asked()['ClientToken']).not.toBe(ClientToken);
  });

  test.each([
    [403, 'AccessDenied', 'not authorized to perform: ec2:CreateFleet'],
    [400, 'ValidationError', 'a policy of both On-Demand and Spot is not supported'],
    [400, 'InvalidAction', 'Could not find operation LaunchInstances'],
  ])('refused with %d %s leaves the figure out', async (status, code, message) => {
    answers = [errorAnswer(status, code, message)];
    const launching = fleet.launchIn('us-east-1a');
    await expect(launching).rejects.toThrow(NotMeasured);
    await expect(launching).rejects.toThrow(`LaunchInstances was refused: ${code}: ${message}`);
  });

  test('answered with a page that is not of AWS leaves the figure out', async () => {
    answers = [{ status: 500, body: '<html><title>500</html>' }];
    await expect(fleet.launchIn('us-east-1a')).rejects.toThrow(NotMeasured);
  });

  test('that EC2 could not give is told in its words', async () => {
    answers = [launchAnswer()];
    const launching = fleet.launchIn('us-east-1a');
    await expect(launching).rejects.toThrow(NotMeasured);
    await expect(launching).rejects.toThrow(
      'LaunchInstances launched nothing: InsufficientInstanceCapacity: no m7i.large here',
    );
  });

  test('a connection that breaks is no refusal', async () => {
    answers = ['reset'];
    await expect(fleet.launchIn('us-east-1a')).rejects.not.toThrow(NotMeasured);
  });
});

describe('a group that is busy', () => {
  test.each(['ScalingActivityInProgress', 'ResourceContention'])(
    '%s: the call is made again until it is taken',
    async (code) => {
      answers = [errorAnswer(400, code), errorAnswer(400, code), doneAnswer('SetDesiredCapacity')];
      await fleet.setDesiredCapacity(1);
      expect(server.received).toHaveLength(3);
      expect(asked()).toMatchObject({ AutoScalingGroupName: 'probe', DesiredCapacity: '1' });
    },
  );

  test('for ever: the round goes without that figure', async () => {
    answers = [errorAnswer(400, 'ScalingActivityInProgress', 'a launch is under way')];
    const ending = fleet.terminate('i-1', { decrement: true });
    await expect(ending).rejects.toThrow(NotMeasured);
    await expect(ending).rejects.toThrow('the group refused: a launch is under way');
    expect(server.received).toHaveLength(10);
  });

  test('another refusal of a capacity ends the run', async () => {
    answers = [errorAnswer(403, 'AccessDenied', 'not authorized')];
    await expect(fleet.setDesiredCapacity(1)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(server.received).toHaveLength(1);
  });
});

describe('ending an instance', () => {
  test.each([true, false])('with decrement %s', async (decrement) => {
    answers = [doneAnswer('TerminateInstanceInAutoScalingGroup')];
    await fleet.terminate('i-1', { decrement });
    expect(asked()).toMatchObject({
      InstanceId: 'i-1',
      ShouldDecrementDesiredCapacity: String(decrement),
    });
  });

  test('that has ended meanwhile is no error', async () => {
    answers = [errorAnswer(400, 'ValidationError', 'Instance Id not found - No managed instance')];
    await expect(fleet.terminate('i-1', { decrement: false })).resolves.toBeUndefined();
  });

  test('that the group will not end leaves the figure out', async () => {
    answers = [errorAnswer(400, 'ValidationError', 'the instance is not in service')];
    await expect(fleet.terminate('i-1', { decrement: false })).rejects.toThrow(NotMeasured);
  });
});

describe('a run that is stopped', () => {
  test('wakes from its sleep with the reason', async () => {
    const sleeping = fleet.sleep(3_600_000);
    stop.abort(new Error('stopped by SIGINT'));
    await expect(sleeping).rejects.toThrow('stopped by SIGINT');
  });

  test('asks for nothing more', async () => {
    stop.abort(new Error('stopped by SIGINT'));
    await expect(fleet.setDesiredCapacity(1)).rejects.toThrow('stopped by SIGINT');
    expect(server.received).toEqual([]);
  });
});

/** The fields of the last request. */
function asked(): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(server.received.at(-1)?.body));
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchInstances.html */
function launchAnswer(id?: string): Answer {
  const zone = '<AvailabilityZone>us-east-1a</AvailabilityZone>';
  const launched =
    id === undefined
      ? ''
      : `<member>${zone}<MarketType>OnDemand</MarketType>
         <InstanceIds><member>${id}</member></InstanceIds></member>`;
  const error =
    id === undefined
      ? `<member>${zone}<ErrorCode>InsufficientInstanceCapacity</ErrorCode>
         <ErrorMessage>no m7i.large here</ErrorMessage></member>`
      : '';
  return {
    headers: { 'content-type': 'text/xml' },
    body: `<LaunchInstancesResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
      <LaunchInstancesResult><AutoScalingGroupName>probe</AutoScalingGroupName>
        <Instances>${launched}</Instances><Errors>${error}</Errors>
      </LaunchInstancesResult></LaunchInstancesResponse>`,
  };
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html */
function machines(...states: readonly string[]): Answer {
  const items = states.map(
    (state) => `<item><instancesSet><item><instanceId>i-1</instanceId>
      <instanceState><code>32</code><name>${state}</name></instanceState></item></instancesSet></item>`,
  );
  return {
    headers: { 'content-type': 'text/xml' },
    body: `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
      <requestId>1</requestId><reservationSet>${items.join('')}</reservationSet>
    </DescribeInstancesResponse>`,
  };
}
