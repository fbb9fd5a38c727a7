/** What a batch of the queue holds: its messages are events of machines and of a webhook, and each may be anything. */
import { holding } from './fleet/holding.ts';
import { decodePass, type LastWord, placeOf } from './contract/events.ts';
import { isObject, parseObject } from './contract/json.ts';
import { decodeEvent } from './invocation-event.ts';
import type { SentChange, SentWakeUp } from './wake-ups.ts';

export interface QueueBatch {
  /** One of each machine. */
  readonly lastWords: readonly LastWord[];
  readonly wakeUps: readonly SentWakeUp[];
  /** One of each place, the last that was sent. */
  readonly changes: readonly SentChange[];
  /** When the passes were due whose messages came, in milliseconds since the epoch. */
  readonly passes: readonly number[];
  /** What was wrong with messages, each in a sentence; the same with several of them is said once. */
  readonly problems: readonly string[];
}

const SQS = 'aws:sqs';

/**
 * @param scaler name of the scaler that was invoked; it hears no other's machines
 * @returns undefined where the event is no batch of a queue
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function decodeBatch(event: unknown, scaler: string): QueueBatch | undefined {
  const records = isObject(event) ? event['Records'] : undefined;
  if (!Array.isArray(records)) return undefined;
  const lastWords = new Map<string, LastWord>();
  const wakeUps: SentWakeUp[] = [];
  const changes = new Map<string, SentChange>();
  const passes: number[] = [];
  const problems = new Map<string, number>();
  for (const record of records) {
    const message = decodeRecord(record, scaler);
    if (typeof message === 'string') problems.set(message, (problems.get(message) ?? 0) + 1);
    else if (typeof message === 'number') passes.push(message);
    else if ('where' in message) keepLatest(changes, message);
    else if ('sentAt' in message) wakeUps.push(message);
    else lastWords.set(message.instanceId, lastWords.get(message.instanceId) ?? message);
  }
  return {
    lastWords: [...lastWords.values()],
    wakeUps,
    changes: [...changes.values()],
    passes,
    problems: [...problems].map(([problem, times]) =>
      times === 1 ? problem : `${times} messages: ${problem}`,
    ),
  };
}

type Message = SentWakeUp | SentChange | LastWord | number;

function keepLatest(changes: Map<string, SentChange>, change: SentChange): void {
  const key = placeOf(change);
  const { sentAt = Number.NEGATIVE_INFINITY } = changes.get(key) ?? {};
  if (change.sentAt > sentAt) changes.set(key, change);
}

/** @returns when a pass was due; a text where it cannot be used: what was wrong with it */
function decodeRecord(record: unknown, scaler: string): Message | string {
  if (!isObject(record) || record['eventSource'] !== SQS) {
    return refused(`a record is no message of a queue; allowed: eventSource ${SQS}`);
  }
  const { body, attributes } = record;
  const parsed = typeof body === 'string' ? parseObject(body) : undefined;
  const dueAt = isObject(parsed) ? decodePass(parsed) : undefined;
  if (dueAt !== undefined) return dueAt;
  const asked = decodeEvent(parsed, scaler);
  if (asked.kind === 'last-word') return asked.lastWord;
  if (asked.kind === 'refused') return asked.problem;
  if (asked.kind === 'schedule') return refused('the schedule does not come through the queue');
  const sentAt = isObject(attributes) ? moment(attributes['SentTimestamp']) : undefined;
  if (sentAt === undefined) {
    return refused('a message does not say when it was sent; allowed: SentTimestamp in ms');
  }
  if (asked.kind === 'change') return { ...asked.change, sentAt };
  return { instanceId: asked.instanceId, about: holding(asked), sentAt };
}

function moment(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function refused(what: string): string {
  return `${what}; nothing was done; see who else sends to the queue`;
}
