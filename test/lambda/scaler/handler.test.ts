import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import {
  encodeFleetTags,
  encodeSettings,
  SCHEDULE_EVENT,
} from '../../../lambda/scaler/contract.ts';
import { describeAnswer } from '../../auto-scaling-answers.ts';
import { type Answer, startServer, type TestServer } from '../../http-server.ts';

/** The only instance of the group. */
const INSTANCE = 'i-0';

let aws: TestServer;
let circleci: TestServer;
/** What the source answers; each test begins with good counts. */
let circleciAnswer: Answer;
let handler: (event: unknown, context: Context) => Promise<void>;
/** By so many minutes its clock is ahead: one in each test. */
let minutes = 0;
/** What the function wrote, line by line. */
const lines: string[] = [];

beforeAll(async () => {
  aws = await startServer(({ headers }) =>
    headers['x-amz-target'] === undefined
      ? describeAnswer([
          {
            name: 'ci-acme-linux',
            instances: ['InService'],
            tags: encodeFleetTags('ci', {
              source: 'circleci',
              resourceClass: 'acme/linux',
              headroom: 0,
            }),
          },
        ])
      : { body: JSON.stringify({ SecretString: 'CCIPAT_1' }) },
  );
  circleci = await startServer(() => circleciAnswer);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    ...encodeSettings({
      name: 'ci',
      sources: {
        circleci: { url: circleci.url, api: 'counts', callsPerSecond: 0, tokenSecret: 'api-token' },
      },
      passIntervalSeconds: 60,
      queueUrl: undefined,
      metrics: true,
      dryRun: false,
    }),
  });
  const { now } = Date;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + 60_000 * minutes);
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      lines.push(...String(text).split('\n').filter(Boolean));
      return true;
    });
  }
  ({ handler } = await import('../../../lambda/scaler/handler.ts'));
});

afterAll(async () => {
  jest.restoreAllMocks();
  await Promise.all([aws.close(), circleci.close()]);
});

beforeEach(() => {
  // Many passes of one container within a moment would make an invocation last on; wake-ups.test.ts shows that.
  minutes += 1;
  circleciAnswer = { body: '{"running_runner_tasks":0,"unclaimed_task_count":0}' };
  lines.length = 0;
  aws.received.length = 0;
  circleci.received.length = 0;
});

const told = (source: string, type: string, detail: unknown) => ({
  version: '0',
  source,
  'detail-type': type,
  detail,
});
const SOURCE = 'runner-scaler.ci/acme/linux';
const DOWN = told('aws.ec2', 'EC2 Instance State-change Notification', {
  'instance-id': INSTANCE,
  state: 'shutting-down',
});
const WORD = {
  'instance-id': INSTANCE,
  outcome: 'boot-failed',
  reason: 'the token is the placeholder',
  phases: { kernel: 8 },
};

describe('an invocation', () => {
  test('that fails is told in one sentence, without a stack and without a token', async () => {
    const other = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
    circleciAnswer = { status: 404, body: `{"message":"no CCIPAT_1, no ${other}"}` };
    const error: unknown = await invoke(SCHEDULE_EVENT).catch((thrown: unknown) => thrown);
    if (!(error instanceof Error)) throw new Error('it did not fail');
    // As the runtime logs it: its name, its message and its stack, and all that it holds.
    const logged = JSON.stringify([error.name, error.message, error.stack, error]);
    expect(error.message).toMatch(/^1 problem: acme\/linux: .*; create the class/);
    for (const text of [logged, ...lines]) {
      expect(text).not.toMatch(/\bat \S+ \(|\.ts:\d+/);
      expect(text).not.toContain('CCIPAT_1');
      expect(text).not.toContain(other);
    }
    expect(lines.join()).toContain('no ***, no ***');
  });

  test('by the schedule serves every fleet', async () => {
    await invoke(SCHEDULE_EVENT);
    expect(circleci.received).toHaveLength(2);
    expect(lines.map(parsed)).toEqual([expect.objectContaining({ message: 'pass' })]);
  });

  test.each([
    ['that shuts down', DOWN],
    ['whose task has ended', told(SOURCE, 'Runner Task Ended', { 'instance-id': INSTANCE })],
  ])('by a machine of its own %s makes one pass', async (_what, event) => {
    await invoke(event);
    // The group is described once more before its write.
    expect(describes()).toBe(2);
    expect(circleci.received).toHaveLength(2);
  });

  test.each([
    ['of somebody else', { ...DOWN, detail: { ...(DOWN.detail as object), 'instance-id': 'i-1' } }],
    [
      'of another class than it speaks for',
      told('runner-scaler.ci/acme/arm', 'Runner Task Ended', { 'instance-id': INSTANCE }),
    ],
  ])('by a machine %s costs one describe call', async (_what, event) => {
    await invoke(event);
    expect(describes()).toBe(1);
    expect(calls()).toBe(1);
  });

  test('by a last word that is evidence of nothing makes no call, and writes its line', async () => {
    await invoke(told(SOURCE, 'Runner Ended', { ...WORD, outcome: 'interrupted' }));
    expect(calls()).toBe(0);
    expect(lines.map(parsed)).toEqual([
      expect.objectContaining({ message: 'runner ended', outcome: 'interrupted' }),
    ]);
  });

  test('by a last word that may be evidence serves its class after its line', async () => {
    await invoke(told(SOURCE, 'Runner Ended', WORD));
    expect(describes()).toBe(2);
    expect(lines.map(parsed).slice(0, 1)).toEqual([
      expect.objectContaining({
        level: 'WARN',
        message: 'runner ended',
        Scaler: 'ci',
        ResourceClass: 'acme/linux',
        instanceId: INSTANCE,
        outcome: 'boot-failed',
        BootsFailed: 1,
      }),
    ]);
    expect(circleci.received).toHaveLength(2);
  });

  test.each<[string, unknown]>([
    ['the runners without an instance', told(SOURCE, 'Runner Task Ended', {})],
    ['the runners in their form of old', told('runner-scaler.ci', 'Runner Task Ended', {})],
    ['another scaler', told('runner-scaler.ci-prod/acme/linux', 'Runner Ended', WORD)],
    ["Scheduler's own", told('aws.scheduler', 'Scheduled Event', '{}')],
    ['a person', {}],
    ['nobody', undefined],
  ])('by an event of %s makes no call, and says why without failing', async (_whose, event) => {
    await invoke(event);
    expect(calls()).toBe(0);
    expect(lines.map(parsed)).toEqual([
      expect.objectContaining({
        level: 'WARN',
        message: expect.stringMatching(
          /; nothing was done; to ask for a pass send {"runner-scaler"/,
        ),
      }),
    ]);
  });
});

describe('a batch of the queue', () => {
  const message = (body: unknown, ageMs = 0) => ({
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { SentTimestamp: String(Date.now() - ageMs) },
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:events',
  });
  const foreign = { ...DOWN, detail: { 'instance-id': 'i-1', state: 'shutting-down' } };

  test('leads to one pass, to a line for each last word, and to a warning for what is malformed', async () => {
    await invoke({
      Records: [
        message(DOWN),
        message('{'),
        message(told(SOURCE, 'Runner Task Ended', { 'instance-id': INSTANCE })),
        message(told(SOURCE, 'Runner Ended', WORD)),
        message(told(SOURCE, 'Runner Ended', { ...WORD, 'instance-id': 'i-2' })),
        message(foreign),
      ],
    });
    // Once to find the fleets, and once more before the write.
    expect(describes()).toBe(2);
    expect(circleci.received).toHaveLength(2);
    expect(lines.map(parsed)).toMatchObject([
      { level: 'WARN', message: expect.stringContaining('the event is no object') },
      { message: 'runner ended', instanceId: INSTANCE },
      { message: 'runner ended', instanceId: 'i-2' },
      // The pass found what the one before it did, and writes no line.
    ]);
  });

  test('of last words of what is nothing to wonder at makes no call', async () => {
    const expired = { ...WORD, outcome: 'expired' };
    await invoke({ Records: [message(told(SOURCE, 'Runner Ended', expired), 59_000)] });
    expect(calls()).toBe(0);
    expect(lines.map(parsed)).toMatchObject([{ message: 'runner ended' }]);
  });

  test('of last words that may be evidence leads to one pass over their classes', async () => {
    const failed = { ...WORD, outcome: 'agent-failed' };
    const message59 = message(told(SOURCE, 'Runner Ended', failed), 59_000);
    await invoke({ Records: [message59, message59] });
    expect(circleci.received).toHaveLength(2);
    expect(lines.map(parsed)).toMatchObject([{ message: 'runner ended' }]);
  });

  test('that comes late makes no call, and says so', async () => {
    await invoke({ Records: [message(DOWN, 16_000)] });
    expect(calls()).toBe(0);
    expect(lines.map(parsed)).toMatchObject([{ level: 'WARN' }]);
  });

  test('does not fail where its pass does, so that nothing is sent again; the error is logged', async () => {
    circleciAnswer = { status: 404, body: '{}' };
    await invoke({ Records: [message(DOWN)] });
    expect(lines.map(parsed)).toMatchObject([
      { level: 'ERROR', message: 'pass', failure: 'not-found' },
      { level: 'ERROR', message: expect.stringContaining('1 problem: acme/linux') },
    ]);
  });
});

async function invoke(event: unknown): Promise<void> {
  await handler(event, {
    awsRequestId: 'request',
    functionName: 'scaler',
    getRemainingTimeInMillis: () => 8_000,
  } as Context);
}

function calls(): number {
  return aws.received.length + circleci.received.length;
}

function describes(): number {
  return aws.received.filter(({ body }) => body.includes('DescribeAutoScalingGroups')).length;
}

function parsed(line: string): unknown {
  return JSON.parse(line);
}
