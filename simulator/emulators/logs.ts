/**
 * CloudWatch Logs as far as a command reads it: `FilterLogEvents` of one log group. As AWS does, it searches only so
 * much for one answer, so that an answer may hold nothing and still have a token for the next.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
import { filterPattern } from './filter-pattern.ts';
import { type JsonInput, JsonRefusal, jsonService } from './json-service.ts';

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** The events of each log group by its name, oldest first. */
export type Logs = ReadonlyMap<string, readonly LogEvent[]>;

const MOST_EVENTS = 10_000;

/** @param searched events that are searched for one answer */
export function logsEmulator(logs: Logs, searched = 500) {
  return jsonService('Logs_20140328', {
    FilterLogEvents(input) {
      const name = textOf(input, 'logGroupName') ?? '';
      const log = logs.get(name);
      if (log === undefined) {
        throw new JsonRefusal(
          'ResourceNotFoundException',
          'The specified log group does not exist.',
        );
      }
      const matches = filterPattern(textOf(input, 'filterPattern') ?? '');
      if (matches === undefined) {
        throw new JsonRefusal('InvalidParameterException', 'Invalid filter pattern');
      }
      const limit = numberOf(input, 'limit', MOST_EVENTS);
      const begin = numberOf(input, 'startTime', 0);
      const end = numberOf(input, 'endTime', Number.MAX_SAFE_INTEGER);
      if (limit < 1 || limit > MOST_EVENTS || begin > end) {
        throw new JsonRefusal('InvalidParameterException', 'a parameter is out of its range');
      }
      const from = tokenOf(input);
      const within = log.filter(({ timestamp }) => timestamp >= begin && timestamp <= end);
      const found: object[] = [];
      let at = from;
      for (; at < within.length && at < from + searched && found.length < limit; at += 1) {
        const event = within[at];
        if (event !== undefined && matches(event.message)) {
          found.push({
            ...event,
            eventId: String(at),
            logStreamName: 'simulated',
            ingestionTime: event.timestamp,
          });
        }
      }
      return { events: found, ...(at < within.length && { nextToken: `at-${at}` }) };
    },
  });
}

function tokenOf(input: JsonInput): number {
  const token = textOf(input, 'nextToken');
  if (token === undefined) return 0;
  const at = Number(/^at-(\d{1,9})$/.exec(token)?.[1]);
  if (Number.isNaN(at)) {
    throw new JsonRefusal('InvalidParameterException', 'The specified nextToken is invalid.');
  }
  return at;
}

function textOf(input: JsonInput, key: string): string | undefined {
  const value = input[key];
  return typeof value === 'string' ? value : undefined;
}

function numberOf(input: JsonInput, key: string, otherwise: number): number {
  const value = input[key];
  return typeof value === 'number' ? value : otherwise;
}
