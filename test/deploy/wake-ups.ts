/** What wakes the function between its minutes, from the machine to the raised capacity. */
import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { encodeEventSource, RUNNER_ENDED, TASK_ENDED } from '../../lambda/scaler/contract.ts';
import type { Deployment } from './deployment.ts';
import type { driving } from './driver.ts';
import { runOnMachine } from './machine.ts';
import type { QueueRecord } from './event-queue.ts';
import { until } from './step.ts';

export interface WakeUpTests {
  readonly deployment: () => Deployment;
  readonly driver: ReturnType<typeof driving>;
  /** Name of the scaler. */
  readonly name: string;
  /** The class of the machine, and another one. */
  readonly resourceClass: string;
  readonly other: string;
}

function eventOf({ body }: QueueRecord): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Record<string, unknown>;
}

function instanceOf(record: QueueRecord): unknown {
  return (eventOf(record)['detail'] as Record<string, unknown>)['instance-id'];
}

/** A batch, as Lambda hands it over. */
function batchOf(records: readonly QueueRecord[]): string {
  return JSON.stringify({ Records: records });
}

export function wakeUpTests({ deployment, driver, name, resourceClass, other }: WakeUpTests): void {
  const { queue, scaleTo, sizes, watching, emptyFleet } = driver;
  let instanceId = '';
  let said: QueueRecord | undefined;
  let marks = 0;

  /** What the deployed rules let through into the queue while something happens. */
  async function delivered(act: () => Promise<unknown>): Promise<readonly QueueRecord[]> {
    const { events } = deployment();
    await events.clear();
    await act();
    // One more that fits comes last: what came before it is all there is.
    marks += 1;
    const last = `i-${marks}`;
    await put(state(last, 'shutting-down'));
    const records: QueueRecord[] = [];
    return until('the last event', 10_000, async () => {
      records.push(...(await events.take()));
      const at = records.findIndex((record) => instanceOf(record) === last);
      return at === -1 ? undefined : records.slice(0, at);
    });
  }

  async function put(event: { source: string; type: string; detail: object }): Promise<void> {
    const Detail = JSON.stringify(event.detail);
    const entry = { Source: event.source, DetailType: event.type, Detail };
    await deployment().aws('events', 'put-events', '--entries', JSON.stringify([entry]));
  }

  const state = (id: string, state: string) => ({
    source: 'aws.ec2',
    type: 'EC2 Instance State-change Notification',
    detail: { 'instance-id': id, state },
  });

  test('a machine whose task has ended gives up its protection and says so, by the deployed user data', async () => {
    await scaleTo(resourceClass, 2);
    const { Instances: [first] = [] } = await deployment().group(resourceClass);
    instanceId = first?.InstanceId ?? '';
    const { recorder, events } = deployment();
    await events.clear();
    const calls = recorder.calls.length;
    // A process that has ended is what the watch waits for.
    const ended = execFileSync('bash', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    const log = await runOnMachine(deployment(), {
      resourceClass,
      instanceId,
      args: ['watch-task', ended],
    });
    expect(log).toMatch(/^\S+ the task has ended\n$/);
    expect(recorder.calls.slice(calls).map(({ action, status }) => [action, status])).toEqual([
      ['autoscaling:SetInstanceProtection', 200],
      ['events:PutEvents', 200],
    ]);
    const { Instances = [] } = await deployment().group(resourceClass);
    const unprotected = Instances.filter((each) => each.ProtectedFromScaleIn === false);
    expect(unprotected.map(({ InstanceId }) => InstanceId)).toEqual([instanceId]);
    said = await until('the event', 10_000, async () => (await events.take())[0]);
  });

  test('the queue is read for the function, and keeps nothing for long', () => {
    const { deployed, events } = deployment();
    expect(events.mapping).toMatchObject({ FunctionArn: deployed.arn, BatchSize: 1_000 });
    expect(events.attributes).toMatchObject({
      QueueArn: events.mapping.EventSourceArn,
      MessageRetentionPeriod: '60',
      VisibilityTimeout: '361',
      SqsManagedSseEnabled: 'true',
    });
  });

  test('an event of a machine that shuts down is for the function, others are not', async () => {
    const down = await delivered(async () => put(state(instanceId, 'shutting-down')));
    expect(down.map(instanceOf)).toEqual([instanceId]);
    expect(await delivered(async () => put(state(instanceId, 'running')))).toEqual([]);
  });

  test('a runner is heard in the name of its own class; those of other scalers are not heard', async () => {
    const source = encodeEventSource({ scaler: name, resourceClass });
    expect(said && eventOf(said)).toMatchObject({ source, 'detail-type': TASK_ENDED.detailType });
    for (const type of [TASK_ENDED.detailType, RUNNER_ENDED.detailType]) {
      const from = async (source: string) => delivered(async () => put({ source, type, detail }));
      const detail = { 'instance-id': instanceId };
      expect((await from(source)).map(instanceOf)).toEqual([instanceId]);
      for (const foreign of [
        encodeEventSource({ scaler: `${name}-2`, resourceClass }),
        encodeEventSource({ scaler: name.slice(0, -1), resourceClass }),
        `runner-scaler.${name}`,
        `x${source}`,
      ]) {
        expect(await from(foreign)).toEqual([]);
      }
    }
  });

  test("a machine's last word is one line with its metrics, and costs no call", async () => {
    const heard = await delivered(async () =>
      put({
        source: encodeEventSource({ scaler: name, resourceClass }),
        type: RUNNER_ENDED.detailType,
        detail: {
          'instance-id': instanceId,
          outcome: 'served',
          reason: 'its task has ended',
          phases: { boot: 40.5, task: 300 },
        },
      }),
    );
    const { error, calls } = await watching(batchOf(heard));
    expect(error).toBeUndefined();
    expect(calls).toEqual([]);
    const line = await until('the line of the last word', 10_000, () =>
      deployment().lambda.log.find((each) => each.includes('"message":"runner ended"')),
    );
    expect(JSON.parse(line)).toMatchObject({
      ResourceClass: resourceClass,
      instanceId,
      outcome: 'served',
      bootSeconds: 40.5,
    });
  });

  test('what is not understood costs no call, and fails nothing', async () => {
    if (said === undefined) throw new Error('no machine has said anything');
    for (const event of ['{}', batchOf([{ ...said, body: '{"source":"aws.scheduler"' }])]) {
      const { error, calls } = await watching(event);
      expect(error).toBeUndefined();
      expect(calls).toEqual([]);
    }
    await until('two warnings', 10_000, () => {
      const warned = deployment().lambda.log.filter((each) => each.includes('nothing was done'));
      return warned.length === 2 ? true : undefined;
    });
  });

  test('tasks that have ended lead to one pass over all fleets, which counts their machines out', async () => {
    const source = encodeEventSource({ scaler: name, resourceClass });
    const detail = { 'instance-id': instanceId };
    const ended = { source, type: TASK_ENDED.detailType, detail };
    const [now] = await delivered(async () => put(ended));
    if (now === undefined) throw new Error('the event came into no queue');
    // The task has ended; the next stage asks for the same class, and for another one.
    queue(resourceClass, { unclaimed: 1, running: 1 });
    queue(other, { unclaimed: 1 });
    const { error, writes, calls } = await watching(batchOf([now, { ...now, body: '{' }, now]));
    expect(error).toBeUndefined();
    expect(writes).toHaveLength(2);
    expect((await sizes(resourceClass)).desired).toBe(3);
    expect((await sizes(other)).desired).toBe(1);
    // All groups once, and those that are to be written to once more, together.
    expect(calls.filter(({ action }) => action.includes(':Describe'))).toHaveLength(2);
  });

  test('a task that has ended more than 15 s ago leads to no pass', async () => {
    if (said === undefined) throw new Error('no machine has said anything');
    const { error, calls } = await watching(batchOf([said]));
    expect(error).toBeUndefined();
    expect(calls).toEqual([]);
  });

  test('a machine that is none of its own costs one call', async () => {
    const down = await delivered(async () => put(state('i-0fedcba9876543210', 'shutting-down')));
    const { error, calls } = await watching(batchOf(down));
    expect(error).toBeUndefined();
    expect(calls.map(({ action }) => action)).toEqual(['autoscaling:DescribeAutoScalingGroups']);
    await emptyFleet(resourceClass);
    await emptyFleet(other);
  });
}
