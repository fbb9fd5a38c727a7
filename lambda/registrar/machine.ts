/** Which fleet a machine belongs to, by what Auto Scaling says of it. */
import {
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
} from '@aws-sdk/client-auto-scaling';
import type { Budget, Clock } from '../scaler/clock.ts';
import { decodeGitHubDemand, type GitHubDemand } from '../scaler/contract/github.ts';
import { TAG } from '../scaler/contract/tags.ts';
import { sending } from './aws-call.ts';
import type { Caller } from './caller.ts';
import { Refusal } from './refusal.ts';

export interface Machine extends Caller {
  readonly group: string;
  /** Its state in the life of the group's instances, such as `Pending:Wait`. */
  readonly state: string;
  readonly demand: GitHubDemand;
}

export interface MachinesOptions {
  readonly client: AutoScalingClient;
  readonly clock: Pick<Clock, 'now'>;
  /** The scaler's name. */
  readonly name: string;
}

/** @throws Refusal for an instance that is in no group of this scaler, or whose role is not the group's */
export type MachineOf = (caller: Caller, budget: Budget) => Promise<Machine>;

/** The tags of a group are kept for so long: in a swarm of boots one call answers for many. */
const TAGS_KEPT_MS = 30_000;

interface Known {
  readonly at: number;
  readonly tags: ReadonlyMap<string, string>;
}

export function machines({ client, clock, name }: MachinesOptions): MachineOf {
  const groups = new Map<string, Known>();

  const tagsOf = async (group: string, budget: Budget): Promise<Known['tags']> => {
    const known = groups.get(group);
    const at = clock.now();
    if (known !== undefined && at - known.at < TAGS_KEPT_MS) return known.tags;
    const { AutoScalingGroups: [found] = [] } = await sending('describing the group', () =>
      client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }), {
        abortSignal: budget.signal,
      }),
    );
    const tags = new Map(found?.Tags?.map(({ Key = '', Value = '' }) => [Key, Value]));
    groups.set(group, { at, tags });
    return tags;
  };

  return async (caller, budget) => {
    const { instanceId, role } = caller;
    const { AutoScalingInstances: [instance] = [] } = await sending('describing the instance', () =>
      client.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] }), {
        abortSignal: budget.signal,
      }),
    );
    const {
      InstanceId: found,
      AutoScalingGroupName: group,
      LifecycleState: state,
    } = instance ?? {};
    if (found !== instanceId || group === undefined || state === undefined) {
      throw Refusal.final(403, `${instanceId} is in no Auto Scaling group`);
    }
    const tags = await tagsOf(group, budget);
    if (tags.get(TAG.name) !== name || tags.get(TAG.source) !== 'github') {
      throw Refusal.final(403, `${group} is no group of ${name} with runners of GitHub`);
    }
    if (tags.get(TAG.role) !== role) {
      throw Refusal.final(
        403,
        `the role ${role} is not the one of ${group} (its tag ${TAG.role} says which)`,
      );
    }
    const demand = decodeGitHubDemand(tags.get(TAG.demand) ?? '');
    if (demand === undefined) {
      throw Refusal.final(422, `the tag ${TAG.demand} of ${group} cannot be read; deploy it again`);
    }
    return { ...caller, group, state, demand };
  };
}
