/** The probe's fleet in an account, through the AWS SDK. */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  LaunchInstancesCommand,
  type LaunchInstancesCommandOutput,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstancesCommand,
  type EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { errorFacts } from '../lambda/scaler/contract.ts';
import type { Claims } from './claims.ts';
import { NotMeasured, type ProbedFleet } from './port.ts';

export interface AwsFleetOptions {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly group: string;
  readonly claims: Claims;
  readonly signal: AbortSignal;
  /** Between two tries of a call that a busy group refused. Default 1000. */
  readonly busyPauseMs?: number;
}

/** Another activity of the group is in the way for a moment. */
const BUSY = new Set([
  'ScalingActivityInProgress',
  'ScalingActivityInProgressFault',
  'ResourceContention',
  'ResourceContentionFault',
]);
/** The launch takes longer than its call did: the same call again waits for the same machine. */
const IN_PROGRESS = new Set(['IdempotentCallInProgress', 'IdempotentCallInProgressFault']);
const TRIES = 10;

export function awsFleet(parts: AwsFleetOptions): ProbedFleet {
  const { autoScaling, ec2, group, claims, signal, busyPauseMs = 1000 } = parts;
  const options = { abortSignal: signal };

  const sleep = async (ms: number) => {
    signal.throwIfAborted();
    await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  };

  async function whenFree<T>(send: () => Promise<T>, busy = BUSY): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        signal.throwIfAborted();
        return await send();
      } catch (error) {
        const { name, message } = errorFacts(error);
        if (!busy.has(name)) throw error;
        if (tries === TRIES) throw new NotMeasured(`the group refused: ${message}`);
      }
      await sleep(busyPauseMs);
    }
  }

  async function described(): Promise<AutoScalingGroup> {
    const { AutoScalingGroups = [] } = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
      options,
    );
    const [found] = AutoScalingGroups;
    if (found === undefined) throw new Error(`the group ${group} is gone`);
    return found;
  }

  return {
    now: () => Date.now(),
    sleep,
    async instances() {
      const { Instances = [] } = await described();
      return Instances.map(({ InstanceId = '', LifecycleState = '' }) => ({
        id: InstanceId,
        lifecycle: LifecycleState,
      }));
    },
    async machineState(id) {
      // As a filter, because an id by itself is an error while EC2 does not know it yet.
      const { Reservations = [] } = await ec2.send(
        new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [id] }] }),
        options,
      );
      return Reservations[0]?.Instances?.[0]?.State?.Name;
    },
    async setDesiredCapacity(desired) {
      const call = { AutoScalingGroupName: group, DesiredCapacity: desired };
      await whenFree(async () => autoScaling.send(new SetDesiredCapacityCommand(call), options));
    },
    async desiredCapacity() {
      const { DesiredCapacity = 0 } = await described();
      return DesiredCapacity;
    },
    async zones() {
      const { AvailabilityZones = [] } = await described();
      return AvailabilityZones;
    },
    async launchIn(zone) {
      const call = new LaunchInstancesCommand({
        AutoScalingGroupName: group,
        RequestedCapacity: 1,
        AvailabilityZones: [zone],
        // The group would otherwise try by itself what this call could not have.
        RetryStrategy: 'none',
        ClientToken: randomUUID(),
      });
      try {
        const answer = await whenFree(async () => autoScaling.send(call, options), IN_PROGRESS);
        return launchedId(answer);
      } catch (error) {
        // A permission that is missing, or a region or a group that cannot have it: the rest goes on.
        if (!wasAnswered(error)) throw error;
        const { name, message } = errorFacts(error);
        // The SDK adds a second line with advice for debugging it.
        const [told] = message.split('\n');
        throw new NotMeasured(`LaunchInstances was refused: ${name}: ${told}`);
      }
    },
    async terminate(id, { decrement }) {
      const call = new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: id,
        ShouldDecrementDesiredCapacity: decrement,
      });
      try {
        await whenFree(async () => autoScaling.send(call, options));
      } catch (error) {
        const { name, message } = errorFacts(error);
        if (name !== 'ValidationError') throw error;
        // It has ended meanwhile, which is as good.
        if (/not found/i.test(message)) return;
        throw new NotMeasured(`the group refused: ${message}`);
      }
    },
    async stopMachine(id) {
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), options);
    },
    firstClaimAt: async (id) => claims.firstAt(id),
  };
}

/** Also of an answer that is no error of Auto Scaling, as a proxy or an emulator gives. */
function wasAnswered(error: unknown): boolean {
  return typeof error === 'object' && error !== null && '$response' in error;
}

/** @throws NotMeasured with EC2's reason: a call that launches nothing is answered all the same */
function launchedId({ Instances = [], Errors = [] }: LaunchInstancesCommandOutput): string {
  const [id] = Instances.flatMap(({ InstanceIds = [] }) => InstanceIds);
  if (id !== undefined) return id;
  const reasons = Errors.map(({ ErrorCode, ErrorMessage }) => `${ErrorCode}: ${ErrorMessage}`);
  throw new NotMeasured(`LaunchInstances launched nothing: ${reasons.join('; ') || 'no reason'}`);
}
