/**
 * EC2 Auto Scaling in front of the world: the calls a scaler and an instance make, with the errors
 * AWS answers.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/Welcome.html
 */
import type { ActivityState } from '../world/activities.ts';
import { WorldFault } from '../world/fault.ts';
import type { GroupState } from '../world/group-state.ts';
import { members, queryAnswer, queryError, type XmlValue } from './aws-query.ts';
import type { Request, Response } from './server.ts';

/** What the emulator needs of the world. Every method throws a WorldFault where AWS would refuse. */
export interface GroupStore {
  groups(): readonly GroupState[];
  setDesiredCapacity(group: string, desired: number): void;
  setBounds(group: string, min: number, max: number): void;
  suspendProcesses(group: string, processes: readonly string[]): void;
  resumeProcesses(group: string, processes: readonly string[]): void;
  setTag(group: string, key: string, value: string): void;
  removeTag(group: string, key: string): void;
  deleteGroup(group: string, force: boolean): void;
  terminateInstance(instanceId: string, decrement: boolean): void;
  completeLifecycleAction(instanceId: string, result: 'CONTINUE' | 'ABANDON'): void;
  /** The group's record, newest first. */
  activities(group: string): readonly ActivityState[];
}

/** Defaults and limits of a page of groups, and of activities. */
const PAGE = { default: 50, most: 100 } as const;
const ACTIVITIES_PAGE = { default: 100, most: 100 } as const;

/** @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html#tag_restrictions */
const MOST_TAGS = 50;

type Action = (form: URLSearchParams, store: GroupStore) => XmlValue;

const ACTIONS: Readonly<Record<string, Action>> = {
  DescribeAutoScalingGroups: describe,
  DescribeScalingActivities: describeActivities,
  SetDesiredCapacity(form, store) {
    const desired = wholeNumber(form, 'DesiredCapacity');
    store.setDesiredCapacity(required(form, 'AutoScalingGroupName'), desired);
    return undefined;
  },
  UpdateAutoScalingGroup(form, store) {
    const name = required(form, 'AutoScalingGroupName');
    const group = store.groups().find((each) => each.group === name);
    const size = (field: string, otherwise = 0) =>
      form.has(field) ? wholeNumber(form, field) : otherwise;
    const [min, max] = [size('MinSize', group?.min), size('MaxSize', group?.max)];
    const desired = form.has('DesiredCapacity') ? size('DesiredCapacity') : undefined;
    // Refused as a whole: not even the bounds change.
    if (group !== undefined && min <= max && desired !== undefined) {
      if (desired < min || desired > max) {
        throw new WorldFault(
          'ValidationError',
          `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
        );
      }
    }
    store.setBounds(name, min, max);
    if (desired !== undefined) store.setDesiredCapacity(name, desired);
    return undefined;
  },
  SuspendProcesses(form, store) {
    store.suspendProcesses(required(form, 'AutoScalingGroupName'), processesIn(form));
    return undefined;
  },
  ResumeProcesses(form, store) {
    store.resumeProcesses(required(form, 'AutoScalingGroupName'), processesIn(form));
    return undefined;
  },
  CreateOrUpdateTags(form, store) {
    for (const { group, key, value } of tagsIn(form)) {
      const { tags = {} } = store.groups().find((each) => each.group === group) ?? {};
      const own = Object.keys(tags).filter((each) => !each.startsWith('aws:'));
      if (own.length >= MOST_TAGS && !own.includes(key)) {
        throw new WorldFault('LimitExceeded', 'You have already reached a limit for your tags.');
      }
      store.setTag(group, key, value);
    }
    return undefined;
  },
  DeleteTags(form, store) {
    for (const { group, key } of tagsIn(form)) store.removeTag(group, key);
    return undefined;
  },
  DeleteAutoScalingGroup(form, store) {
    const force = form.get('ForceDelete') === 'true';
    store.deleteGroup(required(form, 'AutoScalingGroupName'), force);
    return undefined;
  },
  TerminateInstanceInAutoScalingGroup(form, store) {
    const id = required(form, 'InstanceId');
    const decrement = required(form, 'ShouldDecrementDesiredCapacity') === 'true';
    store.terminateInstance(id, decrement);
    return {
      Activity: {
        ActivityId: `end-${id}`,
        Description: `Terminating EC2 instance: ${id}`,
        StatusCode: 'InProgress',
        Progress: 0,
      },
    };
  },
  CompleteLifecycleAction(form, store) {
    required(form, 'AutoScalingGroupName');
    required(form, 'LifecycleHookName');
    const result = required(form, 'LifecycleActionResult');
    if (result !== 'CONTINUE' && result !== 'ABANDON') {
      throw new WorldFault('ValidationError', 'LifecycleActionResult must be CONTINUE or ABANDON');
    }
    store.completeLifecycleAction(required(form, 'InstanceId'), result);
    return {};
  },
};

/** Answers as Auto Scaling; signatures are not checked, only that there is one. */
export function autoScalingEmulator(store: GroupStore) {
  return ({ headers, body }: Request): Response => {
    if (headers.authorization === undefined) {
      return queryError(
        403,
        'MissingAuthenticationToken',
        'Request is missing Authentication Token',
      );
    }
    const form = new URLSearchParams(body);
    const name = form.get('Action') ?? '';
    const action = ACTIONS[name];
    if (action === undefined || !Object.hasOwn(ACTIONS, name)) {
      return queryError(400, 'InvalidAction', `Could not find operation ${name}`);
    }
    try {
      return queryAnswer(name, action(form, store));
    } catch (error) {
      if (error instanceof WorldFault) return queryError(error.status, error.code, error.message);
      throw error;
    }
  };
}

function describe(form: URLSearchParams, store: GroupStore): XmlValue {
  const names = members(form, 'AutoScalingGroupNames');
  const filters = filtersOf(form);
  const found = store
    .groups()
    .filter((group) => names.length === 0 || names.includes(group.group))
    .filter((group) => filters.every((passes) => passes(group)));
  const { page, next } = pageOf(form, found, PAGE);
  return { AutoScalingGroups: page.map(groupXml), NextToken: next };
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html */
function describeActivities(form: URLSearchParams, store: GroupStore): XmlValue {
  const group = required(form, 'AutoScalingGroupName');
  const { page, next } = pageOf(form, store.activities(group), ACTIVITIES_PAGE);
  return {
    Activities: page.map(({ id, description, cause, status, sentence, startedAt, endedAt }) => ({
      ActivityId: id,
      AutoScalingGroupName: group,
      Description: description,
      Cause: `At ${new Date(startedAt).toISOString()} ${cause}`,
      StartTime: new Date(startedAt).toISOString(),
      EndTime: endedAt === undefined ? undefined : new Date(endedAt).toISOString(),
      StatusCode: status,
      StatusMessage: sentence,
      Progress: endedAt === undefined ? 30 : 100,
    })),
    NextToken: next,
  };
}

function pageOf<T>(
  form: URLSearchParams,
  found: readonly T[],
  limits: { readonly default: number; readonly most: number },
): { readonly page: readonly T[]; readonly next: string | undefined } {
  const most = form.has('MaxRecords') ? wholeNumber(form, 'MaxRecords') : limits.default;
  if (most < 1 || most > limits.most) {
    throw new WorldFault(
      'ValidationError',
      `The specified value for MaxRecords is ${most}; it must be between 1 and ${limits.most}`,
    );
  }
  const from = Number(form.get('NextToken') ?? '0');
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new WorldFault('InvalidNextToken', 'The token is not valid.');
  }
  const next = from + most < found.length ? String(from + most) : undefined;
  return { page: found.slice(from, from + most), next };
}

type Filter = (group: GroupState) => boolean;

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Filter.html */
function filtersOf(form: URLSearchParams): readonly Filter[] {
  const filters: Filter[] = [];
  for (let index = 1; ; index += 1) {
    const name = form.get(`Filters.member.${index}.Name`);
    if (name === null) return filters;
    const values = members(form, `Filters.member.${index}.Values`);
    const holds = (value: string | undefined) => value !== undefined && values.includes(value);
    if (name.startsWith('tag:')) filters.push(({ tags }) => holds(tags[name.slice('tag:'.length)]));
    else if (name === 'tag-key') filters.push(({ tags }) => Object.keys(tags).some(holds));
    else if (name === 'tag-value') filters.push(({ tags }) => Object.values(tags).some(holds));
    else {
      throw new WorldFault(
        'ValidationError',
        `Filter type ${name} is not correct. Allowed Filter types are: tag-key tag-value tag:<key>`,
      );
    }
  }
}

function groupXml(group: GroupState): XmlValue {
  return {
    AutoScalingGroupName: group.group,
    AutoScalingGroupARN: `arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/${group.group}`,
    Status: group.status,
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: 300,
    AvailabilityZones: [...new Set(group.instances.map(({ zone }) => zone))],
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 0,
    CreatedTime: '2026-01-01T00:00:00Z',
    NewInstancesProtectedFromScaleIn: true,
    Instances: group.instances.map((instance) => ({
      InstanceId: instance.id,
      InstanceType: instance.type,
      AvailabilityZone: instance.zone,
      LifecycleState: instance.lifecycle,
      HealthStatus: instance.health,
      ProtectedFromScaleIn: instance.protected,
    })),
    SuspendedProcesses: group.suspended.map((process) => ({
      ProcessName: process,
      SuspensionReason: group.suspendedBecause?.get(process) ?? 'User suspended',
    })),
    LaunchTemplate: { LaunchTemplateId: 'lt-0123456789abcdef0', Version: group.template },
    Tags: Object.entries(group.tags).map(([key, value]) => ({
      ResourceId: group.group,
      ResourceType: 'auto-scaling-group',
      Key: key,
      Value: value,
      PropagateAtLaunch: true,
    })),
  };
}

function tagsIn(form: URLSearchParams) {
  if (!form.has('Tags.member.1.Key')) required(form, 'Tags');
  const tags: { group: string; key: string; value: string }[] = [];
  for (let index = 1; form.has(`Tags.member.${index}.Key`); index += 1) {
    const field = (name: string) => `Tags.member.${index}.${name}`;
    const value = form.get(field('Value')) ?? '';
    tags.push({
      group: required(form, field('ResourceId')),
      key: required(form, field('Key')),
      value,
    });
  }
  return tags;
}

/**
 * A call that names no process means every one.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SuspendProcesses.html
 */
function processesIn(form: URLSearchParams): readonly string[] {
  const named = members(form, 'ScalingProcesses');
  return named.length > 0 ? named : PROCESSES;
}

const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
];

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value !== null && value !== '') return value;
  const field = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  throw new WorldFault(
    'ValidationError',
    `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`,
  );
}

function wholeNumber(form: URLSearchParams, name: string): number {
  const text = required(form, name);
  if (!/^-?\d{1,9}$/.test(text)) {
    throw new WorldFault('ValidationError', `${name} must be an integer, but was ${text}`);
  }
  return Number(text);
}
