/**
 * Requests that both emulators are given, and where moto is unlike AWS. Without a `difference` both
 * must answer alike; with one, ours answers as AWS documents and moto as said here, and a difference
 * that is no longer there fails the test.
 */
import type { Call } from './clients.ts';
import { type Experiment, INSTANCE, type Observed, SECRET_ARN, SETTLE } from './observe.ts';

interface Difference {
  /** What AWS does, and ours. */
  readonly aws: string;
  readonly moto: string;
  /** Where AWS says so. */
  readonly source: string;
  /** How much of the answers is known, of each emulator. */
  readonly expected: {
    readonly ours: DeepPartial<Observed>;
    readonly moto: DeepPartial<Observed>;
  };
}

export interface Case extends Experiment {
  /** What is asked for. */
  readonly name: string;
  readonly difference?: Difference;
}

type DeepPartial<T> = { readonly [K in keyof T]?: T[K] extends object ? DeepPartial<T[K]> : T[K] };

const API = 'https://docs.aws.amazon.com/autoscaling/ec2/APIReference';

const SECRETS_API = 'https://docs.aws.amazon.com/secretsmanager/latest/apireference';

const groups = (operation: string, input: Call['input'] = {}): Call => ({
  service: 'autoscaling',
  operation,
  input,
});
const g0 = { AutoScalingGroupName: 'g0' };
const nobody = { AutoScalingGroupName: 'nobody' };
const describe = (input?: Call['input']) => groups('DescribeAutoScalingGroups', input);
const filter = (...filters: readonly (readonly [name: string, ...values: string[]])[]) =>
  describe({ Filters: filters.map(([Name, ...Values]) => ({ Name, Values })) });
const desire = (DesiredCapacity: number | undefined, group: Call['input'] = g0) =>
  groups('SetDesiredCapacity', {
    ...group,
    ...(DesiredCapacity !== undefined && { DesiredCapacity }),
  });
const update = (sizes: Call['input'], group: Call['input'] = g0) =>
  groups('UpdateAutoScalingGroup', { ...group, ...sizes });
const suspend = (processes: readonly string[] | undefined, group: Call['input'] = g0) =>
  groups('SuspendProcesses', { ...group, ...(processes && { ScalingProcesses: processes }) });
const resume = (processes: readonly string[] | undefined, group: Call['input'] = g0) =>
  groups('ResumeProcesses', { ...group, ...(processes && { ScalingProcesses: processes }) });
const terminate = (decrement: boolean | undefined, InstanceId = INSTANCE) =>
  groups('TerminateInstanceInAutoScalingGroup', {
    InstanceId,
    ...(decrement !== undefined && { ShouldDecrementDesiredCapacity: decrement }),
  });
const secret = (operation: string, input: Call['input']): Call => ({
  service: 'secretsmanager',
  operation,
  input,
});

/** A group whose machines run. */
const running = (count: number) => [desire(count), SETTLE] as const;

const refused = { answer: { status: 400, code: 'ValidationError' } } as const;
const crashed = { answer: { status: 500, code: 'unreadable' } } as const;
const fine = { answer: { status: 200 } } as const;

const NOT_FOUND: Difference = {
  aws: 'answers ResourceNotFoundException with status 400',
  moto: 'answers it with status 404',
  source: `${SECRETS_API}/API_GetSecretValue.html#API_GetSecretValue_Errors`,
  expected: {
    ours: { answer: { status: 400, code: 'ResourceNotFoundException' } },
    moto: { answer: { status: 404, code: 'ResourceNotFoundException' } },
  },
};

export const CASES: readonly Case[] = [
  { name: 'every group', call: describe() },
  { name: 'groups by name', call: describe({ AutoScalingGroupNames: ['g2', 'g0'] }) },
  { name: 'a group that does not exist', call: describe({ AutoScalingGroupNames: ['nobody'] }) },
  { name: 'pages of two', call: describe({ MaxRecords: 2 }) },
  { name: 'pages of one', call: describe({ MaxRecords: 1 }) },
  { name: 'a page that holds all', call: describe({ MaxRecords: 100 }) },
  {
    name: 'a page of 101',
    call: describe({ MaxRecords: 101 }),
    difference: {
      aws: 'refuses a page of more than 100 groups',
      moto: 'fails with an HTML page and status 500',
      source: `${API}/API_DescribeAutoScalingGroups.html`,
      expected: { ours: refused, moto: crashed },
    },
  },
  {
    name: 'a token that was never given',
    call: describe({ NextToken: 'no-such-token' }),
    difference: {
      aws: 'refuses the token with InvalidNextToken',
      moto: 'fails with an HTML page and status 500',
      source: `${API}/API_DescribeAutoScalingGroups.html#API_DescribeAutoScalingGroups_Errors`,
      expected: { ours: { answer: { status: 400, code: 'InvalidNextToken' } }, moto: crashed },
    },
  },
  { name: 'groups by the value of a tag', call: filter(['tag:runner-scaler:name', 'ci']) },
  { name: 'groups by a value no tag has', call: filter(['tag:runner-scaler:name', 'other']) },
  {
    name: 'groups by one of two values',
    call: filter(['tag:runner-scaler:resource-class', 'acme/arm', 'acme/large']),
  },
  {
    name: 'groups by two tags',
    call: filter(
      ['tag:runner-scaler:name', 'ci'],
      ['tag:runner-scaler:resource-class', 'acme/linux'],
    ),
  },
  { name: 'groups by the key of a tag', call: filter(['tag-key', 'runner-scaler:source']) },
  { name: 'groups by the value of any tag', call: filter(['tag-value', 'acme/large']) },
  {
    name: 'groups by an unknown filter',
    call: filter(['colour', 'red']),
    difference: {
      aws: 'refuses a filter it does not know',
      moto: 'ignores it and gives every group',
      source: `${API}/API_Filter.html`,
      expected: { ours: refused, moto: fine },
    },
  },

  { name: 'more capacity', call: desire(3) },
  { name: 'the same capacity again', given: running(2), call: desire(2) },
  { name: 'less capacity than protected machines', given: running(3), call: desire(1) },
  {
    name: 'capacity, read at once',
    call: desire(1),
    atOnce: true,
    difference: {
      aws: 'launches take time: the capacity is there, the instance is not or is Pending',
      moto: 'the instance is InService with the answer',
      source:
        'https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html',
      expected: {
        ours: { after: [{ desired: 1, instances: [] }] },
        moto: { after: [{ desired: 1, instances: ['InService Healthy protected'] }] },
      },
    },
  },
  {
    name: 'capacity above the maximum',
    call: desire(11),
    difference: {
      aws: 'refuses a capacity outside the bounds of the group',
      moto: 'takes any capacity and launches it',
      source: `${API}/API_SetDesiredCapacity.html`,
      expected: {
        ours: { ...refused, after: [{ desired: 0 }] },
        moto: { ...fine, after: [{ desired: 11 }] },
      },
    },
  },
  {
    name: 'capacity below the minimum',
    given: [update({ MinSize: 2 })],
    call: desire(1),
    difference: {
      aws: 'refuses a capacity outside the bounds of the group',
      moto: 'takes any capacity',
      source: `${API}/API_SetDesiredCapacity.html`,
      expected: {
        ours: { ...refused, after: [{ desired: 2 }] },
        moto: { ...fine, after: [{ desired: 1 }] },
      },
    },
  },
  {
    name: 'capacity of an unknown group',
    call: desire(1, nobody),
    difference: {
      aws: 'refuses an unknown group with ValidationError',
      moto: 'fails with an HTML page and status 500',
      source: `${API}/CommonErrors.html`,
      expected: { ours: refused, moto: crashed },
    },
  },
  {
    name: 'capacity without a number',
    call: desire(undefined),
    difference: {
      aws: 'refuses a call that lacks a required parameter',
      moto: 'takes it and changes nothing',
      source: `${API}/CommonErrors.html`,
      expected: { ours: refused, moto: fine },
    },
  },

  { name: 'a maximum below the capacity', given: running(3), call: update({ MaxSize: 2 }) },
  { name: 'a maximum of 0', given: running(2), call: update({ MaxSize: 0 }) },
  { name: 'a minimum above the capacity', call: update({ MinSize: 2 }) },
  {
    name: 'bounds and capacity in one',
    call: update({ MinSize: 1, MaxSize: 4, DesiredCapacity: 3 }),
  },
  { name: 'bounds of an unknown group', call: update({ MaxSize: 1 }, nobody) },
  {
    name: 'a minimum above the maximum',
    call: update({ MinSize: 5, MaxSize: 4 }),
    difference: {
      aws: 'refuses a minimum above the maximum, and changes nothing',
      moto: 'takes it',
      source: `${API}/API_UpdateAutoScalingGroup.html`,
      expected: {
        ours: { ...refused, after: [{ min: 0, max: 10 }] },
        moto: { ...fine, after: [{ min: 5, max: 4 }] },
      },
    },
  },
  {
    name: 'a capacity outside the bounds given with it',
    call: update({ MaxSize: 4, DesiredCapacity: 5 }),
    difference: {
      aws: 'refuses a capacity outside the bounds, and changes nothing',
      moto: 'takes it',
      source: `${API}/API_UpdateAutoScalingGroup.html`,
      expected: { ours: { ...refused, after: [{ max: 10, desired: 0 }] }, moto: fine },
    },
  },

  { name: 'one process suspended', call: suspend(['AZRebalance']) },
  {
    name: 'a process suspended twice',
    given: [suspend(['AZRebalance'])],
    call: suspend(['AZRebalance']),
  },
  { name: 'every process suspended', call: suspend(undefined) },
  {
    name: 'processes of an unknown group',
    call: suspend(['AZRebalance'], nobody),
    difference: {
      aws: 'refuses an unknown group with ValidationError',
      moto: 'fails with an HTML page and status 500',
      source: `${API}/CommonErrors.html`,
      expected: { ours: refused, moto: crashed },
    },
  },
  {
    name: 'one process resumed',
    given: [suspend(['AZRebalance', 'Launch'])],
    call: resume(['Launch']),
  },
  { name: 'every process resumed', given: [suspend(['Launch'])], call: resume(undefined) },
  {
    name: 'capacity while Launch is suspended',
    given: [suspend(['Launch'])],
    call: desire(2),
    difference: {
      aws: 'launches nothing while Launch is suspended',
      moto: 'launches all the same',
      source:
        'https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html',
      expected: {
        ours: { after: [{ desired: 2, instances: [] }] },
        moto: { after: [{ desired: 2, instances: { length: 2 } }] },
      },
    },
  },

  { name: 'an instance ended with its place', given: running(2), call: terminate(true) },
  { name: 'an instance ended and replaced', given: running(2), call: terminate(false) },
  {
    name: 'an unknown instance ended',
    call: terminate(true, 'i-00000000000000000'),
    difference: {
      aws: 'refuses an unknown instance with ValidationError',
      moto: 'fails with an HTML page and status 500',
      source: `${API}/CommonErrors.html`,
      expected: { ours: refused, moto: crashed },
    },
  },
  {
    name: 'an instance ended, its place unsaid',
    given: running(1),
    call: terminate(undefined),
    difference: {
      aws: 'refuses a call that lacks a required parameter',
      moto: 'replaces the instance',
      source: `${API}/API_TerminateInstanceInAutoScalingGroup.html`,
      expected: { ours: refused, moto: fine },
    },
  },
  {
    name: 'an instance ended with its place at the minimum',
    given: [update({ MinSize: 1 }), SETTLE],
    call: terminate(true),
    difference: {
      aws: 'refuses to lower the capacity below the minimum; the instance stays',
      moto: 'lowers it below the minimum',
      source: `${API}/API_TerminateInstanceInAutoScalingGroup.html`,
      expected: {
        ours: { ...refused, after: [{ desired: 1 }] },
        moto: { ...fine, after: [{ desired: 0 }] },
      },
    },
  },
  {
    name: 'a launch hook completed that does not wait',
    given: running(1),
    call: groups('CompleteLifecycleAction', {
      ...g0,
      LifecycleHookName: 'runner-ready',
      LifecycleActionResult: 'CONTINUE',
      InstanceId: INSTANCE,
    }),
    difference: {
      aws: 'refuses it: there is no active lifecycle action',
      moto: 'does not know the operation; hooks are kept and never hold an instance',
      source: `${API}/API_CompleteLifecycleAction.html`,
      expected: { ours: refused, moto: crashed },
    },
  },

  {
    name: 'a tag taken off a group',
    call: groups('DeleteTags', {
      Tags: [{ ResourceId: 'g0', ResourceType: 'auto-scaling-group', Key: 'runner-scaler:source' }],
    }),
  },
  { name: 'an empty group deleted', call: groups('DeleteAutoScalingGroup', g0) },
  {
    name: 'an unknown group deleted',
    call: groups('DeleteAutoScalingGroup', nobody),
  },
  {
    name: 'a group deleted with its machines, by force',
    given: running(2),
    call: groups('DeleteAutoScalingGroup', { ...g0, ForceDelete: true }),
  },
  {
    name: 'a group deleted while machines run',
    given: running(1),
    call: groups('DeleteAutoScalingGroup', g0),
    difference: {
      aws: 'refuses to delete it without force while it has instances',
      moto: 'deletes it with them',
      source: `${API}/API_DeleteAutoScalingGroup.html`,
      expected: {
        ours: {
          answer: { status: 400, code: 'ResourceInUse' },
          after: [{ instances: ['InService Healthy protected'] }],
        },
        moto: { ...fine, after: [] },
      },
    },
  },

  { name: 'the value of a secret', call: secret('GetSecretValue', { SecretId: 'full' }) },
  {
    name: 'the value of a secret by its ARN',
    call: secret('GetSecretValue', { SecretId: SECRET_ARN }),
  },
  {
    name: 'the value of an empty secret',
    call: secret('GetSecretValue', { SecretId: 'empty' }),
    difference: NOT_FOUND,
  },
  {
    name: 'an unknown secret',
    call: secret('GetSecretValue', { SecretId: 'nobody' }),
    difference: NOT_FOUND,
  },
  {
    name: 'a secret without an id',
    call: secret('GetSecretValue', {}),
    difference: {
      aws: 'refuses a call that lacks a required parameter',
      moto: 'fails with an HTML page and status 500',
      source: `${SECRETS_API}/API_GetSecretValue.html#API_GetSecretValue_Errors`,
      expected: {
        ours: { answer: { status: 400, code: 'InvalidParameterException' } },
        moto: crashed,
      },
    },
  },
  {
    name: 'another value for a secret',
    call: secret('PutSecretValue', { SecretId: 'full', SecretString: 'other' }),
  },
  {
    name: 'a first value for a secret',
    call: secret('PutSecretValue', { SecretId: 'empty', SecretString: 'first' }),
  },
  {
    name: 'a value for an unknown secret',
    call: secret('PutSecretValue', { SecretId: 'nobody', SecretString: 'other' }),
    difference: NOT_FOUND,
  },
  { name: 'no value for a secret', call: secret('PutSecretValue', { SecretId: 'full' }) },
];
