/** The log of the scaler's function, searched with bounded pages. */
import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { asking } from './refusal.ts';

export interface LogQuery {
  /** Milliseconds since the epoch, both included. */
  readonly from: number;
  readonly to: number;
  /** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  readonly pattern: string;
}

export interface LoggedText {
  readonly at: number;
  readonly message: string;
}

export interface LogRead {
  /** Oldest first. */
  readonly lines: readonly LoggedText[];
  /** False where there is more than is read at once: the newest of it are missing. */
  readonly complete: boolean;
}

export interface FunctionLog {
  /** @throws AwsError, of the kind `not-found` where there is no such log */
  search(query: LogQuery): Promise<LogRead>;
}

export interface FunctionLogOptions {
  readonly client: CloudWatchLogsClient;
  readonly logGroup: string;
  /** Answers that are read for one search: each holds at most 1 MB, and may hold nothing. Default 40. */
  readonly pages?: number;
}

export function functionLog({ client, logGroup, pages = 40 }: FunctionLogOptions): FunctionLog {
  return {
    async search({ from, to, pattern }) {
      const lines: LoggedText[] = [];
      let nextToken: string | undefined;
      for (let page = 0; page < pages; page += 1) {
        const answer = await asking('logs:FilterLogEvents', async () =>
          client.send(
            new FilterLogEventsCommand({
              logGroupName: logGroup,
              startTime: Math.max(from, 0),
              endTime: to,
              filterPattern: pattern,
              ...(nextToken !== undefined && { nextToken }),
            }),
          ),
        );
        for (const { timestamp = 0, message = '' } of answer.events ?? []) {
          lines.push({ at: timestamp, message });
        }
        ({ nextToken } = answer);
        if (nextToken === undefined) break;
      }
      // Streams of several containers are searched side by side.
      return {
        lines: lines.sort((one, other) => one.at - other.at),
        complete: nextToken === undefined,
      };
    },
  };
}
