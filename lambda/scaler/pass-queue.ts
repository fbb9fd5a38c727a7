/** The scaler's own queue, as far as it sends to it. */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { encodePass } from './contract/events.ts';
import type { Pass, PassQueue } from './passes.ts';

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MOST_IN_A_BATCH = 10;

/** @param client makes the client when the first message is sent: most containers send none */
export function sqsPassQueue(client: () => SQSClient, queueUrl: string): PassQueue {
  let known: SQSClient | undefined;
  const send = async (passes: readonly Pass[]) => {
    known ??= client();
    const { Failed = [] } = await known.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: passes.map((pass, index) => ({
          Id: String(index),
          MessageBody: encodePass(pass),
          DelaySeconds: pass.delaySeconds,
        })),
      }),
    );
    if (Failed.length > 0) {
      const reasons = new Set(Failed.map(({ Code, Message }) => Message ?? Code ?? 'no reason'));
      throw new Error(
        `${Failed.length} of ${passes.length} messages were not taken: ${[...reasons].join('; ')}`,
      );
    }
  };
  return {
    async send(passes) {
      for (let from = 0; from < passes.length; from += MOST_IN_A_BATCH) {
        await send(passes.slice(from, from + MOST_IN_A_BATCH));
      }
    },
  };
}
