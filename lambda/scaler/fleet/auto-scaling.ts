/** EC2 Auto Scaling as the fleets. One describe call per hundred groups is all the state a quiet pass needs. */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  CreateOrUpdateTagsCommand,
  type Activity as RawActivity,
  DescribeAutoScalingGroupsCommand,
  type DescribeAutoScalingGroupsCommandInput,
  DescribeScalingActivitiesCommand,
  type Instance,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import { errorFacts } from '../contract/error-facts.ts';
import { decodeFleetTags, TAG } from '../contract/tags.ts';
import {
  type Activity,
  type Discovery,
  type Fleet,
  FleetError,
  type FleetFailure,
  type Fleets,
  type RejectedGroup,
} from './fleets.ts';
import { unmetPremises } from './premises.ts';

/**
 * The most groups one page may hold.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html
 */
const PAGE_SIZE = 100;

export interface AutoScalingOptions {
  readonly client: AutoScalingClient;
  /** The scaler's name: only groups whose `runner-scaler:name` tag has this value are seen. */
  readonly name: string;
}

export function autoScalingFleets({ client, name }: AutoScalingOptions): Fleets {
  const filters = [{ Name: `tag:${TAG.name}`, Values: [name] }];

  async function read(which: DescribeAutoScalingGroupsCommandInput, signal: AbortSignal) {
    // Each page is boiled down at once: its answer is a hundred times what is kept of it.
    const found: Read[] = [];
    let token: string | undefined;
    do {
      const page = await sending('describing the groups', () =>
        client.send(
          new DescribeAutoScalingGroupsCommand({
            ...which,
            MaxRecords: PAGE_SIZE,
            NextToken: token,
          }),
          { abortSignal: signal },
        ),
      );
      found.push(...(page.AutoScalingGroups ?? []).flatMap(readGroup));
      token = page.NextToken || undefined;
    } while (token !== undefined);
    return found;
  }

  return {
    async discover(signal): Promise<Discovery> {
      const found = await read({ Filters: filters }, signal);
      return { lookedFor: `the tag ${TAG.name} = ${name}`, ...withoutRivals(found) };
    },

    async describe(groups, signal) {
      const found = await read({ AutoScalingGroupNames: [...groups], Filters: filters }, signal);
      return found.filter((each): each is Fleet => !('problem' in each));
    },

    async setDesiredCapacity(group, desired, signal) {
      await sending(`setting the desired capacity of ${group} to ${desired}`, () =>
        client.send(
          new SetDesiredCapacityCommand({
            AutoScalingGroupName: group,
            DesiredCapacity: desired,
            // A cooldown would make a second burst wait for the first.
            HonorCooldown: false,
          }),
          { abortSignal: signal },
        ),
      );
    },

    async suspend(group, processes, signal) {
      await sending(`suspending ${processes.join(' and ')} of ${group}`, () =>
        client.send(
          new SuspendProcessesCommand({
            AutoScalingGroupName: group,
            ScalingProcesses: [...processes],
          }),
          { abortSignal: signal },
        ),
      );
    },

    async resume(group, processes, signal) {
      await sending(`resuming ${processes.join(' and ')} of ${group}`, () =>
        client.send(
          new ResumeProcessesCommand({
            AutoScalingGroupName: group,
            ScalingProcesses: [...processes],
          }),
          { abortSignal: signal },
        ),
      );
    },

    async activities(group, from, signal) {
      const page = await sending(`reading the activities of ${group}`, () =>
        client.send(
          new DescribeScalingActivitiesCommand({
            AutoScalingGroupName: group,
            MaxRecords: PAGE_SIZE,
            NextToken: from,
          }),
          { abortSignal: signal },
        ),
      );
      return {
        activities: (page.Activities ?? []).flatMap(readActivity),
        next: page.NextToken || undefined,
      };
    },

    async keep(group, kept, signal) {
      const tags = [
        { Key: TAG.holdBack, Value: kept.holdBack },
        { Key: TAG.lastUsed, Value: kept.lastUsed },
      ].filter(({ Value }) => Value !== undefined);
      await sending(`keeping tags of ${group}`, () =>
        client.send(
          new CreateOrUpdateTagsCommand({
            Tags: tags.map((tag) => ({
              ...tag,
              ResourceId: group,
              ResourceType: 'auto-scaling-group',
              PropagateAtLaunch: false,
            })),
          }),
          { abortSignal: signal },
        ),
      );
    },
  };
}

/** `Launching a new EC2 instance: i-…`, without an id where there is none, or `Terminating EC2 instance: i-…`. */
const DESCRIPTION = /^(Launching|Terminating)\b[^:]*(?::\s*(i-[0-9a-f]+))?/;

/** Of what else a group does, such as joining a load balancer, nothing is read. */
function readActivity(raw: RawActivity): readonly Activity[] {
  const [, verb, instanceId] = DESCRIPTION.exec(raw.Description ?? '') ?? [];
  if (verb === undefined || raw.StartTime === undefined) return [];
  return [
    {
      kind: verb === 'Launching' ? 'launch' : 'end',
      status: raw.StatusCode ?? '',
      instanceId,
      sentence: raw.StatusMessage ?? '',
      startedAt: raw.StartTime.getTime(),
      endedAt: raw.EndTime?.getTime(),
    },
  ];
}

type Read = Fleet | RejectedGroup;

/** One group as a fleet, or the reason why it is none; nothing for a group under deletion. */
function readGroup(raw: AutoScalingGroup): readonly Read[] {
  if (raw.Status !== undefined) return [];
  const group = raw.AutoScalingGroupName ?? '(a group without a name)';
  const tags = new Map(raw.Tags?.map(({ Key = '', Value = '' }) => [Key, Value]));
  const decoded = decodeFleetTags(tags);
  const unmet = unmetPremises(raw);
  if (!decoded.ok || unmet.length > 0) {
    const problems = [...(decoded.ok ? [] : decoded.problems), ...unmet];
    return [{ group, problem: problems.join('; ') }];
  }
  const { MinSize: min, MaxSize: max, DesiredCapacity: desired } = raw;
  if (min === undefined || max === undefined || desired === undefined) {
    return [
      {
        group,
        problem:
          'the description lacks its minimum, maximum or desired size, so it is not served; look at the group, or deploy again',
      },
    ];
  }
  const idsOf = (serves: (state: string, instance: Instance) => boolean) =>
    (raw.Instances ?? [])
      .filter((instance) => serves(instance.LifecycleState ?? '', instance))
      .map(({ InstanceId = '' }) => InstanceId);
  const suspended = raw.SuspendedProcesses ?? [];
  return [
    {
      ...decoded.tags,
      group,
      min,
      max,
      desired,
      pending: idsOf((state) => state.startsWith('Pending')),
      proceeding: idsOf((state) => state === 'Pending:Proceed'),
      inService: idsOf((state) => state === 'InService'),
      done: idsOf(
        (state, { ProtectedFromScaleIn }) =>
          state === 'InService' && ProtectedFromScaleIn === false,
      ),
      ending: idsOf((state) => state.startsWith('Terminating')),
      hold: tags.get(TAG.hold),
      holdBack: tags.get(TAG.holdBack),
      lastUsed: tags.get(TAG.lastUsed),
      template: templateOf(raw),
      suspended: suspended.map(({ ProcessName = '' }) => ProcessName),
      suspendedBecause: new Map(
        suspended.flatMap(({ ProcessName = '', SuspensionReason }) =>
          SuspensionReason === undefined ? [] : [[ProcessName, SuspensionReason]],
        ),
      ),
    },
  ];
}

function templateOf({ LaunchTemplate: own, MixedInstancesPolicy: mixed }: AutoScalingGroup) {
  return own?.Version ?? mixed?.LaunchTemplate?.LaunchTemplateSpecification?.Version;
}

/** Two groups of one resource class would each start a runner for every task, so neither is served. */
function withoutRivals(read: readonly Read[]): Pick<Discovery, 'fleets' | 'rejected'> {
  const rejected: RejectedGroup[] = [];
  const byClass = new Map<string, Fleet[]>();
  for (const each of read) {
    if ('problem' in each) {
      rejected.push(each);
      continue;
    }
    const queue = `${each.source} ${each.resourceClass}`;
    byClass.set(queue, [...(byClass.get(queue) ?? []), each]);
  }
  const fleets: Fleet[] = [];
  for (const same of byClass.values()) {
    const names = same.map(({ group }) => group).join(', ');
    if (same.length === 1) fleets.push(...same);
    else {
      rejected.push(
        ...same.map(({ group, resourceClass }) => ({
          group,
          problem:
            `the resource class ${resourceClass} is served by ${same.length} groups (${names}); ` +
            `remove the tag ${TAG.name} from all but one`,
        })),
      );
    }
  }
  return { fleets, rejected };
}

async function sending<T>(what: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    const { name, message } = errorFacts(cause);
    const kind = kindOf(name, message);
    const sentence = `${what} failed (${name}): ${message.replace(/\.$/, '')}; ${ADVICE[kind]}`;
    throw new FleetError(kind, sentence, { cause });
  }
}

/** What a person can do about a failure of Auto Scaling, as part of a sentence. */
const ADVICE: Readonly<Record<FleetFailure, string>> = {
  gone: 'deploy again to make the group anew',
  contention: 'the next pass tries again, and if it goes on, find who else changes the group',
  throttled:
    'the next pass tries again, and if it goes on, find who else calls Auto Scaling so often',
  refused: 'see whether the bounds of the group were changed by hand',
  denied: "deploy again, and see the policies of the organisation on the function's role",
  timeout:
    "the next pass tries again, and if it goes on, see AWS's health and the function's network",
  unavailable:
    "the next pass tries again, and if it goes on, see AWS's health and the function's network",
};

/**
 * Sorted by the error's name, because Auto Scaling answers most of them, `ValidationError` among
 * them, outside its model, so there is no class to test for.
 */
function kindOf(name: string, message: string): FleetFailure {
  if (/not found/i.test(message) && name === 'ValidationError') return 'gone';
  if (/^(ResourceContention|ScalingActivityInProgress)/.test(name)) return 'contention';
  if (/Throttl|RequestLimitExceeded|TooManyRequests/.test(name)) return 'throttled';
  if (name === 'ValidationError') return 'refused';
  if (/AccessDenied|UnauthorizedOperation/.test(name)) return 'denied';
  if (/^(AbortError|TimeoutError)$/.test(name)) return 'timeout';
  return 'unavailable';
}
