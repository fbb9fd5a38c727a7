/** The entry itself, with its settings, its clients and its secret, as Lambda runs it. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { encodeWebhookSettings } from '../../../lambda/scaler/contract.ts';
import type { Answer } from '../../../lambda/webhook/webhook.ts';
import { startServer, type TestServer } from '../../http-server.ts';
import { delivery, job, SECRET } from './stage.ts';

let aws: TestServer;
let handler: (event: unknown, context: Context) => Promise<Answer>;

beforeAll(async () => {
  aws = await startServer(({ headers }) =>
    headers['x-amz-target'] === 'AWSEvents.PutEvents'
      ? { body: JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }) }
      : { body: JSON.stringify({ SecretString: SECRET }) },
  );
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    ...encodeWebhookSettings({
      name: 'ci',
      github: {
        url: 'https://github.com',
        appSecret: 'app',
        scope: { kind: 'owners', owners: ['acme'] },
      },
      webhookSecret: 'hook',
    }),
  });
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
  ({ handler } = await import('../../../lambda/webhook/handler.ts'));
});

afterAll(async () => {
  jest.restoreAllMocks();
  await aws.close();
});

const context = { getRemainingTimeInMillis: () => 10_000 } as unknown as Context;

test('the webhook as a function tells the scaler of a job, and of nothing else', async () => {
  expect(await handler(await delivery(job()), context)).toMatchObject({ statusCode: 202 });
  const wrong = await delivery(job({ repository: 'acme/lib' }), { secret: 'guessed' });
  expect(await handler(wrong, context)).toMatchObject({ statusCode: 401 });
  expect(aws.received.map(({ headers }) => headers['x-amz-target'])).toEqual([
    'secretsmanager.GetSecretValue',
    'AWSEvents.PutEvents',
  ]);
});
