import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeFleetTags, encodeSettings, SCHEDULE_EVENT } from '../../lambda/scaler/contract.ts';
import { describeAnswer } from '../auto-scaling-answers.ts';
import { type Answer, startServer, type TestServer } from '../http-server.ts';
import { ENVIRONMENT, markersIn, run } from './markers.ts';

const TOKEN = 'CCIPAT_planted_0123456789abcdef';
const EVENT = 'planted-in-the-event';

/** Runs the handler once, as Lambda does, and prints what it throws with everything that hangs on it. */
const INVOKE = (event: object) => `
  import('./lambda/scaler/handler.ts').then(async ({ handler }) => {
    const context = { awsRequestId: 'r', functionName: 'f', getRemainingTimeInMillis: () => 8_000 };
    await handler(${JSON.stringify(event)}, context);
  }).catch((error) => {
    console.error(error, JSON.stringify(error));
    process.exitCode = 1;
  });
`;

let aws: TestServer;
let circleci: TestServer;
let answer: Answer;

beforeEach(async () => {
  aws = await startServer(({ headers }) =>
    headers['x-amz-target'] === undefined
      ? describeAnswer([
          {
            name: 'ci-linux',
            tags: encodeFleetTags('ci', {
              source: 'circleci',
              resourceClass: 'acme/linux',
              headroom: 0,
            }),
          },
        ])
      : { body: JSON.stringify({ SecretString: TOKEN }) },
  );
  circleci = await startServer(() => answer);
});

afterEach(async () => {
  await Promise.all([aws.close(), circleci.close()]);
});

describe('the log of the function', () => {
  test.each<[string, Answer]>([
    ['refuses and repeats the token', { status: 401, body: `{"message":"bad token ${TOKEN}"}` }],
    ['fails and shows the request', { status: 500, body: `Circle-Token: ${TOKEN}` }],
    ['shows it on a page', { status: 403, body: `<pre>circle-token ${TOKEN}</pre>` }],
    ['leads elsewhere', { status: 302, headers: { location: `https://example.com/?t=${TOKEN}` } }],
    ['hangs up', 'reset'],
  ])('holds no token when CircleCI %s', async (_, given) => {
    answer = given;
    const { code, output } = await invoke();
    expect(code).toBe(1);
    expect(output).toContain('acme/linux');
    expect(circleci.received[0]?.headers['circle-token']).toBe(TOKEN);
    expect(markersIn(output, { ...ENVIRONMENT, TOKEN })).toEqual([]);
  });

  test('holds none when all is well', async () => {
    answer = { body: '{"running_runner_tasks":0,"unclaimed_task_count":0}' };
    const { code, output } = await invoke();
    expect(code).toBe(0);
    expect(output).toContain('acme/linux');
    expect(markersIn(output, { ...ENVIRONMENT, TOKEN })).toEqual([]);
  });

  test('does not repeat an event that is not understood', async () => {
    const { code, output } = await invoke({ note: EVENT, detail: { reason: EVENT } });
    expect(code).toBe(0);
    expect(output).toContain('nothing was done');
    expect(markersIn(output, { ...ENVIRONMENT, EVENT })).toEqual([]);
  });
});

async function invoke(event: object = SCHEDULE_EVENT) {
  return run({
    args: ['--eval', INVOKE(event)],
    env: {
      ...ENVIRONMENT,
      ...encodeSettings({
        name: 'ci',
        sources: {
          circleci: {
            url: circleci.url,
            api: 'counts',
            callsPerSecond: 0,
            tokenSecret: 'api-token',
          },
        },
        passIntervalSeconds: 60,
        queueUrl: undefined,
        metrics: true,
        dryRun: false,
      }),
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: 'eu-central-1',
    },
  });
}
