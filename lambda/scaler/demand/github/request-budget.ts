/**
 * How many requests GitHub takes of one installation, and how they are spread: four fifths for the repositories with
 * jobs, which are read in each pass, and a fifth for all others. Where others use the same App, what they leave of the
 * hour is spread over what is left of it. Other containers of the function use it, too, and know as little of this one.
 * What they take shows in the answers, and each of them keeps to its part.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../clock.ts';
import { GITHUB_RULES } from '../../contract/github.ts';
import type { Said } from '../asking.ts';
import { LOW_SHARE } from '../rate-limit.ts';
import { DemandSourceError } from '../source.ts';

/**
 * For a repository with jobs, which is read in each pass, or for one of the others; the first reading of all after a
 * start takes what there is, as nothing is known before it.
 */
export type Purpose = 'pass' | 'sweep' | 'first';

/** Requests an hour, unless the answers say otherwise. An Enterprise Server whose answers say nothing has no limit. */
export const USUAL_LIMIT = 5_000;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

type Share = Exclude<Purpose, 'first'>;

const SHARES: Readonly<Record<Share, number>> = { pass: 0.8, sweep: 0.2 };

/** The requests of one pass that make the next wait no longer than it does anyway. */
const PASS_MS = GITHUB_RULES.leastPassIntervalSeconds * 1000;

/**
 * Of the 900 points that GitHub takes a minute, of which a request costs one, also where nothing has changed. The rest
 * is for the registrar and for another container.
 */
const POINTS_PER_MINUTE = 450;

/** So many answers of 304 show whether they count. */
const ENOUGH_UNCHANGED = 8;

/** Whatever others take, this container has so much of the requests for its own. */
const LEAST_PART = 0.25;

/** A pass whose requests are not earned again within so many milliseconds is told, at most once an hour. */
const TOLD_EVERY_MS = HOUR_MS;

export interface RequestBudgetOptions {
  readonly owner: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export interface RequestBudget {
  /** Told of every good answer. */
  answered(said: Pick<Said, 'status' | 'headers'>, purpose: Purpose): void;
  /** Told of a refusal. */
  refused(error: DemandSourceError): void;
  /** Throws while nothing may be asked. */
  check(): void;
  /**
   * Whether another repository without jobs may be read now.
   *
   * @param isFirst whether some were never read, so that the demand is not known before they are
   */
  maySweep(isFirst: boolean): boolean;
  /** Told after the last answer of a pass. */
  passed(beganAt: number): void;
  /** The moment before which no pass should read. */
  restsUntil(): number;
}

interface Window {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds since the epoch. */
  readonly resetAt: number;
}

export function requestBudget({ owner, clock, onNotice }: RequestBudgetOptions): RequestBudget {
  let window: Window | undefined;
  let isUnlimited = false;
  let notBefore = Number.NEGATIVE_INFINITY;
  /** GitHub says that an answer of 304 costs nothing; it is counted until that is seen. */
  let unchangedIsFree = false;
  let seen = { remaining: 0, resetAt: 0, answers: 0, unchanged: 0 };
  let earnedAt = clock.now();
  let toldAt = Number.NEGATIVE_INFINITY;
  /** Requests that count, since the end of the last pass that read. */
  let spent = { pass: 0, sweep: 0, first: 0 };
  let last: Window | undefined;
  /** Requests of this container and of others, the later ones with more weight. */
  const taken = { own: 0, others: 0 };
  let isFirstOfPass = true;
  /** Of a start in a window in which little is left: the requests that it leaves. */
  let start: { readonly resetAt: number; readonly least: number } | undefined;
  const levels: Record<Share | 'points', number> = {
    pass: earnedIn('pass', PASS_MS),
    sweep: earnedIn('sweep', MINUTE_MS),
    points: POINTS_PER_MINUTE,
  };

  /** Requests a millisecond. */
  function rate(): number {
    if (isUnlimited) return Number.POSITIVE_INFINITY;
    const now = clock.now();
    if (window === undefined) return USUAL_LIMIT / HOUR_MS;
    if (now >= window.resetAt) return window.limit / HOUR_MS;
    const left = window.remaining / Math.max(window.resetAt - now, PASS_MS);
    return Math.min(left, window.limit / HOUR_MS);
  }

  function earnedIn(purpose: Share, ms: number): number {
    return Math.min(rate() * ms * SHARES[purpose], POINTS_PER_MINUTE);
  }

  function earn(): void {
    const now = clock.now();
    const ms = now - earnedAt;
    earnedAt = now;
    const points = (POINTS_PER_MINUTE * ms) / MINUTE_MS;
    levels.points = Math.min(levels.points + points, POINTS_PER_MINUTE);
    const own = ms * part();
    levels.pass = Math.min(levels.pass + earnedIn('pass', own), earnedIn('pass', PASS_MS));
    levels.sweep = Math.min(levels.sweep + earnedIn('sweep', own), earnedIn('sweep', MINUTE_MS));
  }

  function observe(headers: IncomingHttpHeaders, isUnchanged: boolean): void {
    const found = windowIn(headers);
    isUnlimited = found === undefined;
    if (found === undefined) return;
    // Answers overtake each other.
    if (found.resetAt !== seen.resetAt) {
      seen = { remaining: found.remaining, resetAt: found.resetAt, answers: 0, unchanged: 0 };
    } else if (isFirstOfPass && window !== undefined) {
      // What others took since the last pass says nothing of this one's answers.
      const since = Math.max(window.remaining - found.remaining, 0);
      seen = { ...seen, remaining: Math.max(seen.remaining - since, found.remaining) };
    } else {
      seen = {
        ...seen,
        remaining: Math.max(seen.remaining, found.remaining),
        answers: seen.answers + 1,
        unchanged: seen.unchanged + Number(isUnchanged),
      };
    }
    isFirstOfPass = false;
    const isNewer = window === undefined || found.resetAt > window.resetAt;
    const least = Math.min(found.remaining, window?.remaining ?? Number.POSITIVE_INFINITY);
    if (isNewer || found.resetAt === window?.resetAt) {
      window = { ...found, remaining: isNewer ? found.remaining : least };
    }
  }

  /** Requests of others only make it seem that an answer of 304 counts. */
  function judgeUnchanged(): void {
    const { answers, unchanged, remaining, resetAt } = seen;
    if (window?.resetAt !== resetAt || unchanged < ENOUGH_UNCHANGED) return;
    const used = remaining - window.remaining;
    unchangedIsFree = used <= answers - unchanged / 2;
    seen = { remaining: window.remaining, resetAt, answers: 0, unchanged: 0 };
  }

  /** Where nothing that this container asked for counted, nothing can be compared. */
  function seeOthers(): void {
    const own = spent.pass + spent.sweep;
    if (window !== undefined && window.resetAt === last?.resetAt && own > 0) {
      const others = Math.max(last.remaining - window.remaining - own - spent.first, 0);
      taken.own = taken.own / 2 + own;
      taken.others = taken.others / 2 + others;
    }
    last = window;
    spent = { pass: 0, sweep: 0, first: 0 };
  }

  /** Of all containers' requests, the part that is this one's. */
  function part(): number {
    const { own, others } = taken;
    return own === 0 ? 1 : Math.max(own / (own + others), LEAST_PART);
  }

  /** A start whose demand is not known before may take half of what it finds; the rest is for containers that know it. */
  function isLow(isFirst: boolean): boolean {
    if (window === undefined || clock.now() >= window.resetAt) return false;
    const { remaining, limit, resetAt } = window;
    if (remaining >= limit * LOW_SHARE) return false;
    if (!isFirst) return true;
    if (start?.resetAt !== resetAt) start = { resetAt, least: remaining / 2 };
    return remaining <= start.least;
  }

  /** The moment before which nothing may be asked. */
  function usedUpUntil(): number {
    return window?.remaining === 0 ? Math.max(notBefore, window.resetAt) : notBefore;
  }

  function restsUntil(): number {
    earn();
    const now = clock.now();
    // To be refused is a failure, and no rest.
    if (now < usedUpUntil()) return Number.NEGATIVE_INFINITY;
    const forHour = levels.pass < 0 ? -levels.pass / (rate() * SHARES.pass * part()) : 0;
    const forMinute = levels.points < 0 ? (-levels.points * MINUTE_MS) / POINTS_PER_MINUTE : 0;
    const rest = Math.max(forHour, forMinute);
    return rest > 0 ? Math.ceil(now + rest) : Number.NEGATIVE_INFINITY;
  }

  return {
    restsUntil,
    answered({ status, headers }, purpose) {
      earn();
      const isUnchanged = status === 304;
      observe(headers, isUnchanged);
      levels.points -= 1;
      if (isUnlimited || (isUnchanged && unchangedIsFree)) return;
      spent[purpose] += 1;
      if (purpose !== 'first') levels[purpose] -= 1;
    },
    refused({ retryAt }) {
      notBefore = Math.max(notBefore, retryAt ?? notBefore);
    },
    check() {
      const until = usedUpUntil();
      if (clock.now() >= until) return;
      throw new DemandSourceError(
        'throttled',
        `not asked: the requests of the App at ${owner} are used up, and GitHub said that it is not to be asked before ` +
          new Date(until).toISOString(),
        { retryAt: until },
      );
    },
    maySweep(isFirst) {
      earn();
      if (isUnlimited) return levels.points > 0;
      if (isLow(isFirst) || levels.points <= POINTS_PER_MINUTE / 4) return false;
      return isFirst || levels.sweep > 0;
    },
    passed(beganAt) {
      earn();
      judgeUnchanged();
      isFirstOfPass = true;
      const cost = spent.pass;
      seeOthers();
      const interval = cost / (rate() * SHARES.pass);
      const now = clock.now();
      const isSlower = interval > PASS_MS && restsUntil() > beganAt + PASS_MS;
      if (!isSlower || now - toldAt < TOLD_EVERY_MS) return;
      toldAt = now;
      onNotice?.(
        `the jobs at ${owner} are read about every ${Math.round(interval / 1000)} s for now instead of every ` +
          `${PASS_MS / 1000} s: a reading takes ${cost} requests, and GitHub leaves the App ` +
          `${Math.round(rate() * HOUR_MS)} an hour, of which four fifths are for it; fewer unfinished runs, ` +
          'fewer repositories in the config, or an App of its own for each organisation make it quicker',
      );
    },
  };
}

function windowIn(headers: IncomingHttpHeaders): Window | undefined {
  const number = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' && /^\d{1,10}$/.test(value.trim()) ? Number(value) : undefined;
  };
  const limit = number('x-ratelimit-limit');
  const remaining = number('x-ratelimit-remaining');
  const reset = number('x-ratelimit-reset');
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  return { limit, remaining, resetAt: reset * 1000 };
}
