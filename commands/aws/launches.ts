/** What a group has on record of the machines it launched. */
import {
  type Activity,
  type AutoScalingClient,
  DescribeScalingActivitiesCommand,
} from '@aws-sdk/client-auto-scaling';
import { asking } from './refusal.ts';

export interface Launch {
  /** Undefined where there was no machine, as AWS could not start it. */
  readonly instanceId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the machine was in service, or the launch came to nothing; undefined while it is under way. */
  readonly endedAt: number | undefined;
  readonly succeeded: boolean;
  /** AWS's sentence on it; empty where it gives none. */
  readonly sentence: string;
}

export interface LaunchRead {
  /** Oldest first. */
  readonly launches: readonly Launch[];
  /** False where there is more than is read at once: the oldest are missing. */
  readonly complete: boolean;
}

export interface LaunchQuery {
  readonly group: string;
  /** Milliseconds since the epoch, both included. AWS keeps six weeks. */
  readonly from: number;
  readonly to: number;
}

/** Answers that are read, of 100 activities each, newest first. */
const PAGES = 20;

export type Launches = (query: LaunchQuery) => Promise<LaunchRead>;

export function launchesIn(client: AutoScalingClient): Launches {
  return async ({ group, from, to }) => {
    const launches: Launch[] = [];
    let NextToken: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const answer = await asking('autoscaling:DescribeScalingActivities', async () =>
        client.send(
          new DescribeScalingActivitiesCommand({
            AutoScalingGroupName: group,
            MaxRecords: 100,
            ...(NextToken !== undefined && { NextToken }),
          }),
        ),
      );
      const { Activities = [] } = answer;
      launches.push(...Activities.flatMap(launchOf));
      ({ NextToken } = answer);
      const oldest = Activities.at(-1)?.StartTime?.getTime() ?? Number.NEGATIVE_INFINITY;
      if (NextToken === undefined || oldest < from) {
        NextToken = undefined;
        break;
      }
    }
    return {
      launches: launches
        .filter(({ startedAt }) => startedAt >= from && startedAt <= to)
        .sort((one, other) => one.startedAt - other.startedAt),
      complete: NextToken === undefined,
    };
  };
}

function launchOf(activity: Activity): readonly Launch[] {
  const { Description = '', StartTime, EndTime, StatusCode, StatusMessage = '' } = activity;
  if (!Description.startsWith('Launching') || StartTime === undefined) return [];
  return [
    {
      instanceId: /\bi-[0-9a-f]+\b/.exec(Description)?.[0],
      startedAt: StartTime.getTime(),
      endedAt: EndTime?.getTime(),
      succeeded: StatusCode === 'Successful',
      sentence: StatusMessage,
    },
  ];
}
