/**
 * Amazon SQS as far as a scaler uses it: `SendMessageBatch`.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
import { createHash, randomUUID } from 'node:crypto';
import { isObject, parseObject } from '../../lambda/scaler/contract.ts';
import type { Request, Response } from './server.ts';

const PREFIX = 'AmazonSQS.';
const MOST_ENTRIES = 10;
const LONGEST_DELAY_S = 900;

export interface SentMessage {
  readonly body: string;
  readonly delaySeconds: number;
}

/** Hears of the messages of one batch. */
export type Send = (messages: readonly SentMessage[]) => void;

export function isSqs({ headers }: Request): boolean {
  return String(headers['x-amz-target']).startsWith(PREFIX);
}

export function sqsEmulator(send: Send) {
  return ({ headers, body }: Request): Response => {
    const action = String(headers['x-amz-target']).slice(PREFIX.length);
    if (action !== 'SendMessageBatch') return refusal('InvalidAction', `${action} is not emulated`);
    const input = parseObject(body);
    const entries = isObject(input) ? input['Entries'] : undefined;
    if (!Array.isArray(entries) || entries.length === 0) {
      return refusal('EmptyBatchRequest', 'There should be at least one entry in the request.');
    }
    if (entries.length > MOST_ENTRIES) {
      return refusal(
        'TooManyEntriesInBatchRequest',
        `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`,
      );
    }
    const read = entries.map(readEntry);
    const taken = read.flatMap((entry) => (typeof entry.message === 'string' ? [] : [entry]));
    send(taken.flatMap(({ message }) => (typeof message === 'string' ? [] : [message])));
    return answer(200, {
      Successful: taken.map(({ id, message }) => ({
        Id: id,
        MessageId: randomUUID(),
        MD5OfMessageBody: typeof message === 'string' ? '' : md5(message.body),
      })),
      Failed: read.flatMap(({ id, message }) =>
        typeof message === 'string'
          ? [{ Id: id, SenderFault: true, Code: 'InvalidParameterValue', Message: message }]
          : [],
      ),
    });
  };
}

/** A text is what is wrong with the message. */
function readEntry(entry: unknown): {
  readonly id: string;
  readonly message: SentMessage | string;
} {
  const fields = isObject(entry) ? entry : {};
  const { Id, MessageBody, DelaySeconds = 0 } = fields;
  const id = String(Id);
  if (typeof MessageBody !== 'string' || MessageBody === '') {
    return { id, message: 'The request must contain the parameter MessageBody.' };
  }
  if (typeof DelaySeconds !== 'number' || DelaySeconds < 0 || DelaySeconds > LONGEST_DELAY_S) {
    return {
      id,
      message: `Value ${String(DelaySeconds)} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${LONGEST_DELAY_S}.`,
    };
  }
  return { id, message: { body: MessageBody, delaySeconds: DelaySeconds } };
}

/** The SDK holds each answer against the body it sent. */
function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function answer(status: number, body: object): Response {
  return { status, type: 'application/x-amz-json-1.0', body: JSON.stringify(body) };
}

function refusal(code: string, message: string): Response {
  return answer(400, { __type: `com.amazonaws.sqs#${code}`, message });
}
