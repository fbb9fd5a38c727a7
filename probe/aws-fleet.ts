/** The probe's fleet in an account, through the AWS SDK. */
import {
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstancesCommand,
  type EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { setTimeout } from 'node:timers/promises';
import { errorFacts } from '../lambda/scaler/error-facts.ts';
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

  async function whenFree(send: () => Promise<unknown>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        signal.throwIfAborted();
        await send();
        return;
      } catch (error) {
        const { name, message } = errorFacts(error);
        if (!BUSY.has(name)) throw error;
        if (tries === TRIES) throw new NotMeasured(`the group refused: ${message}`);
      }
      await sleep(busyPauseMs);
    }
  }

  return {
    now: () => Date.now(),
    sleep,
    async instances() {
      const { AutoScalingGroups = [] } = await autoScaling.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
        options,
      );
      const [found] = AutoScalingGroups;
      if (found === undefined) throw new Error(`the group ${group} is gone`);
      return (found.Instances ?? []).map(({ InstanceId = '', LifecycleState = '' }) => ({
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
    setDesiredCapacity: async (desired) =>
      whenFree(async () =>
        autoScaling.send(
          new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: desired }),
          options,
        ),
      ),
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
