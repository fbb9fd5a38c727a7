import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { arn } from '../../permissions/stand-ins.ts';
import { actionsOfAws, type Call, events, grantedBy, openedBy, reasonedFor } from './granted.ts';

const KEY = arn('kms', 'key/1234abcd-12ab-34cd-56ef-1234567890ab');
const API_TOKEN = arn('secretsmanager', 'secret:api-token-a1B2c3');
const LARGE_TOKEN = arn('secretsmanager', 'secret:large-token-a1B2c3');

/** Two classes of which one's name begins with the other's, and one whose token has a key. */
const config: ScalerConfig = {
  name: 'ci',
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0'],
    scaler: { subnetIds: ['subnet-0123456789abcdef1'] },
  },
  circleci: { existingTokenSecretArn: API_TOKEN, tokenKmsKeyArn: KEY },
  resourceClasses: [
    { resourceClass: 'acme/linux', max: 4 },
    { resourceClass: 'acme/linux-arm', max: 4, architecture: 'arm64' },
    {
      resourceClass: 'acme/large',
      max: 4,
      machineLogs: true,
      existingTokenSecretArn: LARGE_TOKEN,
      tokenKmsKeyArn: KEY,
    },
  ],
  gitlab: {
    url: 'https://gitlab.example.com',
    scope: 'instance',
    fleets: [{ name: 'linux', runner: 12, max: 4 }],
  },
};

const { ask, logicalId, secret } = grantedBy(config);

const NAME_TAG = 'aws:ResourceTag/runner-scaler:name';
const SCALER = 'What the scaler ci may do';
const SCHEDULE = 'role for scheduler.amazonaws.com';
const RUNNER = 'What runners of acme/linux may do';
const ARM_RUNNER = 'What runners of acme/linux-arm may do';
const LARGE_RUNNER = 'What runners of acme/large may do';
const GITLAB_RUNNER = 'What runners of linux may do';

const FUNCTION = arn('lambda', `function:${logicalId('AWS::Lambda::Function', 'Scaler')}`);
const QUEUE = arn('sqs', logicalId('AWS::SQS::Queue', 'Scaler'));
const LINUX_TOKEN = secret('FleetacmelinuxToken');
const ARM_TOKEN = secret('FleetacmelinuxarmToken');
const GITLAB_TOKEN = secret('FleetlinuxToken');
const GITLAB_API_TOKEN = secret('ScalerGitLabApiToken');
const LOG = arn('logs', 'log-group:/runner-scaler/ci:log-stream:2026/11/20/[$LATEST]0123');
const MACHINE_LOG = arn('logs', 'log-group:/runner-scaler/ci/machines:log-stream:i-0123');
const BUS = arn('events', 'event-bus/default');
const EVERYTHING = '*';

const group = (name: string) =>
  arn('autoscaling', `autoScalingGroup:0f1e2d3c-4b5a:autoScalingGroupName/${name}`);
const ownTag = { [NAME_TAG]: 'ci' };
const LINUX_EVENTS = 'runner-scaler.ci/acme/linux';
const taskEnded = events(LINUX_EVENTS, 'Runner Task Ended');
const ended = events(LINUX_EVENTS, 'Runner Ended');

describe('the scaler function', () => {
  test.each<Call>([
    ['logs:CreateLogStream', LOG],
    ['logs:PutLogEvents', LOG],
    ['autoscaling:DescribeAutoScalingGroups', EVERYTHING],
    ['autoscaling:SetDesiredCapacity', group('ci.acme.linux'), ownTag],
    ['autoscaling:SetDesiredCapacity', group('made-by-hand'), ownTag],
    ['autoscaling:SuspendProcesses', group('ci.acme.linux'), ownTag],
    ['autoscaling:ResumeProcesses', group('ci.acme.linux'), ownTag],
    ['autoscaling:DescribeScalingActivities', EVERYTHING],
    [
      'autoscaling:CreateOrUpdateTags',
      group('ci.acme.linux'),
      { ...ownTag, 'aws:TagKeys': 'runner-scaler:hold-back' },
    ],
    ['secretsmanager:GetSecretValue', API_TOKEN],
    ['secretsmanager:GetSecretValue', GITLAB_API_TOKEN],
    ['kms:Decrypt', KEY, openedBy(API_TOKEN)],
  ])('may %s on %s', (...call) => {
    expect(ask(SCALER, call)).toBe(true);
  });

  test.each([
    ['autoscaling:SetDesiredCapacity', 'of another scaler', { [NAME_TAG]: 'ci-2' }],
    ['autoscaling:SetDesiredCapacity', 'whose tag differs in case', { [NAME_TAG]: 'CI' }],
    ['autoscaling:SetDesiredCapacity', 'without the tag', {}],
    ['autoscaling:SuspendProcesses', 'of another scaler', { [NAME_TAG]: 'other' }],
    ['autoscaling:SuspendProcesses', 'without the tag', {}],
    ['autoscaling:ResumeProcesses', 'of another scaler', { [NAME_TAG]: 'other' }],
    ['autoscaling:ResumeProcesses', 'without the tag', {}],
  ])('may not %s on a group %s, even of a name like its own', (action, _what, context) => {
    expect(ask(SCALER, [action, group('ci.acme.linux'), context])).toBe(false);
  });

  test.each<Call>([
    // Minimum, maximum and everything else that is the group's.
    ['autoscaling:UpdateAutoScalingGroup', group('ci.acme.linux'), ownTag],
    ['autoscaling:PutScalingPolicy', group('ci.acme.linux'), ownTag],
    ['autoscaling:TerminateInstanceInAutoScalingGroup', group('ci.acme.linux'), ownTag],
    ['autoscaling:SetInstanceProtection', group('ci.acme.linux'), ownTag],
    ['autoscaling:DeleteAutoScalingGroup', group('ci.acme.linux'), ownTag],
    ['autoscaling:DeleteTags', group('ci.acme.linux'), ownTag],
    // Not the tag that says which scaler serves a group.
    [
      'autoscaling:CreateOrUpdateTags',
      group('ci.acme.linux'),
      { ...ownTag, 'aws:TagKeys': 'runner-scaler:name' },
    ],
    [
      'autoscaling:CreateOrUpdateTags',
      group('ci.acme.linux'),
      { ...ownTag, 'aws:TagKeys': 'runner-scaler:hold-back,runner-scaler:name' },
    ],
    [
      'autoscaling:CreateOrUpdateTags',
      group('ci.acme.linux'),
      { 'aws:TagKeys': 'runner-scaler:hold-back' },
    ],
    ['secretsmanager:GetSecretValue', LINUX_TOKEN],
    ['secretsmanager:GetSecretValue', GITLAB_TOKEN],
    ['secretsmanager:PutSecretValue', API_TOKEN],
    ['kms:Decrypt', KEY, openedBy(LARGE_TOKEN)],
    ['kms:Decrypt', KEY],
    ['logs:PutLogEvents', LOG.replace('/ci:', '/ci-2:')],
    ['logs:CreateLogGroup', arn('logs', 'log-group:/runner-scaler/ci')],
    ['ec2:TerminateInstances', arn('ec2', 'instance/i-1')],
    ['iam:PassRole', 'arn:aws:iam::111122223333:role/admin'],
    ['lambda:InvokeFunction', FUNCTION],
    ['lambda:UpdateFunctionCode', FUNCTION],
    ['sqs:SendMessage', arn('sqs', 'another')],
    ['sqs:PurgeQueue', QUEUE],
  ])('may not %s on %s', (...call) => {
    expect(ask(SCALER, call)).toBe(false);
  });
});

describe('the schedule', () => {
  test.each<Call>([['lambda:InvokeFunction', FUNCTION]])('may %s on %s', (...call) => {
    expect(ask(SCHEDULE, call)).toBe(true);
  });

  test.each<Call>([
    ['lambda:InvokeFunction', arn('lambda', 'function:another')],
    ['lambda:UpdateFunctionCode', FUNCTION],
    ['sqs:SendMessage', QUEUE],
    ['sqs:PurgeQueue', QUEUE],
    ['lambda:UpdateFunctionConfiguration', FUNCTION],
    ['secretsmanager:GetSecretValue', API_TOKEN],
    ['autoscaling:SetDesiredCapacity', group('ci.acme.linux'), ownTag],
  ])('may not %s on %s', (...call) => {
    expect(ask(SCHEDULE, call)).toBe(false);
  });
});

describe('a runner of GitLab', () => {
  test.each<Call>([
    ['secretsmanager:GetSecretValue', GITLAB_TOKEN],
    ['autoscaling:CompleteLifecycleAction', group('ci.linux'), ownTag],
    ['events:PutEvents', BUS, events('runner-scaler.ci/linux', 'Runner Ended')],
  ])('may %s on %s', (...call) => {
    expect(ask(GITLAB_RUNNER, call)).toBe(true);
  });

  test.each<Call>([
    ['secretsmanager:GetSecretValue', GITLAB_API_TOKEN],
    ['secretsmanager:GetSecretValue', API_TOKEN],
    ['secretsmanager:GetSecretValue', LINUX_TOKEN],
    // A class of CircleCI whose name ends like its own.
    ['autoscaling:CompleteLifecycleAction', group('ci.acme.linux'), ownTag],
    ['events:PutEvents', BUS, events(LINUX_EVENTS, 'Runner Ended')],
  ])('may not %s on %s', (...call) => {
    expect(ask(GITLAB_RUNNER, call)).toBe(false);
  });
});

describe('a runner of acme/linux', () => {
  test.each<Call>([
    ['secretsmanager:GetSecretValue', LINUX_TOKEN],
    ['autoscaling:CompleteLifecycleAction', group('ci.acme.linux'), ownTag],
    ['autoscaling:TerminateInstanceInAutoScalingGroup', group('ci.acme.linux'), ownTag],
    ['autoscaling:SetInstanceProtection', group('ci.acme.linux'), ownTag],
    ['autoscaling:DetachInstances', group('ci.acme.linux'), ownTag],
    ['events:PutEvents', BUS, taskEnded],
    ['events:PutEvents', BUS, ended],
    ['events:PutEvents', BUS, events(LINUX_EVENTS, 'Runner Ended,Runner Task Ended')],
    ['ssm:UpdateInstanceInformation', arn('ec2', 'instance/i-1')],
    ['ssmmessages:CreateControlChannel', EVERYTHING],
    ['ssmmessages:CreateDataChannel', EVERYTHING],
    ['ssmmessages:OpenControlChannel', EVERYTHING],
    ['ssmmessages:OpenDataChannel', EVERYTHING],
  ])('may %s on %s', (...call) => {
    expect(ask(RUNNER, call)).toBe(true);
  });

  test.each<Call>([
    // The names of both other groups begin like its own, or end like it.
    ['autoscaling:TerminateInstanceInAutoScalingGroup', group('ci.acme.linux-arm'), ownTag],
    ['autoscaling:TerminateInstanceInAutoScalingGroup', group('other/ci.acme.linux'), ownTag],
    ['autoscaling:TerminateInstanceInAutoScalingGroup', group('ci.acme.large'), ownTag],
    ['autoscaling:CompleteLifecycleAction', group('ci.acme.linux-arm'), ownTag],
    ['autoscaling:SetDesiredCapacity', group('ci.acme.linux'), ownTag],
    ['autoscaling:UpdateAutoScalingGroup', group('ci.acme.linux'), ownTag],
    ['autoscaling:SetInstanceProtection', group('ci.acme.linux-arm'), ownTag],
    ['autoscaling:DetachInstances', group('ci.acme.linux-arm'), ownTag],
    ['autoscaling:AttachInstances', group('ci.acme.linux'), ownTag],
    ['autoscaling:DescribeAutoScalingGroups', EVERYTHING],
    ['events:PutEvents', BUS],
    // Of another class, of another scaler, of no class, of another kind, or one of them among its own.
    ['events:PutEvents', BUS, events('runner-scaler.ci/acme/large', 'Runner Ended')],
    ['events:PutEvents', BUS, events('runner-scaler.ci/acme/linux-arm', 'Runner Ended')],
    ['events:PutEvents', BUS, events('runner-scaler.ci-2/acme/linux', 'Runner Ended')],
    ['events:PutEvents', BUS, events('runner-scaler.ci', 'Runner Task Ended')],
    ['events:PutEvents', BUS, events(LINUX_EVENTS, 'Anything Else')],
    ['events:PutEvents', BUS, events(LINUX_EVENTS, 'Runner Ended,Anything Else')],
    [
      'events:PutEvents',
      BUS,
      events(`${LINUX_EVENTS},runner-scaler.ci/acme/large`, 'Runner Ended'),
    ],
    ['events:PutEvents', BUS, { 'events:source': LINUX_EVENTS }],
    ['events:PutEvents', BUS, { 'events:detail-type': 'Runner Ended' }],
    ['events:PutEvents', arn('events', 'event-bus/orders'), ended],
    ['events:PutRule', arn('events', 'rule/any'), ended],
    ['secretsmanager:GetSecretValue', ARM_TOKEN],
    ['secretsmanager:GetSecretValue', API_TOKEN],
    ['secretsmanager:GetSecretValue', LARGE_TOKEN],
    ['secretsmanager:PutSecretValue', LINUX_TOKEN],
    ['kms:Decrypt', KEY, openedBy(LARGE_TOKEN)],
    ['ec2:TerminateInstances', arn('ec2', 'instance/i-1')],
    ['ec2:RunInstances', EVERYTHING],
    ['iam:PassRole', 'arn:aws:iam::111122223333:role/admin'],
    ['sts:AssumeRole', 'arn:aws:iam::111122223333:role/admin'],
    ['ssm:GetParameter', arn('ssm', 'parameter/database-password')],
    ['ssm:SendCommand', arn('ec2', 'instance/i-2')],
    ['ssm:StartSession', arn('ec2', 'instance/i-2')],
    ['lambda:InvokeFunction', FUNCTION],
    ['logs:PutLogEvents', LOG],
    ['logs:PutLogEvents', MACHINE_LOG],
    ['logs:CreateLogStream', MACHINE_LOG],
  ])('may not %s on %s', (...call) => {
    expect(ask(RUNNER, call)).toBe(false);
  });
});

describe('the network interfaces of the function', () => {
  const byCode = { 'lambda:SourceFunctionArn': FUNCTION };
  const actions = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ];

  test.each(actions)('are for Lambda to %s, and not for the code', (action) => {
    expect(ask(SCALER, [action, EVERYTHING])).toBe(true);
    expect(ask(SCALER, [action, EVERYTHING, byCode])).toBe(false);
    expect(ask(RUNNER, [action, EVERYTHING])).toBe(false);
  });

  test('leave the code its own rights', () => {
    const call = ['autoscaling:DescribeAutoScalingGroups', EVERYTHING, byCode] as const;
    expect(ask(SCALER, call)).toBe(true);
  });
});

describe('a runner whose token is encrypted with a key of the user', () => {
  test.each<Call>([
    ['secretsmanager:GetSecretValue', LARGE_TOKEN],
    ['kms:Decrypt', KEY, openedBy(LARGE_TOKEN)],
  ])('may %s on %s', (...call) => {
    expect(ask(LARGE_RUNNER, call)).toBe(true);
  });

  test.each<Call>([
    ['kms:Decrypt', KEY, openedBy(API_TOKEN)],
    ['kms:Decrypt', KEY.replace('1234abcd', '9876fedc'), openedBy(LARGE_TOKEN)],
    ['kms:Encrypt', KEY, openedBy(LARGE_TOKEN)],
  ])('may not %s on %s', (...call) => {
    expect(ask(LARGE_RUNNER, call)).toBe(false);
  });
});

describe('a runner whose log is kept', () => {
  test.each<Call>([
    ['logs:CreateLogStream', MACHINE_LOG],
    ['logs:PutLogEvents', MACHINE_LOG],
  ])('may %s on %s', (...call) => {
    expect(ask(LARGE_RUNNER, call)).toBe(true);
  });

  test.each<Call>([
    // Not the function's log, not that of a scaler whose name begins alike, no stream of another name.
    ['logs:PutLogEvents', LOG],
    ['logs:PutLogEvents', MACHINE_LOG.replace('/ci/', '/ci-2/')],
    ['logs:PutLogEvents', MACHINE_LOG.replace(':i-', ':x-')],
    ['logs:CreateLogStream', MACHINE_LOG.replace('/machines', '/machines-2')],
    ['logs:CreateLogGroup', arn('logs', 'log-group:/runner-scaler/ci/machines')],
    ['logs:GetLogEvents', MACHINE_LOG],
    ['logs:DeleteLogStream', MACHINE_LOG],
  ])('may not %s on %s', (...call) => {
    expect(ask(LARGE_RUNNER, call)).toBe(false);
  });
});

test('runners of different classes may not speak for each other', () => {
  const arm = events('runner-scaler.ci/acme/linux-arm', 'Runner Ended');
  expect(ask(ARM_RUNNER, ['events:PutEvents', BUS, arm])).toBe(true);
  expect(ask(ARM_RUNNER, ['events:PutEvents', BUS, ended])).toBe(false);
});

describe('of all actions of AWS', () => {
  let actions: readonly string[];
  beforeAll(async () => {
    actions = await actionsOfAws();
  });

  /** Everything that any role may touch, with every fact that a condition of any role asks for. */
  const reachable = [
    group('ci.acme.linux'),
    group('ci.acme.large'),
    LINUX_TOKEN,
    ARM_TOKEN,
    LARGE_TOKEN,
    API_TOKEN,
    KEY,
    LOG,
    MACHINE_LOG,
    FUNCTION,
    QUEUE,
    BUS,
    arn('ec2', 'instance/i-1'),
    EVERYTHING,
  ];

  test.each([SCALER, SCHEDULE, RUNNER, LARGE_RUNNER])(
    '"%s" are exactly those that permissions/ledger.ts gives a reason for, on any resource',
    (role) => {
      const reasoned = reasonedFor(config, role);
      const allowed = actions.filter((action) =>
        reachable.some((resource) => ask(role, [action, resource, reasoned.context])),
      );
      expect(allowed.toSorted()).toEqual(reasoned.actions);
    },
  );

  test('there are as many as AWS has, so that the enumeration means something', () => {
    expect(actions.length).toBeGreaterThan(15_000);
    expect(actions).toEqual(
      expect.arrayContaining(['autoscaling:UpdateAutoScalingGroup', 'iam:PassRole']),
    );
  });
});
