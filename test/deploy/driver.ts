/** What the world does to a deployment, and how the function is seen to act on it. */
import { TAG } from '../../lambda/scaler/contract.ts';
import {
  AutoScalingClient,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { expect } from '@jest/globals';
import { CALLER, type Deployment } from './deployment.ts';
import type { Invocation } from './lambda-service.ts';
import { REGION } from './moto.ts';
import type { RecordedCall } from './recorder.ts';
import { until } from './step.ts';

/** The function keeps a token that was refused for ten seconds; a busy one makes a pass every five. */
const PATIENCE_MS = 30_000;

interface Watched extends Invocation {
  /** The function's calls during this invocation. */
  readonly calls: readonly RecordedCall[];
  /** Those that change something, with the capacity or the tag's value asked for. */
  readonly writes: readonly (readonly [action: string, value: unknown])[];
}

/** What one pass wrote into the function's log about one class. */
interface LoggedPass {
  readonly timestamp: string;
  readonly ResourceClass: string;
  readonly inService: number;
  readonly HeldRunners: number | undefined;
  readonly reason: string | undefined;
  readonly holdBack: string | undefined;
}

export function driving(deployment: () => Deployment) {
  function queue(resourceClass: string, { unclaimed = 0, running = 0 }): void {
    const found = deployment().circleci.queues.get(resourceClass);
    if (found === undefined) throw new Error(`no queue of ${resourceClass}`);
    Object.assign(found, { unclaimed, running });
  }

  async function desired(resourceClass: string): Promise<number | undefined> {
    return (await deployment().group(resourceClass)).DesiredCapacity;
  }

  async function sizes(resourceClass: string) {
    const { DesiredCapacity, Instances = [] } = await deployment().group(resourceClass);
    return { desired: DesiredCapacity, present: Instances.length };
  }

  async function tag(resourceClass: string, key: string): Promise<string | undefined> {
    const { Tags = [] } = await deployment().group(resourceClass);
    return Tags.find(({ Key }) => Key === key)?.Value;
  }

  async function untilDesired(
    resourceClass: string,
    wanted: number,
    withinMs = PATIENCE_MS,
  ): Promise<void> {
    await until(`a desired capacity of ${wanted} for ${resourceClass}`, withinMs, async () =>
      (await desired(resourceClass)) === wanted ? true : undefined,
    );
  }

  /** Wakes the function until an invocation succeeds. */
  async function untilClean(withinMs = PATIENCE_MS): Promise<Invocation> {
    return until('an invocation without a problem', withinMs, async () => {
      const invocation = await deployment().wake();
      return invocation.error === undefined ? invocation : undefined;
    });
  }

  /** Wakes the function, by an event or as the schedule does, and keeps what it asks AWS for. */
  async function watching(event?: string): Promise<Watched> {
    const { recorder } = deployment();
    const before = recorder.calls.length;
    const invocation = await (event === undefined
      ? deployment().wake()
      : deployment().deliver(event));
    const calls = recorder.calls
      .slice(before)
      .filter(({ accessKeyId }) => accessKeyId === CALLER.function);
    const writes = calls
      // What it sends itself, and the day that it keeps once a day, are no answers to a test.
      .filter(({ action }) => !/:(Describe|Get|SendMessage)/.test(action))
      .filter(({ input }) => input['Tags.member.1.Key'] !== TAG.lastUsed)
      .map(
        ({ action, input }) =>
          [action, input['DesiredCapacity'] ?? input['Tags.member.1.Value']] as const,
      );
    return { ...invocation, calls, writes };
  }

  /** The process's first pass over a class that is such; its line may come a little after its end. */
  async function untilLogged(
    resourceClass: string,
    isSuch: (pass: LoggedPass) => boolean,
  ): Promise<LoggedPass> {
    return until(`a pass over ${resourceClass} in the log`, PATIENCE_MS, () =>
      deployment()
        .lambda.log.filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as LoggedPass)
        .find((pass) => pass.ResourceClass === resourceClass && isSuch(pass)),
    );
  }

  async function scaleTo(resourceClass: string, count: number): Promise<void> {
    queue(resourceClass, { unclaimed: count });
    const waking = deployment().wake();
    await untilDesired(resourceClass, count);
    queue(resourceClass, { running: count });
    expect(await waking).toMatchObject({ error: undefined });
  }

  async function emptyFleet(resourceClass: string): Promise<void> {
    queue(resourceClass, {});
    await endMachines(resourceClass, (await sizes(resourceClass)).present);
  }

  /** As a machine ends itself: it takes its place in the desired capacity with it. */
  async function endMachines(resourceClass: string, count: number): Promise<void> {
    const { Instances = [] } = await deployment().group(resourceClass);
    const client = new AutoScalingClient({
      endpoint: deployment().recorder.url,
      region: REGION,
      credentials: { accessKeyId: CALLER.runner, secretAccessKey: 'not-a-secret' },
    });
    for (const { InstanceId } of Instances.slice(0, count)) {
      await client.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId,
          ShouldDecrementDesiredCapacity: true,
        }),
      );
    }
  }

  async function setMaximum(resourceClass: string, max: number): Promise<void> {
    const { AutoScalingGroupName = '' } = await deployment().group(resourceClass);
    await deployment().aws(
      'autoscaling',
      'update-auto-scaling-group',
      '--auto-scaling-group-name',
      AutoScalingGroupName,
      '--max-size',
      String(max),
    );
  }

  /** As a person does who edits a tag of the group by hand. */
  async function setTag(resourceClass: string, key: string, value: string): Promise<void> {
    const { AutoScalingGroupName } = await deployment().group(resourceClass);
    const tags = [
      {
        ResourceId: AutoScalingGroupName,
        ResourceType: 'auto-scaling-group',
        Key: key,
        Value: value,
        PropagateAtLaunch: false,
      },
    ];
    await deployment().aws('autoscaling', 'create-or-update-tags', '--tags', JSON.stringify(tags));
  }

  return {
    queue,
    desired,
    sizes,
    tag,
    untilDesired,
    untilClean,
    watching,
    untilLogged,
    scaleTo,
    emptyFleet,
    endMachines,
    setMaximum,
    setTag,
  };
}
