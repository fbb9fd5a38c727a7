/**
 * How many requests a server still takes, as its answers say: the same for every source. Several containers, and other
 * tools, may share a limit; the server's number has all of them.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Budget, Clock } from '../clock.ts';
import { serverTime } from './retry-after.ts';
import type { RateLimit } from './source.ts';

/** Below this share of a limit somebody is told, and GitHub is asked for repositories with jobs only. */
export const LOW_SHARE = 0.1;

/** A limit that is renewed sooner is no trouble, however little is left of it. */
const SOON_MS = 15_000;

/** A limit may be low all day. */
const TOLD_EVERY_MS = 3_600_000;

/** Some limits are renewed each month; what is later than that is no moment that a server means. */
const LATEST_RESET_MS = 32 * 24 * 3_600_000;

export interface LimitsSeen {
  /**
   * Told of the answer to a request that the limit has counted.
   *
   * @param advice what a person can do where too much is asked, as part of a sentence
   */
  answered(
    headers: IncomingHttpHeaders,
    about: { readonly budget: Budget; readonly advice: () => string },
  ): void;
  /** Where the least was left in the pass of this budget; undefined where no answer said so. */
  lowest(budget: Budget): RateLimit | undefined;
}

export interface LimitsSeenOptions {
  /** Whose limit it is, such as `GitHub acme`. */
  readonly of: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Told at most once an hour when little is left. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export function limitsSeen({ of, clock, onNotice }: LimitsSeenOptions): LimitsSeen {
  const lowest = new WeakMap<Budget, RateLimit>();
  let toldAt = Number.NEGATIVE_INFINITY;

  return {
    lowest: (budget) => lowest.get(budget),
    answered(headers, { budget, advice }) {
      const now = clock.now();
      const found = rateLimitIn(headers, { of, now });
      if (found === undefined) return;
      const known = lowest.get(budget);
      const isRenewed = (known?.resetAt ?? now + 1) <= now;
      if (known === undefined || isRenewed || share(found) < share(known)) {
        lowest.set(budget, found);
      }
      if (!isScarce(found, now) || now - toldAt < TOLD_EVERY_MS) return;
      toldAt = now;
      onNotice?.(`${scarcity(found)}; ${advice()}`);
    },
  };
}

function share({ left, limit }: RateLimit): number {
  return left / limit;
}

function isScarce(limit: RateLimit, now: number): boolean {
  const lasts = limit.resetAt === undefined ? Number.POSITIVE_INFINITY : limit.resetAt - now;
  return share(limit) < LOW_SHARE && lasts > SOON_MS;
}

function scarcity({ of, left, limit, resetAt }: RateLimit): string {
  const until = resetAt === undefined ? '' : ` until ${new Date(resetAt).toISOString()}`;
  return (
    `${of}: ${left} of ${limit} requests are left${until}; every class is served while there are any, and then ` +
    'its capacity stays as it is until there are more'
  );
}

/** The headers of a limit: of GitHub, of GitLab and the draft standard, and of CircleCI for longer windows. */
const HEADERS = [
  ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
  ...['minute', 'hour', 'day'].map(
    (window) =>
      [`x-ratelimit-limit-${window}`, `x-ratelimit-remaining-${window}`, undefined] as const,
  ),
] as const;

/**
 * The limit of which the smallest share is left; undefined where no header says so or none can be read. A limit by the
 * second is not looked for: it is renewed before anybody could read of it.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 * @see https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 * @see https://circleci.com/docs/guides/toolkit/api-developers-guide/#rate-limits
 */
export function rateLimitIn(
  headers: IncomingHttpHeaders,
  { of, now }: { readonly of: string; readonly now: number },
): RateLimit | undefined {
  let lowest: RateLimit | undefined;
  for (const [limitHeader, leftHeader, resetHeader] of HEADERS) {
    const left = count(headers[leftHeader]);
    const limit = count(headers[limitHeader]);
    if (left === undefined || limit === undefined || limit === 0) continue;
    const found = {
      of: nameIn(headers, of),
      limit,
      left: Math.min(left, limit),
      resetAt: resetHeader && resetAt(headers, resetHeader, now),
    };
    if (lowest === undefined || share(found) < share(lowest)) lowest = found;
  }
  return lowest;
}

/** A whole number, or the first one where several limits are listed. */
function count(value: string | readonly string[] | undefined): number | undefined {
  const digits = typeof value === 'string' ? /^\s*(\d{1,10})\s*(?:[,;]|$)/.exec(value)?.[1] : '';
  return digits ? Number(digits) : undefined;
}

/** Ten digits are a moment by the server's clock, fewer are seconds from now. */
function resetAt(headers: IncomingHttpHeaders, header: string, now: number): number | undefined {
  const seconds = count(headers[header]);
  if (seconds === undefined) return undefined;
  const isMoment = seconds >= 1_000_000_000;
  const ms = isMoment ? seconds * 1000 - serverTime(headers, now) : seconds * 1000;
  return ms > LATEST_RESET_MS ? undefined : now + Math.max(ms, 0);
}

/** GitHub and GitLab have several limits, and say which one an answer is about. */
function nameIn(headers: IncomingHttpHeaders, of: string): string {
  const name = headers['x-ratelimit-resource'] ?? headers['ratelimit-name'];
  return typeof name === 'string' && /^[\w.-]{1,60}$/.test(name) ? `${of} ${name}` : of;
}
