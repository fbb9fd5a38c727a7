/** The fleets whose runners this registrar makes, as Auto Scaling has them at one moment. */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
} from '@aws-sdk/client-auto-scaling';
import type { Budget } from '../scaler/clock.ts';
import { decodeGitHubDemand } from '../scaler/contract/github.ts';
import { TAG } from '../scaler/contract/tags.ts';
import { sending } from './aws-call.ts';

export interface FleetsNow {
  /** Where runners are registered, and how their names begin there. */
  readonly prefixes: readonly { readonly at: string; readonly prefix: string }[];
  /** Every instance of every group of the scaler, whatever its state. */
  readonly instances: ReadonlySet<string>;
}

export interface Groups {
  /** @throws Refusal */
  now(budget: Budget): Promise<FleetsNow>;
  /**
   * Those of the instances that are in any group of the account, whosever it is.
   *
   * @param instances at most `MOST_INSTANCES`
   * @throws Refusal
   */
  among(instances: readonly string[], budget: Budget): Promise<ReadonlySet<string>>;
}

/**
 * Instances that one call describes.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingInstances.html
 */
export const MOST_INSTANCES = 50;

const PAGE_SIZE = 100;

/** @param name the scaler's */
export function fleetGroups(client: AutoScalingClient, name: string): Groups {
  const filters = [{ Name: `tag:${TAG.name}`, Values: [name] }];

  const described = async ({ signal }: Budget): Promise<readonly AutoScalingGroup[]> => {
    const found: AutoScalingGroup[] = [];
    let token: string | undefined;
    do {
      const page = await sending('describing the groups', () =>
        client.send(
          new DescribeAutoScalingGroupsCommand({
            Filters: filters,
            MaxRecords: PAGE_SIZE,
            NextToken: token,
          }),
          { abortSignal: signal },
        ),
      );
      found.push(...(page.AutoScalingGroups ?? []));
      token = page.NextToken || undefined;
    } while (token !== undefined);
    return found;
  };

  return {
    async now(budget) {
      const groups = await described(budget);
      return {
        prefixes: groups.flatMap((group) => prefixOf(group, name)),
        instances: new Set(
          groups.flatMap(({ Instances = [] }) =>
            Instances.map(({ InstanceId = '' }) => InstanceId),
          ),
        ),
      };
    },
    async among(instances, { signal }) {
      if (instances.length === 0) return new Set();
      const { AutoScalingInstances: found = [] } = await sending('describing the instances', () =>
        client.send(
          new DescribeAutoScalingInstancesCommand({
            InstanceIds: [...instances],
            MaxRecords: MOST_INSTANCES,
          }),
          { abortSignal: signal },
        ),
      );
      return new Set(found.map(({ InstanceId = '' }) => InstanceId));
    },
  };
}

function prefixOf({ Tags = [] }: AutoScalingGroup, name: string): FleetsNow['prefixes'] {
  const tags = new Map(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  // What the filter should have done.
  if (tags.get(TAG.name) !== name || tags.get(TAG.source) !== 'github') return [];
  const demand = decodeGitHubDemand(tags.get(TAG.demand) ?? '');
  return demand === undefined ? [] : [{ at: demand.at, prefix: demand.prefix }];
}
