import { describe, expect, test } from '@jest/globals';
import { templateOf } from '../../lib/template.ts';
import { configOf, only } from './stack-fixture.ts';

const QUEUE = { 'Fn::GetAtt': [expect.stringMatching(/^ScalerEventsQueue/), 'Arn'] };

describe('an event', () => {
  test.each([
    [
      'every machine that shuts down',
      'ScalerEventsWakeUp',
      {
        source: ['aws.ec2'],
        'detail-type': ['EC2 Instance State-change Notification'],
        detail: { state: ['shutting-down'] },
      },
    ],
    [
      'each of its runners whose task has ended',
      'ScalerEventsTaskEnded',
      { source: [{ prefix: 'runner-scaler.ci/' }], 'detail-type': ['Runner Task Ended'] },
    ],
    [
      'each of its runners that says how it ended',
      'ScalerEventsRunnerEnded',
      { source: [{ prefix: 'runner-scaler.ci/' }], 'detail-type': ['Runner Ended'] },
    ],
  ])('comes from %s into the queue, once, and never late', (_what, id, pattern) => {
    const rule = only(templateOf(configOf()), 'AWS::Events::Rule', id);
    expect(rule.Properties).toMatchObject({
      EventPattern: pattern,
      State: 'ENABLED',
      Targets: [
        {
          Arn: QUEUE,
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        },
      ],
    });
  });

  test('wakes nobody when that is switched off, and a last word is heard all the same', () => {
    const template = templateOf(configOf({}, { wakeUps: false }));
    expect(Object.keys(template.findResources('AWS::Events::Rule'))).toEqual([
      expect.stringMatching(/^ScalerEventsRunnerEnded/),
    ]);
    expect(sendersOf(template)).toHaveLength(1);
  });

  test('invokes nothing itself', () => {
    expect(templateOf(configOf()).findResources('AWS::Lambda::Permission')).toEqual({});
  });
});

describe('the queue of events', () => {
  const template = templateOf(configOf());

  test('is encrypted with keys of SQS, and keeps a message for the least there is', () => {
    expect(only(template, 'AWS::SQS::Queue').Properties).toMatchObject({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 60,
    });
  });

  test('hides a message for longer than it keeps it, so that none is handed over twice after an error', () => {
    const { VisibilityTimeout, MessageRetentionPeriod } = only(template, 'AWS::SQS::Queue')
      .Properties as Readonly<Record<string, number>>;
    const { Timeout } = only(template, 'AWS::Lambda::Function').Properties as {
      readonly Timeout: number;
    };
    expect(VisibilityTimeout).toBe(6 * Timeout + 1);
    expect(VisibilityTimeout).toBeGreaterThan(MessageRetentionPeriod ?? 0);
  });

  test('is handed over in batches of a second, two at a time, and never in part again', () => {
    const { Properties } = only(template, 'AWS::Lambda::EventSourceMapping');
    expect(Properties).toEqual({
      BatchSize: 1_000,
      EventSourceArn: QUEUE,
      FunctionName: { Ref: expect.stringMatching(/^ScalerFunction/) },
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('is read when the function may read it, and not before', () => {
    expect(only(template, 'AWS::Lambda::EventSourceMapping')).toMatchObject({
      DependsOn: [expect.stringMatching(/^ScalerRoleDefaultPolicy/)],
    });
  });

  test('takes messages of the rules and the function only, and of nobody in the clear', () => {
    const { PolicyDocument } = only(template, 'AWS::SQS::QueuePolicy').Properties as {
      readonly PolicyDocument: { readonly Statement: readonly unknown[] };
    };
    const rules = sendersOf(template);
    expect(rules).toHaveLength(3);
    expect(PolicyDocument.Statement).toEqual([
      {
        Action: 'sqs:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Resource: QUEUE,
      },
      {
        Action: 'sqs:SendMessage',
        Condition: { ArnEquals: { 'aws:SourceArn': rules } },
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Resource: QUEUE,
      },
      {
        Action: 'sqs:SendMessage',
        Condition: {
          ArnNotEquals: {
            'aws:SourceArn': rules,
            'aws:PrincipalArn': { 'Fn::GetAtt': [expect.stringMatching(/^ScalerRole/), 'Arn'] },
          },
        },
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Resource: QUEUE,
      },
    ]);
  });

  test('goes with the stack', () => {
    expect(only(template, 'AWS::SQS::Queue')).toMatchObject({ DeletionPolicy: 'Delete' });
  });
});

/** The rules of the template, as the policy names them; one rule stands by itself. */
function sendersOf(template: ReturnType<typeof templateOf>): readonly unknown[] {
  return Object.keys(template.findResources('AWS::Events::Rule'))
    .toSorted((one, other) => ORDER.findIndex(has(one)) - ORDER.findIndex(has(other)))
    .map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] }));
}

const ORDER = ['RunnerEnded', 'WakeUp', 'TaskEnded'];

function has(id: string): (name: string) => boolean {
  return (name) => id.includes(name);
}
