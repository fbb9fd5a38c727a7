import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sqsPassQueue } from '../../../lambda/scaler/pass-queue.ts';
import { serve } from '../../../simulator/emulators/server.ts';
import { type SentMessage, sqsEmulator } from '../../../simulator/emulators/sqs.ts';

const DUE = Date.parse('2026-03-02T09:00:10Z');

let server: Awaited<ReturnType<typeof serve>>;
let batches: (readonly SentMessage[])[];
let clients: number;

beforeEach(async () => {
  batches = [];
  clients = 0;
  server = await serve(sqsEmulator((messages) => batches.push(messages)));
});

afterEach(async () => {
  await server.close();
});

function queue() {
  const { url: endpoint } = server;
  return sqsPassQueue(() => {
    clients += 1;
    const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
    return new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  }, `${server.url}/123456789012/events`);
}

describe('the queue of passes', () => {
  test('takes them with their delays, in one call', async () => {
    await queue().send([
      { dueAt: DUE, delaySeconds: 9 },
      { dueAt: DUE + 10_000, delaySeconds: 19 },
    ]);
    expect(batches).toEqual([
      [
        { body: `{"runner-scaler":"pass","dueAt":${DUE}}`, delaySeconds: 9 },
        { body: `{"runner-scaler":"pass","dueAt":${DUE + 10_000}}`, delaySeconds: 19 },
      ],
    ]);
  });

  test('takes ten with one call, which is the most that SQS has', async () => {
    const passes = Array.from({ length: 11 }, (_, index) => ({ dueAt: DUE, delaySeconds: index }));
    await queue().send(passes);
    expect(batches.map(({ length }) => length)).toEqual([10, 1]);
  });

  test('has no client before it sends, and one from then on', async () => {
    const passes = queue();
    expect(clients).toBe(0);
    await passes.send([{ dueAt: DUE, delaySeconds: 9 }]);
    await passes.send([{ dueAt: DUE, delaySeconds: 9 }]);
    expect(clients).toBe(1);
  });

  test('says how many were not taken, and why', async () => {
    const sent = queue().send([
      { dueAt: DUE, delaySeconds: 9 },
      { dueAt: DUE, delaySeconds: 901 },
    ]);
    await expect(sent).rejects.toThrow(
      '1 of 2 messages were not taken: Value 901 for parameter DelaySeconds is invalid.',
    );
    expect(batches).toHaveLength(1);
  });

  test('fails where SQS refuses the call', async () => {
    await server.close();
    server = await serve(() => ({
      status: 403,
      type: 'application/x-amz-json-1.0',
      body: '{"__type":"com.amazon.coral.service#AccessDeniedException","message":"not you"}',
    }));
    await expect(queue().send([{ dueAt: DUE, delaySeconds: 9 }])).rejects.toThrow('not you');
  });
});
