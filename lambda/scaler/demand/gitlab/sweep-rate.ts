/** How many projects without waiting jobs may be read now, so that the rest of the rate limit is left to the others. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../clock.ts';
import { CONTAINERS_AT_A_TIME } from '../../contract/event-queue.ts';

/**
 * What GitLab takes of `/projects/:id/jobs` from one user in a minute; no header tells it.
 *
 * @see https://docs.gitlab.com/administration/settings/rate_limit_on_projects_api/ and `jobs_index` in its sources
 */
export const JOBS_CALLS_PER_MINUTE = 600;

/** The share of the sweeps, in a container that has read every project once, and in one that has not. */
const SHARE = { later: 1 / 3, first: 1 / 2 } as const;

/** Calls of one pass, which at ten at a time take a few seconds. */
export const MOST_PER_PASS = 60;

const MINUTE_MS = 60_000;

export interface SweepRate {
  /** Told the headers of every good answer. */
  answered(headers: IncomingHttpHeaders): void;
  /**
   * Takes as many of the wanted calls as may be made now.
   *
   * @param isFirst whether some project was never read, so that no demand is known
   */
  take(wanted: number, isFirst: boolean): number;
}

export function sweepRate(clock: Pick<Clock, 'now'>): SweepRate {
  let perMinute = JOBS_CALLS_PER_MINUTE;
  let remaining = Number.POSITIVE_INFINITY;
  let resetAt = Number.NEGATIVE_INFINITY;
  let earnedAt = clock.now();
  let allowance: number | undefined;

  return {
    answered(headers) {
      const limit = wholeNumber(headers['ratelimit-limit']);
      if (limit !== undefined && limit > 0) perMinute = Math.min(JOBS_CALLS_PER_MINUTE, limit);
      const left = wholeNumber(headers['ratelimit-remaining']);
      const reset = wholeNumber(headers['ratelimit-reset']);
      if (left === undefined) return;
      remaining = left;
      resetAt = reset === undefined ? clock.now() + MINUTE_MS : reset * 1000;
    },
    take(wanted, isFirst) {
      const now = clock.now();
      const share = isFirst ? SHARE.first : SHARE.later;
      // Each container knows of its own calls only.
      const mostPerMinute = (perMinute / CONTAINERS_AT_A_TIME) * share;
      const earned = ((now - earnedAt) / MINUTE_MS) * mostPerMinute;
      earnedAt = now;
      allowance = Math.min((allowance ?? mostPerMinute) + earned, mostPerMinute);
      const left = now < resetAt ? remaining * share : Number.POSITIVE_INFINITY;
      const taken = Math.floor(Math.max(Math.min(wanted, allowance, left, MOST_PER_PASS), 0));
      allowance -= taken;
      return taken;
    },
  };
}

function wholeNumber(value: string | readonly string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : undefined;
}
