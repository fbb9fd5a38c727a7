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
