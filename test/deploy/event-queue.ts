/** Lambda's side of the deployed queue: it takes messages, and makes the events of a function of them. */
import { decodePass, isObject, parseObject } from '../../lambda/scaler/contract.ts';
import { type AwsCli, type Moto, REGION } from './moto.ts';
import { idsOf } from './stack.ts';

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: object;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export interface DeployedMapping {
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
  readonly BatchSize: number;
}

export interface EventQueue {
  readonly mapping: DeployedMapping;
  readonly attributes: Readonly<Record<string, string>>;
  /** Takes all messages that are there, oldest first, but for the passes that the scaler sends itself. */
  take(): Promise<readonly QueueRecord[]>;
  /** Takes away what is there: moto stops reading at a message that has expired, and SQS has none. */
  clear(): Promise<void>;
}

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MD5OfBody: string;
  readonly Body: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

interface Place {
  readonly moto: Pick<Moto, 'url'>;
  /** Name of the stack. */
  readonly name: string;
}

export async function readEventQueue(aws: AwsCli, { moto, name }: Place): Promise<EventQueue> {
  const [id = ''] = await idsOf(aws, name, 'AWS::SQS::Queue');
  const url = `${moto.url}${new URL(id).pathname}`;
  // For queues the AWS CLI knows no endpoint of the environment.
  const sqs: AwsCli = async (command, ...args) =>
    aws('sqs', command, '--queue-url', url, '--endpoint-url', moto.url, ...args);
  const { Attributes: attributes } = (await sqs(
    'get-queue-attributes',
    '--attribute-names',
    'All',
  )) as { Attributes: Readonly<Record<string, string>> };
  const { EventSourceMappings } = (await aws('lambda', 'list-event-source-mappings')) as {
    EventSourceMappings: readonly DeployedMapping[];
  };
  const [mapping] = EventSourceMappings;
  if (mapping === undefined || EventSourceMappings.length > 1) {
    throw new Error(`${EventSourceMappings.length} mappings of queues were deployed; wanted: one`);
  }

  async function receive(): Promise<readonly Message[]> {
    const received = (await sqs(
      'receive-message',
      '--max-number-of-messages',
      '10',
      '--attribute-names',
      'All',
    )) as { Messages?: readonly Message[] } | undefined;
    return received?.Messages ?? [];
  }

  return {
    mapping,
    attributes,
    async clear() {
      await sqs('purge-queue');
    },
    async take() {
      const records: QueueRecord[] = [];
      for (let messages = await receive(); messages.length > 0; messages = await receive()) {
        for (const message of messages) {
          await sqs('delete-message', '--receipt-handle', message.ReceiptHandle);
          if (isPass(message)) continue;
          records.push({
            messageId: message.MessageId,
            receiptHandle: message.ReceiptHandle,
            body: message.Body,
            attributes: message.Attributes,
            messageAttributes: {},
            md5OfBody: message.MD5OfBody,
            eventSource: 'aws:sqs',
            eventSourceARN: mapping.EventSourceArn,
            awsRegion: REGION,
          });
        }
      }
      return records;
    },
  };
}

function isPass({ Body }: Pick<Message, 'Body'>): boolean {
  const body = parseObject(Body);
  return isObject(body) && decodePass(body) !== undefined;
}
