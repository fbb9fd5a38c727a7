/**
 * How CircleCI is asked, whichever of its APIs: attempts within a budget, a token that may be wrong read
 * anew, no more of an answer than can be genuine, and no word that holds the token.
 */
import type { Budget, Clock } from '../../clock.ts';
import { errorFacts } from '../../error-facts.ts';
import type { TokenStore } from '../../token.ts';
import { type CallRate, NoTurnError } from '../call-rate.ts';
import type { HttpAnswer, HttpGet } from '../http-get.ts';
import { retryAfterMs } from '../retry-after.ts';
import { type DemandFailure, DemandSourceError } from '../source.ts';
import { announcedEnds } from './end-of-api.ts';
import { explain, failureOf } from './failures.ts';

export const USER_AGENT = 'runner-scaler/0.1.0';

/** A single call may take this long; CircleCI's own clients allow 30 s, a pass has 15. */
export const CALL_TIMEOUT_MS = 5_000;

/** Attempts per call, the first included. */
export const ATTEMPTS = 3;

/** First pause between attempts; doubled each time, and jittered down to half. */
const BACKOFF_MS = 200;

export interface CircleCiPorts {
  readonly tokens: TokenStore;
  readonly get: HttpGet;
  readonly clock: Clock;
  /** Keeps the calls within what the server takes a second. Default: nothing does. */
  readonly rate?: CallRate | undefined;
  /** Told once per route and header when CircleCI announces the end of an API with a good answer. */
  readonly onNotice?: (notice: string) => void;
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/** What the calls of one API have in common. */
export interface Api {
  /** The header in which it takes the token. */
  readonly credential: (token: string) => Readonly<Record<string, string>>;
  /** Bytes of an answer that are read. What is longer is somebody else's page. */
  readonly mostBytes: number;
  /** What to do when the API ends, as part of a sentence. */
  readonly successor: string;
  /** Said besides with every refusal. */
  readonly hint?: string | undefined;
}

/** One GET, and how its answer is read. */
export interface Question<T> {
  readonly address: string;
  /** The path by which a notice names what is asked: the same for every class. */
  readonly route: string;
  /** `new` for the first call of a class; those of a class that is half read go before it. */
  readonly order: 'begun' | 'new';
  readonly read: (text: string) => Reading<T>;
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  /** Why the answer is of no use; completes "answered 200 …". The kind is `invalid-answer` by default. */
  | { readonly ok: false; readonly problem: string; readonly kind?: DemandFailure };

/** @throws DemandSourceError for every answer that cannot be read */
export type Ask = <T>(question: Question<T>, budget: Budget) => Promise<T>;

export function asking(ports: CircleCiPorts, api: Api): Ask {
  const { tokens, clock, rate, onNotice, random = Math.random } = ports;
  const notices = new Set<string>();

  return async (question, budget) => {
    const { address } = question;
    let token = await tokens.current(budget);
    let reread = false;
    for (let attempt = 1; ; attempt += 1) {
      const begun = attempt > 1 || reread;
      await rate?.turn(budget, begun ? 'begun' : question.order).catch((cause: unknown) => {
        if (!(cause instanceof NoTurnError)) throw cause;
        throw new DemandSourceError('timeout', `GET ${address}: ${cause.message}`, { cause });
      });
      const answer = await askOnce(question, { token, budget });
      if (answer.ok) return answer.value;
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
  };

  async function askOnce<T>(
    { address, route, read }: Question<T>,
    { token, budget }: { readonly token: string; readonly budget: Budget },
  ): Promise<Answer<T>> {
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
      const answer = await ports.get(new URL(address), {
        headers: {
          ...api.credential(token),
          accept: 'application/json',
          'user-agent': USER_AGENT,
        },
        signals: [deadline, budget.signal],
        limit: api.mostBytes,
      });
      const { status, headers, text } = answer;
      if (status === 200) {
        noticeEnd(route, answer, withoutToken);
        const reading = read(text);
        if (reading.ok) return reading;
        const { problem, kind = 'invalid-answer' } = reading;
        return failed(kind, `answered 200 ${problem}, ${quoted(withoutToken(text))}${hint()}`, {
          refused: true,
        });
      }
      const { kind, retryable } = failureOf(status);
      const advice = kind === 'gone' ? retired(answer, withoutToken) : undefined;
      const words = explain(kind, status, { text, withoutToken, advice });
      return failed(kind, retryable || kind === 'gone' ? words : `${words}${hint()}`, {
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
    route: string,
    { headers }: HttpAnswer,
    withoutToken: (text: string) => string,
  ): void {
    for (const { header, said } of announcedEnds(headers, withoutToken)) {
      // Not by the value, which may name another moment in each answer.
      const notice = `${header} ${route}`;
      if (notices.has(notice)) continue;
      notices.add(notice);
      onNotice?.(
        `CircleCI announces the end of ${route}: ${said}; before it ends, ${api.successor}`,
      );
    }
  }

  function retired({ headers }: HttpAnswer, withoutToken: (text: string) => string): string {
    const ends = announcedEnds(headers, withoutToken).map(({ said }) => `, ${said}`);
    return `CircleCI has retired this API${ends.join('')}; ${api.successor}`;
  }

  function hint(): string {
    return api.hint === undefined ? '' : `; ${api.hint}`;
  }
}

type Answer<T> = { readonly ok: true; readonly value: T } | Failed;

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

/** Characters of an answer of no use that a message repeats. */
const MOST_QUOTED = 120;

function quoted(text: string): string {
  return `the answer was ${text === '' ? 'empty' : JSON.stringify(text.slice(0, MOST_QUOTED))}`;
}
