/** Answers of the Auto Scaling Query API as AWS documents them, for tests of the adapter. */
import type { Reply } from './http-server.ts';

export interface GroupAnswer {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  readonly desired?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** Lifecycle states, one per instance; `unprotected` after one that gave up its protection. */
  readonly instances?: readonly string[];
  /** Whether new instances are protected from scale-in. Default true. */
  readonly protects?: boolean;
  readonly suspended?: readonly string[];
  readonly status?: string;
  /** More of the description, as AWS writes it. */
  readonly more?: string;
  /** More of the description of each instance. */
  readonly moreOfInstance?: string;
}

const xml = (body: string): Reply => ({ headers: { 'content-type': 'text/xml' }, body });

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html */
export function describeAnswer(groups: readonly GroupAnswer[], nextToken?: string): Reply {
  const members = groups.map(
    (group) => `<member>
      <AutoScalingGroupName>${group.name}</AutoScalingGroupName>
      <MinSize>${group.min ?? 0}</MinSize><MaxSize>${group.max ?? 10}</MaxSize>
      <DesiredCapacity>${group.desired ?? 0}</DesiredCapacity>
      <NewInstancesProtectedFromScaleIn>${group.protects ?? true}</NewInstancesProtectedFromScaleIn>
      ${group.status ? `<Status>${group.status}</Status>` : ''}
      <Instances>${(group.instances ?? [])
        .map((instance, index) => {
          const [state, protection] = instance.split(' ');
          return `<member><InstanceId>i-${index}</InstanceId>
            <LifecycleState>${state}</LifecycleState><HealthStatus>Healthy</HealthStatus>
            <AvailabilityZone>us-east-1a</AvailabilityZone>
            <ProtectedFromScaleIn>${protection !== 'unprotected'}</ProtectedFromScaleIn>
            ${group.moreOfInstance ?? ''}</member>`;
        })
        .join('')}</Instances>
      <SuspendedProcesses>${(group.suspended ?? ['AZRebalance', 'AlarmNotification'])
        .map(
          (name) => `<member><ProcessName>${name}</ProcessName>
          <SuspensionReason>User suspended at 2026-03-02T08:00:00Z</SuspensionReason></member>`,
        )
        .join('')}</SuspendedProcesses>
      <Tags>${Object.entries(group.tags ?? {})
        .map(([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`)
        .join('')}</Tags>
      ${group.more ?? ''}
    </member>`,
  );
  return xml(`<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
    <DescribeAutoScalingGroupsResult>
      <AutoScalingGroups>${members.join('')}</AutoScalingGroups>
      ${nextToken ? `<NextToken>${nextToken}</NextToken>` : ''}
    </DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`);
}

export interface InstanceAnswer {
  readonly id: string;
  readonly group: string;
  readonly state: string;
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingInstances.html */
export function instancesAnswer(instances: readonly InstanceAnswer[]): Reply {
  const members = instances.map(
    ({ id, group, state }) => `<member><InstanceId>${id}</InstanceId>
      <AutoScalingGroupName>${group}</AutoScalingGroupName><AvailabilityZone>us-east-1a</AvailabilityZone>
      <LifecycleState>${state}</LifecycleState><HealthStatus>HEALTHY</HealthStatus>
      <ProtectedFromScaleIn>true</ProtectedFromScaleIn></member>`,
  );
  return xml(`<DescribeAutoScalingInstancesResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
    <DescribeAutoScalingInstancesResult><AutoScalingInstances>${members.join('')}</AutoScalingInstances>
    </DescribeAutoScalingInstancesResult></DescribeAutoScalingInstancesResponse>`);
}

export interface ActivityAnswer {
  readonly description: string;
  readonly status: string;
  readonly sentence?: string;
  readonly start: string;
  readonly end?: string;
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html */
export function activitiesAnswer(activities: readonly ActivityAnswer[], nextToken?: string): Reply {
  const members = activities.map(
    ({ description, status, sentence, start, end }, index) => `<member>
      <ActivityId>${index}</ActivityId><Description>${description}</Description>
      <StartTime>${start}</StartTime>${end ? `<EndTime>${end}</EndTime>` : ''}
      <StatusCode>${status}</StatusCode>
      ${sentence ? `<StatusMessage>${sentence}</StatusMessage>` : ''}</member>`,
  );
  return xml(`<DescribeScalingActivitiesResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
    <DescribeScalingActivitiesResult><Activities>${members.join('')}</Activities>
      ${nextToken ? `<NextToken>${nextToken}</NextToken>` : ''}
    </DescribeScalingActivitiesResult></DescribeScalingActivitiesResponse>`);
}

export function doneAnswer(action: string): Reply {
  return xml(`<${action}Response xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"/>`);
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html */
export function errorAnswer(status: number, code: string, message = 'the words of AWS'): Reply {
  return {
    ...xml(`<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
      <Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>
      <RequestId>7c5e</RequestId></ErrorResponse>`),
    status,
  };
}
