import { describe, expect, test } from '@jest/globals';
import {
  decodeSettings,
  ENV,
  SCHEDULE_EVENT,
  TOKEN_PLACEHOLDER,
} from '../../lambda/scaler/contract.ts';
import { decodeEvent } from '../../lambda/scaler/invocation-event.ts';
import { templateOf } from '../../lib/template.ts';
import { configOf, only, outputsOf, statementsOf } from './stack-fixture.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:circleci-token-a1B2c3';
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

describe('scaler function', () => {
  const template = templateOf(configOf({}, { logRetentionDays: 14 }));

  test('runs on Node 24 and arm64, for at most the minute until the next pass', () => {
    expect(only(template, 'AWS::Lambda::Function').Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 60,
    });
  });

  test('has more memory where it has many classes', () => {
    const classes = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ resourceClass: `acme/c${index}`, max: 1 }));
    const memoryOf = (count: number) =>
      only(templateOf(configOf({}, { resourceClasses: classes(count) })), 'AWS::Lambda::Function')
        .Properties;
    expect(memoryOf(20)).toMatchObject({ MemorySize: 256 });
    expect(memoryOf(21)).toMatchObject({ MemorySize: 512 });
  });

  test('gets an environment that the scaler can decode', () => {
    const config = configOf(
      {},
      {
        circleci: {
          url: 'https://circleci.example.com/',
          api: 'fleets',
          existingTokenSecretArn: SECRET,
        },
        passIntervalSeconds: 7,
        metrics: false,
        dryRun: true,
      },
    );
    const { Environment } = only(templateOf(config), 'AWS::Lambda::Function').Properties as {
      readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
    };
    const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/111122223333/events';
    // The queue is the template's own.
    const given = { ...Environment.Variables, [ENV.queueUrl]: queueUrl };
    expect(decodeSettings(given)).toEqual({
      name: 'ci',
      sources: {
        circleci: {
          url: 'https://circleci.example.com',
          api: 'fleets',
          callsPerSecond: 100,
          tokenSecret: SECRET,
        },
      },
      passIntervalSeconds: 7,
      queueUrl,
      metrics: false,
      dryRun: true,
    });
    expect(Object.keys(Environment.Variables)).toHaveLength(6);
  });

  test('is not retried by Lambda, and stale events are dropped', () => {
    expect(only(template, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  test('is woken each minute, without retries and without flexible window', () => {
    expect(only(template, 'AWS::Scheduler::Schedule').Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
  });

  test('gets from the schedule the event that it recognises as the schedule', () => {
    const { Target } = only(template, 'AWS::Scheduler::Schedule').Properties as {
      readonly Target: { readonly Input: string };
    };
    expect(JSON.parse(Target.Input)).toEqual(SCHEDULE_EVENT);
    expect(decodeEvent(JSON.parse(Target.Input), 'ci')).toEqual({ kind: 'schedule' });
  });

  test('reserves no concurrency, unless the config asks for it', () => {
    expect(only(template, 'AWS::Lambda::Function').Properties).not.toHaveProperty(
      'ReservedConcurrentExecutions',
    );
    expect(
      only(templateOf(configOf({}, { reservedConcurrency: 3 })), 'AWS::Lambda::Function')
        .Properties,
    ).toMatchObject({ ReservedConcurrentExecutions: 3 });
  });

  test('writes to its own log, which is removed with the stack', () => {
    expect(only(template, 'AWS::Logs::LogGroup')).toMatchObject({
      Properties: { LogGroupName: '/runner-scaler/ci', RetentionInDays: 14 },
      DeletionPolicy: 'Delete',
    });
    expect(only(template, 'AWS::Lambda::Function').Properties).toMatchObject({
      LoggingConfig: { LogGroup: { Ref: expect.stringMatching(/^ScalerLog/) } },
    });
  });

  test('comes with the command that shows what it does', () => {
    expect(outputsOf(template, 'ScalerWatch')).toEqual([
      {
        'Fn::Join': [
          '',
          [
            'aws logs tail ',
            { Ref: expect.stringMatching(/^ScalerLog/) },
            ' --follow --region ',
            { Ref: 'AWS::Region' },
          ],
        ],
      },
    ]);
  });
});

describe('role of the scaler function', () => {
  const ownGroups = {
    'Fn::Join': [
      '',
      [
        'arn:',
        { Ref: 'AWS::Partition' },
        ':autoscaling:',
        { Ref: 'AWS::Region' },
        ':',
        { Ref: 'AWS::AccountId' },
        ':autoScalingGroup:*:autoScalingGroupName/*',
      ],
    ],
  };
  const ownWork = [
    {
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Effect: 'Allow',
      Resource: { 'Fn::GetAtt': [expect.stringMatching(/^ScalerLog/), 'Arn'] },
    },
    {
      Action: ['autoscaling:DescribeAutoScalingGroups', 'autoscaling:DescribeScalingActivities'],
      Effect: 'Allow',
      Resource: '*',
    },
    {
      Action: [
        'autoscaling:ResumeProcesses',
        'autoscaling:SetDesiredCapacity',
        'autoscaling:SuspendProcesses',
      ],
      Condition: { StringEquals: { 'aws:ResourceTag/runner-scaler:name': 'ci' } },
      Effect: 'Allow',
      Resource: ownGroups,
    },
    {
      Action: 'autoscaling:CreateOrUpdateTags',
      Condition: {
        StringEquals: { 'aws:ResourceTag/runner-scaler:name': 'ci' },
        'ForAllValues:StringEquals': {
          'aws:TagKeys': ['runner-scaler:hold-back', 'runner-scaler:last-used'],
        },
        Null: { 'aws:TagKeys': 'false' },
      },
      Effect: 'Allow',
      Resource: ownGroups,
    },
  ];

  const usesItsQueue = {
    Action: [
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ],
    Effect: 'Allow',
    Resource: { 'Fn::GetAtt': [expect.stringMatching(/^ScalerEventsQueue/), 'Arn'] },
  };

  test('may log, describe, set the capacity and the hold-back of its own groups and read its token and its queue, and nothing else', () => {
    const template = templateOf(configOf());
    expect(statementsOf(template, 'ScalerRole')).toEqual([
      ...ownWork,
      {
        Action: 'secretsmanager:GetSecretValue',
        Effect: 'Allow',
        Resource: { Ref: expect.stringMatching(/^ScalerApiTokenSecret/) },
      },
      usesItsQueue,
    ]);
    const role = only(template, 'AWS::IAM::Role', 'ScalerRole');
    expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(role.Properties).not.toHaveProperty('Policies');
  });

  test('may decrypt with the key of an existing secret, when one is named', () => {
    const circleci = { existingTokenSecretArn: SECRET, tokenKmsKeyArn: KEY };
    expect(statementsOf(templateOf(configOf({}, { circleci })), 'ScalerRole')).toEqual([
      ...ownWork,
      { Action: 'secretsmanager:GetSecretValue', Effect: 'Allow', Resource: SECRET },
      {
        Action: 'kms:Decrypt',
        Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': SECRET } },
        Effect: 'Allow',
        Resource: KEY,
      },
      usesItsQueue,
    ]);
  });

  test('the schedule may invoke the function and nothing else', () => {
    const itself = { 'Fn::GetAtt': [expect.stringMatching(/^ScalerFunction/), 'Arn'] };
    expect(statementsOf(templateOf(configOf()), 'SchedulerRole')).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        Effect: 'Allow',
        Resource: [itself, { 'Fn::Join': ['', [itself, ':*']] }],
      },
    ]);
  });
});

describe('API token of the scaler', () => {
  test('is a secret that holds the bare placeholder until the user fills it', () => {
    const secret = only(templateOf(configOf()), 'AWS::SecretsManager::Secret', 'ScalerApiToken');
    expect(secret.Properties).toMatchObject({ SecretString: TOKEN_PLACEHOLDER });
    expect(secret.Properties).not.toHaveProperty('Name');
  });

  test('comes with a command that keeps the token from screen, history and processes', () => {
    expect(outputsOf(templateOf(configOf()), 'ScalerApiTokenFill')).toEqual([
      {
        'Fn::Join': [
          '',
          [
            expect.stringMatching(
              /^\(read -rs TOKEN; printf %s "\$TOKEN"\) \| aws secretsmanager put-secret-value --region $/,
            ),
            { Ref: 'AWS::Region' },
            ' --secret-id ',
            { Ref: expect.stringMatching(/^ScalerApiTokenSecret/) },
            ' --secret-string file:///dev/stdin',
          ],
        ],
      },
    ]);
  });

  test('is not made when the user has one', () => {
    const template = templateOf(configOf({}, { circleci: { existingTokenSecretArn: SECRET } }));
    expect(Object.keys(template.findResources('AWS::SecretsManager::Secret'))).toHaveLength(1);
    expect(outputsOf(template, 'ScalerApiTokenFill')).toEqual([]);
  });
});
