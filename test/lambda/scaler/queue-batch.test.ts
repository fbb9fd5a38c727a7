import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SCHEDULE_EVENT } from '../../../lambda/scaler/contract.ts';
import { decodeBatch } from '../../../lambda/scaler/queue-batch.ts';
import { fleet } from './quiet-fleet.ts';

const SOURCE = 'runner-scaler.ci/acme/linux';

describe('a batch of the queue', () => {
  test('is read whole: last words, wake-ups with the moment they were sent, and what was wrong', () => {
    const batch = decode([
      message(ended('i-1')),
      message('not JSON'),
      message(taskEnded('i-2'), '1780000000123'),
      message(down('i-3'), '1780000000456'),
    ]);
    expect(batch?.lastWords.map(({ instanceId }) => instanceId)).toEqual(['i-1']);
    expect(batch?.wakeUps).toMatchObject([
      { instanceId: 'i-2', sentAt: 1780000000123 },
      { instanceId: 'i-3', sentAt: 1780000000456 },
    ]);
    expect(batch?.problems).toEqual([expect.stringContaining('the event is no object')]);
  });

  test('has the passes that are due, and takes nothing else for one', () => {
    const pass = { 'runner-scaler': 'pass', dueAt: 1780000000000 };
    const batch = decode([message(pass), message({ ...pass, dueAt: 'soon' })]);
    expect(batch?.passes).toEqual([1780000000000]);
    expect(batch?.problems).toHaveLength(1);
  });

  test('has wake-ups about the fleet of the machine, and of its class only where a runner speaks', () => {
    const { wakeUps = [] } = decode([message(taskEnded('i-1')), message(down('i-1'))]) ?? {};
    const chosen = (resourceClass: string) =>
      wakeUps.map(({ about }) => about({ ...fleet('a'), resourceClass, inService: ['i-1'] }));
    expect(chosen('acme/linux')).toEqual([true, true]);
    expect(chosen('acme/arm')).toEqual([false, true]);
  });

  test('has one last word of each machine, the first that came', () => {
    const { lastWords = [] } =
      decode([ended('i-1'), ended('i-2', 'idle'), ended('i-1', 'idle')].map((e) => message(e))) ??
      {};
    expect(lastWords.map(({ instanceId, outcome }) => [instanceId, outcome])).toEqual([
      ['i-1', 'served'],
      ['i-2', 'idle'],
    ]);
  });

  test('has one change of each repository, the last that was sent, however it is written', () => {
    const { changes } =
      decode([
        message(changed('acme/app'), '1780000000100'),
        message(changed('acme/lib'), '1780000000200'),
        message(changed('Acme/App'), '1780000000300'),
        message(changed('acme/app'), '1780000000050'),
      ]) ?? {};
    expect(changes).toEqual([
      { source: 'github', where: 'Acme/App', sentAt: 1780000000300 },
      { source: 'github', where: 'acme/lib', sentAt: 1780000000200 },
    ]);
  });

  test('tells what is wrong with several of its messages once', () => {
    const { problems } = decode([message('{}'), message('{}'), message('[]')]) ?? {};
    expect(problems).toEqual([
      expect.stringMatching(/^2 messages: the event's source is missing/),
      expect.stringMatching(/^the event is no object/),
    ]);
  });

  test.each<[string, unknown, string]>([
    ['without a body', { eventSource: 'aws:sqs' }, 'the event is no object'],
    ['of another service', { ...message(down('i-1')), eventSource: 'aws:sns' }, 'no message of a'],
    ['that is none', 7, 'a record is no message of a queue; allowed: eventSource aws:sqs'],
    ['like the schedule', message(SCHEDULE_EVENT), 'the schedule does not come through the queue'],
    [
      'that does not say when it was sent',
      { ...message(down('i-1')), attributes: {} },
      'a message does not say when it was sent',
    ],
    ['sent at no moment', message(down('i-1'), '-1'), 'a message does not say when it was sent'],
  ])('costs a message %s a warning, and the rest nothing', (_which, record, why) => {
    const batch = decode([record, message(down('i-9')), message(ended('i-9'))]);
    expect(batch?.problems).toEqual([expect.stringContaining(why)]);
    expect(batch?.problems[0]).toContain('nothing was done');
    expect(batch?.wakeUps).toHaveLength(1);
    expect(batch?.lastWords).toHaveLength(1);
  });

  test('of anything is read without an error', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.anything(), almostMessage())), (records) => {
        const batch = decode(records);
        expect(batch).toBeDefined();
      }),
    );
  });

  test.each([undefined, null, {}, [], 'Records', { Records: {} }, SCHEDULE_EVENT])(
    'is none: %j',
    (event) => {
      expect(decodeBatch(event, 'ci')).toBeUndefined();
    },
  );
});

function decode(Records: readonly unknown[]) {
  return decodeBatch({ Records }, 'ci');
}

/** As Lambda hands it over. */
function message(body: unknown, sentTimestamp = '1780000000000') {
  return {
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    receiptHandle: 'AQEB',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: sentTimestamp },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:queue',
    awsRegion: 'us-east-1',
  };
}

function event(source: string, type: string, detail: object) {
  return { version: '0', source, 'detail-type': type, detail };
}

function down(id: string) {
  const detail = { 'instance-id': id, state: 'shutting-down' };
  return event('aws.ec2', 'EC2 Instance State-change Notification', detail);
}

function changed(repository: string) {
  return event('runner-scaler.ci/github', 'Demand Changed', { source: 'github', repository });
}

function taskEnded(id: string) {
  return event(SOURCE, 'Runner Task Ended', { 'instance-id': id });
}

function ended(id: string, outcome = 'served') {
  return event(SOURCE, 'Runner Ended', { 'instance-id': id, outcome, reason: 'r', phases: {} });
}

function almostMessage() {
  return fc.record({
    eventSource: fc.constantFrom('aws:sqs', 'aws:sns'),
    body: fc.oneof(fc.anything(), fc.constantFrom('{}', JSON.stringify(down('i-1')))),
    attributes: fc.oneof(fc.anything(), fc.record({ SentTimestamp: fc.anything() })),
  });
}
