/**
 * CircleCI as a source: the two task counts of the runner API.
 *
 * The counts come from two calls, not from one snapshot. Running is read first: a task claimed
 * between the calls is then in neither count. That is harmless, because its runner is present and the
 * rule never goes below what is present; the other order would count it twice and start a machine
 * that nobody needs.
 *
 * @see https://circleci.com/docs/guides/execution-runner/runner-api/
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Budget, Clock } from '../clock.ts';
import { errorFacts } from '../error-facts.ts';
import type { TokenStore } from '../token.ts';
import { explain, failureOf } from './circleci-failures.ts';
import { type CallRate, NoTurnError } from './call-rate.ts';
import type { HttpGet } from './http-get.ts';
import { parseObject } from '../json.ts';
import { retryAfterMs } from './retry-after.ts';
import { type Demand, type DemandFailure, type DemandSource, DemandSourceError } from './source.ts';

export const USER_AGENT = 'runner-scaler/0.1.0';

/** A single call may take this long; CircleCI's own clients allow 30 s, a look has 15. */
export const CALL_TIMEOUT_MS = 5_000;

/** Attempts per call, the first included. */
export const ATTEMPTS = 3;

/** First pause between attempts; doubled each time, and jittered down to half. */
const BACKOFF_MS = 200;

/** A genuine answer is about 30 bytes. What is longer is somebody else's page. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** No queue is this long; a greater count is a fault of the source, not demand. */
export const MAX_PLAUSIBLE_COUNT = 1_000_000;

const RUNNING = { path: '/api/v3/runner/tasks/running', key: 'running_runner_tasks' } as const;
const UNCLAIMED = { path: '/api/v3/runner/tasks', key: 'unclaimed_task_count' } as const;
const CALLS_PER_CLASS = 2;
type Count = typeof RUNNING | typeof UNCLAIMED;

export interface CircleCiOptions {
  /** Base URL without a trailing slash: CircleCI Cloud's, or a CircleCI Server installation's. */
  readonly url: string;
  readonly tokens: TokenStore;
  readonly get: HttpGet;
  readonly clock: Clock;
  /** Keeps the calls within what the server takes a second. Default: nothing does. */
  readonly rate?: CallRate | undefined;
  /** Told once per path and header when CircleCI announces the end of the API with a good answer. */
  readonly onNotice?: (notice: string) => void;
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

export function circleCi(options: CircleCiOptions): DemandSource {
  const { url, tokens, clock, rate, onNotice, random = Math.random } = options;
  const notices = new Set<string>();

  return {
    async currentDemand(resourceClass, budget): Promise<Demand> {
      const running = await count(RUNNING, resourceClass, budget);
      const unclaimed = await count(UNCLAIMED, resourceClass, budget);
      return { unclaimed, running };
    },
    ...(rate && { classesWithin: (ms) => Math.floor(rate.callsWithin(ms) / CALLS_PER_CLASS) }),
  };

  async function count(which: Count, resourceClass: string, budget: Budget): Promise<number> {
    const address = `${url}${which.path}?resource-class=${encodeURIComponent(resourceClass)}`;
    let token = await tokens.current(budget);
    let reread = false;
    for (let attempt = 1; ; attempt += 1) {
      const begun = which !== RUNNING || attempt > 1 || reread;
      await rate?.turn(budget, begun ? 'begun' : 'new').catch((cause: unknown) => {
        if (!(cause instanceof NoTurnError)) throw cause;
        throw new DemandSourceError('timeout', `GET ${address}: ${cause.message}`, { cause });
      });
      const answer = await ask(which, { address, token, budget });
      if (answer.ok) return answer.count;
      const { error, refused, retryable } = answer;
      if (refused && !reread) {
        const fresh = await tokens.reread(token, budget).catch((cause: unknown) => {
          const message = `${error.message}; ${errorFacts(cause).message}`;
          throw new DemandSourceError(error.kind, message, { cause });
        });
        if (fresh === token) throw error;
        token = fresh;
        reread = true;
        continue;
      }
      if (!retryable || attempt >= ATTEMPTS) throw error;
      const pause = answer.retryAfterMs ?? BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + random() / 2);
      if (clock.now() + pause >= budget.endsAt) throw error;
      await clock.wait(pause, budget.signal).catch(() => {
        throw error;
      });
    }
  }

  async function ask(which: Count, { address, token, budget }: Question): Promise<Answer> {
    const deadline = clock.timeout(CALL_TIMEOUT_MS);
    // What the server says may end up in a log; a server that repeats the token is not repeated.
    const withoutToken = (text: string) => text.replaceAll(token, '***');
    const failed = (kind: DemandFailure, said: string, rest: Partial<Failed> = {}): Failed => ({
      ok: false,
      refused: false,
      retryable: false,
      retryAfterMs: undefined,
      ...rest,
      error: new DemandSourceError(kind, withoutToken(`GET ${address} ${said}`), {
        cause: rest.cause,
      }),
    });
    try {
      const { status, headers, text } = await options.get(new URL(address), {
        headers: { 'circle-token': token, accept: 'application/json', 'user-agent': USER_AGENT },
        signals: [deadline, budget.signal],
        limit: MAX_ANSWER_BYTES,
      });
      if (status === 200) {
        noticeEnd(headers, which.path, withoutToken);
        const value = countIn(text, which.key);
        if (value !== undefined) return { ok: true, count: value };
        return failed('invalid-answer', noCount(which.key, withoutToken(text)), { refused: true });
      }
      const { kind, retryable } = failureOf(status);
      return failed(kind, explain(kind, status, { text, withoutToken }), {
        refused: !retryable,
        retryable,
        retryAfterMs: retryable ? retryAfterMs(headers, clock.now()) : undefined,
      });
    } catch (cause) {
      const retryable = !budget.signal.aborted;
      return deadline.aborted || budget.signal.aborted
        ? failed('timeout', `gave no answer in time (${CALL_TIMEOUT_MS / 1000} s per call)`, {
            retryable,
            cause,
          })
        : failed('unavailable', `failed: ${errorFacts(cause).message}`, { retryable, cause });
    }
  }

  function noticeEnd(
    headers: IncomingHttpHeaders,
    path: string,
    withoutToken: (text: string) => string,
  ) {
    for (const name of ['deprecation', 'sunset']) {
      const value = headers[name];
      // Not by the value, which may name another moment in each answer.
      const notice = `${name} ${path}`;
      if (value === undefined || notices.has(notice)) continue;
      notices.add(notice);
      onNotice?.(
        `CircleCI announces the end of ${path}: ${name} is ` +
          `${withoutToken(String(value)).slice(0, 100)}; update runner-scaler before`,
      );
    }
  }
}

interface Question {
  readonly address: string;
  readonly token: string;
  readonly budget: Budget;
}

type Answer = { readonly ok: true; readonly count: number } | Failed;

interface Failed {
  readonly ok: false;
  readonly error: DemandSourceError;
  /**
   * The server answered, and neither with a count nor with a trouble that passes: another token may be
   * answered otherwise. CircleCI tells a wrong token by 401, by 403, and on purpose by 404; what stands
   * before a CircleCI Server may have a login page for it.
   */
  readonly refused: boolean;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly cause?: unknown;
}

function countIn(text: string, key: string): number | undefined {
  const value = parseObject(text)?.[key];
  const plausible =
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= 0 &&
    value <= MAX_PLAUSIBLE_COUNT;
  return plausible ? value : undefined;
}

function noCount(key: string, text: string): string {
  return (
    `answered 200 without a usable count: ${key} must be a whole number from 0 to ` +
    `${MAX_PLAUSIBLE_COUNT}, the answer was ${text === '' ? 'empty' : JSON.stringify(text.slice(0, 120))}`
  );
}
