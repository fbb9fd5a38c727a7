import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { arn } from '../../permissions/stand-ins.ts';
import { actionsOfAws, type Call, events, grantedBy, openedBy, reasonedFor } from './granted.ts';

const KEY = arn('kms', 'key/1234abcd-12ab-34cd-56ef-1234567890ab');
const API_TOKEN = arn('secretsmanager', 'secret:api-token-a1B2c3');
const GITHUB_APP = arn('secretsmanager', 'secret:github-app-a1B2c3');

/** GitHub beside CircleCI, with a key of the user, and two fleets of which one's name begins with the other's. */
const config: ScalerConfig = {
  name: 'ci',
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0'],
    scaler: { subnetIds: ['subnet-0123456789abcdef1'] },
  },
  circleci: { existingTokenSecretArn: API_TOKEN },
  resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }],
  github: {
    owners: ['acme'],
    webhook: true,
    appSecretArn: GITHUB_APP,
    appKmsKeyArn: KEY,
    fleets: [
      { name: 'gpu', labels: ['gpu'], max: 4 },
      { name: 'gpu-arm', labels: ['gpu'], max: 4, architecture: 'arm64' },
    ],
  },
};

const { ask, logicalId, secret } = grantedBy(config);

const SCALER = 'What the scaler ci may do';
const REGISTRAR = 'What the registrar of ci may do';
const REGISTRAR_SCHEDULE = 'What the schedule of the registrar of ci may do';
const WEBHOOK = 'What the webhook of ci may do';
const CIRCLECI_RUNNER = 'What runners of acme/linux may do';
const GITHUB_RUNNER = 'What runners of gpu may do';

const FUNCTION = functionOf('Scaler');
const REGISTRAR_FUNCTION = functionOf('Registrar');
const WEBHOOK_FUNCTION = functionOf('Webhook');
const QUEUE = arn('sqs', logicalId('AWS::SQS::Queue', 'Scaler'));
const WEBHOOK_SECRET = secret('Webhook');
const LINUX_TOKEN = secret('FleetacmelinuxToken');
const log = (name: string) =>
  arn('logs', `log-group:/runner-scaler/${name}:log-stream:2026/11/20/[$LATEST]0123`);
const LOG = log('ci');
const REGISTRAR_LOG = log('ci/registrar');
const WEBHOOK_LOG = log('ci/webhook');
const BUS = arn('events', 'event-bus/default');
const EVERYTHING = '*';

const group = (name: string) =>
  arn('autoscaling', `autoScalingGroup:0f1e2d3c-4b5a:autoScalingGroupName/${name}`);
const ownTag = { 'aws:ResourceTag/runner-scaler:name': 'ci' };
const demandChanged = events('runner-scaler.ci/github', 'Demand Changed');
const byAddress = {
  'lambda:FunctionUrlAuthType': 'AWS_IAM',
  'lambda:InvokedViaFunctionUrl': 'true',
};

describe('the scaler function with GitHub', () => {
  test.each<Call>([
    ['secretsmanager:GetSecretValue', GITHUB_APP],
    ['kms:Decrypt', KEY, openedBy(GITHUB_APP)],
    ['autoscaling:SetDesiredCapacity', group('ci.gpu'), ownTag],
  ])('may %s on %s', (...call) => {
    expect(ask(SCALER, call)).toBe(true);
  });

  test.each<Call>([
    ['secretsmanager:GetSecretValue', WEBHOOK_SECRET],
    ['secretsmanager:PutSecretValue', GITHUB_APP],
    ['lambda:InvokeFunctionUrl', REGISTRAR_FUNCTION, byAddress],
    ['lambda:InvokeFunction', REGISTRAR_FUNCTION, byAddress],
    ['logs:PutLogEvents', REGISTRAR_LOG],
    ['events:PutEvents', BUS, demandChanged],
  ])('may not %s on %s', (...call) => {
    expect(ask(SCALER, call)).toBe(false);
  });
});

test('a runner of CircleCI may not call the registrar', () => {
  for (const action of ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction']) {
    expect(ask(CIRCLECI_RUNNER, [action, REGISTRAR_FUNCTION, byAddress])).toBe(false);
  }
});

describe('the registrar', () => {
  test.each<Call>([
    ['logs:CreateLogStream', REGISTRAR_LOG],
    ['logs:PutLogEvents', REGISTRAR_LOG],
    ['autoscaling:DescribeAutoScalingInstances', EVERYTHING],
    ['autoscaling:DescribeAutoScalingGroups', EVERYTHING],
    ['secretsmanager:GetSecretValue', GITHUB_APP],
    ['kms:Decrypt', KEY, openedBy(GITHUB_APP)],
  ])('may %s on %s', (...call) => {
    expect(ask(REGISTRAR, call)).toBe(true);
  });

  test.each<Call>([
    ['autoscaling:SetDesiredCapacity', group('ci.gpu'), ownTag],
    ['autoscaling:TerminateInstanceInAutoScalingGroup', group('ci.gpu'), ownTag],
    ['autoscaling:CompleteLifecycleAction', group('ci.gpu'), ownTag],
    ['autoscaling:CreateOrUpdateTags', group('ci.gpu'), ownTag],
    ['secretsmanager:GetSecretValue', WEBHOOK_SECRET],
    ['secretsmanager:GetSecretValue', API_TOKEN],
    ['secretsmanager:PutSecretValue', GITHUB_APP],
    ['kms:Decrypt', KEY, openedBy(API_TOKEN)],
    ['kms:Decrypt', KEY],
    ['logs:PutLogEvents', LOG],
    ['logs:PutLogEvents', WEBHOOK_LOG],
    ['events:PutEvents', BUS, demandChanged],
    ['sqs:SendMessage', QUEUE],
    ['lambda:InvokeFunction', FUNCTION],
    ['sts:AssumeRole', 'arn:aws:iam::111122223333:role/admin'],
  ])('may not %s on %s', (...call) => {
    expect(ask(REGISTRAR, call)).toBe(false);
  });
});

describe('the network interfaces of the registrar', () => {
  const by = (code: string) => ({ 'lambda:SourceFunctionArn': code });

  test.each([
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ])('are for Lambda to %s, and not for the code; the webhook has none', (action) => {
    expect(ask(REGISTRAR, [action, EVERYTHING])).toBe(true);
    expect(ask(REGISTRAR, [action, EVERYTHING, by(REGISTRAR_FUNCTION)])).toBe(false);
    expect(ask(SCALER, [action, EVERYTHING, by(FUNCTION)])).toBe(false);
    expect(ask(WEBHOOK, [action, EVERYTHING])).toBe(false);
    expect(ask(GITHUB_RUNNER, [action, EVERYTHING])).toBe(false);
  });
});

describe('the schedule of the registrar', () => {
  test('may invoke the registrar, and no other function', () => {
    expect(ask(REGISTRAR_SCHEDULE, ['lambda:InvokeFunction', REGISTRAR_FUNCTION])).toBe(true);
    for (const other of [FUNCTION, WEBHOOK_FUNCTION]) {
      expect(ask(REGISTRAR_SCHEDULE, ['lambda:InvokeFunction', other])).toBe(false);
    }
  });
});

describe('the webhook', () => {
  test.each<Call>([
    ['logs:CreateLogStream', WEBHOOK_LOG],
    ['logs:PutLogEvents', WEBHOOK_LOG],
    ['secretsmanager:GetSecretValue', WEBHOOK_SECRET],
    ['events:PutEvents', BUS, demandChanged],
  ])('may %s on %s', (...call) => {
    expect(ask(WEBHOOK, call)).toBe(true);
  });

  test.each<Call>([
    // What a machine says is for the machine alone to say.
    ['events:PutEvents', BUS, events('runner-scaler.ci/gpu', 'Runner Ended')],
    ['events:PutEvents', BUS, events('runner-scaler.ci/github', 'Runner Ended')],
    ['events:PutEvents', BUS, events('runner-scaler.ci-2/github', 'Demand Changed')],
    ['events:PutEvents', BUS, { 'events:source': 'runner-scaler.ci/github' }],
    ['events:PutEvents', BUS],
    ['events:PutEvents', arn('events', 'event-bus/orders'), demandChanged],
    ['secretsmanager:GetSecretValue', GITHUB_APP],
    ['secretsmanager:GetSecretValue', API_TOKEN],
    ['secretsmanager:PutSecretValue', WEBHOOK_SECRET],
    ['kms:Decrypt', KEY, openedBy(GITHUB_APP)],
    ['logs:PutLogEvents', LOG],
    ['logs:PutLogEvents', REGISTRAR_LOG],
    ['sqs:SendMessage', QUEUE],
    ['lambda:InvokeFunction', FUNCTION],
    ['lambda:InvokeFunctionUrl', REGISTRAR_FUNCTION, byAddress],
    ['autoscaling:DescribeAutoScalingGroups', EVERYTHING],
    ['autoscaling:SetDesiredCapacity', group('ci.gpu'), ownTag],
  ])('may not %s on %s', (...call) => {
    expect(ask(WEBHOOK, call)).toBe(false);
  });
});

describe('a runner of GitHub', () => {
  test.each<Call>([
    ['lambda:InvokeFunctionUrl', REGISTRAR_FUNCTION, byAddress],
    ['lambda:InvokeFunction', REGISTRAR_FUNCTION, byAddress],
    ['autoscaling:CompleteLifecycleAction', group('ci.gpu'), ownTag],
    ['events:PutEvents', BUS, events('runner-scaler.ci/gpu', 'Runner Ended')],
  ])('may %s on %s', (...call) => {
    expect(ask(GITHUB_RUNNER, call)).toBe(true);
  });

  test.each<Call>([
    // Directly the registrar would not learn who calls.
    ['lambda:InvokeFunction', REGISTRAR_FUNCTION],
    ['lambda:InvokeFunction', REGISTRAR_FUNCTION, { 'lambda:InvokedViaFunctionUrl': 'false' }],
    ['lambda:InvokeFunctionUrl', REGISTRAR_FUNCTION, { 'lambda:FunctionUrlAuthType': 'NONE' }],
    ['lambda:InvokeFunctionUrl', FUNCTION, byAddress],
    ['lambda:InvokeFunction', FUNCTION, byAddress],
    ['lambda:InvokeFunction', WEBHOOK_FUNCTION, byAddress],
    ['lambda:UpdateFunctionCode', REGISTRAR_FUNCTION],
    ['lambda:GetFunction', REGISTRAR_FUNCTION],
    ['events:PutEvents', BUS, demandChanged],
    ['autoscaling:CompleteLifecycleAction', group('ci.gpu-arm'), ownTag],
    ['autoscaling:CreateOrUpdateTags', group('ci.gpu'), ownTag],
    ['ec2:CreateTags', arn('ec2', 'instance/i-1')],
  ])('may not %s on %s', (...call) => {
    expect(ask(GITHUB_RUNNER, call)).toBe(false);
  });

  test('may do nothing with any secret or key', () => {
    for (const one of [GITHUB_APP, API_TOKEN, LINUX_TOKEN, WEBHOOK_SECRET]) {
      for (const action of ['GetSecretValue', 'DescribeSecret', 'PutSecretValue']) {
        expect(ask(GITHUB_RUNNER, [`secretsmanager:${action}`, one])).toBe(false);
      }
      expect(ask(GITHUB_RUNNER, ['kms:Decrypt', KEY, openedBy(one)])).toBe(false);
    }
  });
});

describe('of all actions of AWS', () => {
  let actions: readonly string[];
  beforeAll(async () => {
    actions = await actionsOfAws();
  });

  /** Everything that any role may touch, with every fact that a condition of any role asks for. */
  const reachable = [
    group('ci.gpu'),
    GITHUB_APP,
    WEBHOOK_SECRET,
    LINUX_TOKEN,
    KEY,
    LOG,
    REGISTRAR_LOG,
    WEBHOOK_LOG,
    FUNCTION,
    REGISTRAR_FUNCTION,
    WEBHOOK_FUNCTION,
    QUEUE,
    BUS,
    arn('ec2', 'instance/i-1'),
    EVERYTHING,
  ];

  test.each([GITHUB_RUNNER, REGISTRAR, REGISTRAR_SCHEDULE, WEBHOOK])(
    '"%s" are exactly those that permissions/ledger.ts gives a reason for, on any resource',
    (role) => {
      const reasoned = reasonedFor(config, role);
      const allowed = actions.filter((action) =>
        reachable.some((resource) => ask(role, [action, resource, reasoned.context])),
      );
      expect(allowed.toSorted()).toEqual(reasoned.actions);
    },
  );
});

function functionOf(prefix: string): string {
  return arn('lambda', `function:${logicalId('AWS::Lambda::Function', prefix)}`);
}
