/** What a group's record of its scaling activities shows of launches and ends. */
import type { Activity } from '../fleet/fleets.ts';

export interface Evidence {
  /** Launches whose machine ended before it came into service, since the last one that did. */
  readonly futileLaunches: number;
  /** When the last machine came into service, in milliseconds since the epoch; undefined when none is on record. */
  readonly succeededAt: number | undefined;
  /** When each machine on record was ended. */
  readonly endedAt: readonly number[];
  /** AWS's sentence on the last launch that came to nothing; undefined when one has succeeded since. */
  readonly trouble: string | undefined;
}

/**
 * AWS's words where a machine, or the hook's time limit, gave its launch up.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
 */
const ABANDONED = /\babandoned\b/i;

/** Whether the sentence is on a launch that the machine, or the hook's time limit, gave up. */
export function isAbandoned(sentence: string): boolean {
  return ABANDONED.test(sentence);
}

/** @param activities newest first, as far as they were read */
export function evidenceOf(activities: readonly Activity[]): Evidence {
  const launches = activities.filter(({ kind }) => kind === 'launch');
  const succeededAt = launches.reduce<number | undefined>(
    (latest, { status, endedAt }) =>
      status === 'Successful' && endedAt !== undefined && endedAt > (latest ?? 0)
        ? endedAt
        : latest,
    undefined,
  );
  const since = launches.filter(({ endedAt }) => (endedAt ?? 0) > (succeededAt ?? 0));
  const last = since.find(({ status }) => status === 'Failed' || status === 'Cancelled');
  return {
    succeededAt,
    futileLaunches: since.filter(isFutile).length,
    endedAt: activities.flatMap(({ kind, startedAt }) => (kind === 'end' ? [startedAt] : [])),
    trouble: last?.sentence,
  };
}

/**
 * There was a machine, and it came to nothing by itself. What AWS could not start, for want of capacity, a
 * key or an image, has no machine and costs nothing; what somebody cancelled says nothing.
 */
function isFutile({ status, sentence, instanceId }: Activity): boolean {
  if (instanceId === undefined) return false;
  return status === 'Failed' || (status === 'Cancelled' && isAbandoned(sentence));
}

/** Machines that were ended at or after a moment. */
export function endedSince({ endedAt }: Evidence, since: number): number {
  return endedAt.filter((at) => at >= since).length;
}
