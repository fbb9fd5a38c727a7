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
import type { HttpGet } from './http-get.ts';
import { parseObject } from '../json.ts';
import { retryAfterMs } from './retry-after.ts';
import { type Demand, type DemandSource, DemandSourceError } from './source.ts';

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
type Count = typeof RUNNING | typeof UNCLAIMED;

export interface CircleCiOptions {
  /** Base URL without a trailing slash: CircleCI Cloud's, or a CircleCI Server installation's. */
  readonly url: string;
  readonly tokens: TokenStore;
  readonly get: HttpGet;
  readonly clock: Clock;
  /** Told once per text when CircleCI announces the end of the API in a header of a good answer. */
  readonly onNotice?: (notice: string) => void;
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

export function circleCi(options: CircleCiOptions): DemandSource {
  const { url, tokens, clock, onNotice, random = Math.random } = options;
  const notices = new Set<string>();

  return {
    async currentDemand(resourceClass, budget): Promise<Demand> {
      const running = await count(RUNNING, resourceClass, budget);
      const unclaimed = await count(UNCLAIMED, resourceClass, budget);
      return { unclaimed, running };
    },
  };

  async function count(which: Count, resourceClass: string, budget: Budget): Promise<number> {
    const address = `${url}${which.path}?resource-class=${encodeURIComponent(resourceClass)}`;
    let token = await tokens.current(budget);
    let reread = false;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await get(address, token, budget);
      if (answer.ok) {
        noticeEnd(answer.headers, which.path, token);
        return countIn(answer.text, which.key, address);
      }
      const { error } = answer;
      if (error.kind === 'unauthorized' && !reread) {
        const fresh = await tokens.reread(token, budget);
        if (fresh === token) throw error;
        token = fresh;
        reread = true;
        continue;
      }
      if (!answer.retryable || attempt === ATTEMPTS) throw error;
      const pause = answer.retryAfterMs ?? BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + random() / 2);
      if (clock.now() + pause >= budget.endsAt) throw error;
      await clock.wait(pause, budget.signal).catch(() => {
        throw error;
      });
    }
  }

  async function get(address: string, token: string, budget: Budget): Promise<Answer> {
    const deadline = clock.timeout(CALL_TIMEOUT_MS);
    try {
      const answer = await options.get(new URL(address), {
        headers: { 'circle-token': token, accept: 'application/json', 'user-agent': USER_AGENT },
        signals: [deadline, budget.signal],
        limit: MAX_ANSWER_BYTES,
      });
      const { status, headers } = answer;
      // What the server says may end up in a log; a server that repeats the token is not repeated.
      const text = answer.text.replaceAll(token, '***');
      if (status === 200) return { ok: true, headers, text };
      const { kind, retryable } = failureOf(status);
      return {
        ok: false,
        retryable,
        retryAfterMs: retryable ? retryAfterMs(headers, clock.now()) : undefined,
        error: new DemandSourceError(kind, `GET ${address} ${explain(kind, status, text)}`),
      };
    } catch (cause) {
      const late = deadline.aborted || budget.signal.aborted;
      return {
        ok: false,
        retryable: !budget.signal.aborted,
        retryAfterMs: undefined,
        error: new DemandSourceError(
          late ? 'timeout' : 'unavailable',
          late
            ? `GET ${address} gave no answer in time (${CALL_TIMEOUT_MS / 1000} s per call)`
            : `GET ${address} failed: ${errorFacts(cause).message}`,
          { cause },
        ),
      };
    }
  }

  function noticeEnd(headers: IncomingHttpHeaders, path: string, token: string) {
    for (const name of ['deprecation', 'sunset']) {
      const value = headers[name];
      const notice = `CircleCI announces the end of ${path}: ${name} is ${String(value).replaceAll(token, '***').slice(0, 100)}`;
      if (value === undefined || notices.has(notice)) continue;
      notices.add(notice);
      onNotice?.(notice);
    }
  }
}

type Answer =
  | { readonly ok: true; readonly headers: IncomingHttpHeaders; readonly text: string }
  | {
      readonly ok: false;
      readonly error: DemandSourceError;
      readonly retryable: boolean;
      readonly retryAfterMs: number | undefined;
    };

function countIn(text: string, key: string, address: string): number {
  const value = parseObject(text)?.[key];
  const plausible =
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= 0 &&
    value <= MAX_PLAUSIBLE_COUNT;
  if (plausible) return value;
  throw new DemandSourceError(
    'invalid-answer',
    `GET ${address} answered 200 without a usable count: ${key} must be a whole number from 0 to ` +
      `${MAX_PLAUSIBLE_COUNT}, the answer was ${text === '' ? 'empty' : JSON.stringify(text.slice(0, 120))}`,
  );
}
