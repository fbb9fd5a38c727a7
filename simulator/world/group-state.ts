import { TAG, encodeFleetTags, encodeLastUsed } from '../../lambda/scaler/contract.ts';
import { type FleetSpec, DEFAULT_INSTANCE_TYPE } from './fleet-spec.ts';
import type { Group } from './group.ts';
import type { Lifecycle } from './instance.ts';

/** A group as Auto Scaling describes it at one moment. */
export interface GroupState {
  readonly group: string;
  /** As Auto Scaling says it; undefined for a group that is not under deletion. */
  readonly status?: 'Delete in progress';
  readonly tags: Readonly<Record<string, string>>;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Scaling processes that are suspended, by Auto Scaling's names. */
  readonly suspended: readonly string[];
  /** What Auto Scaling says on each of them. Default: that a user did it. */
  readonly suspendedBecause?: ReadonlyMap<string, string>;
  /** Version of the launch template. */
  readonly template: string;
  readonly instances: readonly InstanceState[];
}

interface InstanceState {
  readonly id: string;
  readonly lifecycle: Lifecycle;
  /** From its launch until it gives it up; it takes effect at InService. */
  readonly protected: boolean;
  readonly health: 'Healthy' | 'Unhealthy';
  readonly zone: string;
  readonly type: string;
}

/**
 * The tags of a fleet's group, as the infrastructure would set them, and as the scaler left them when the
 * class was last used.
 *
 * @param lastUsedAt milliseconds since the epoch
 */
export function groupTags(
  fleet: FleetSpec,
  { scaler, lastUsedAt }: { readonly scaler: string; readonly lastUsedAt: number },
): GroupState['tags'] {
  const { resourceClass, headroom, schedules = [], jobs = { source: 'circleci' } } = fleet;
  return {
    ...encodeFleetTags(scaler, { ...jobs, resourceClass, headroom, schedules }),
    [TAG.lastUsed]: encodeLastUsed(lastUsedAt),
  };
}

export function groupState(group: Group, fleet: FleetSpec, tags: GroupState['tags']): GroupState {
  return {
    group: fleet.group,
    ...(group.removal !== 'none' && { status: 'Delete in progress' as const }),
    tags,
    min: group.min,
    max: group.max,
    desired: group.desired,
    suspended: Array.from(group.suspended.keys()),
    ...(group.suspended.size > 0 && { suspendedBecause: suspendedBecause(group) }),
    template: '1',
    instances: Array.from(group.instances.values(), (instance) => ({
      id: instance.id,
      lifecycle: instance.lifecycle,
      protected: instance.protected,
      health: instance.healthy ? 'Healthy' : 'Unhealthy',
      zone: instance.zone,
      type: fleet.instanceType ?? DEFAULT_INSTANCE_TYPE,
    })),
  };
}

/** In Auto Scaling's words, without fractions of a second. */
function suspendedBecause({ suspended }: Group): ReadonlyMap<string, string> {
  return new Map(
    Array.from(suspended, ([process, at]) => [
      process,
      `User suspended at ${new Date(at).toISOString().replace(/\.\d+/, '')}`,
    ]),
  );
}
