/**
 * How a source is asked, whichever it is: attempts within a budget, a token that may be wrong read again, no more
 * of an answer than can be genuine, and no message that holds the token.
 */
import type { Budget, Clock } from '../clock.ts';
import { errorFacts } from '../contract/error-facts.ts';
import { type CallRate, NoTurnError } from './call-rate.ts';
import type { CredentialStore } from './credentials.ts';
import type { HttpAnswer, HttpCall, HttpRequest } from './http-call.ts';
import type { LimitsSeen } from './rate-limit.ts';
import { meaningOf, type Refusal, wordsIn } from './refusals.ts';
import { withoutTokens } from './redaction.ts';
import { retryAfterMs } from './retry-after.ts';
import { type DemandFailure, DemandSourceError } from './source.ts';

export const USER_AGENT = 'runner-scaler/0.1.0';

/** A single call may take this long; a pass has 15 s. */
export const CALL_TIMEOUT_MS = 5_000;

/** Attempts per call, the first included. */
export const ATTEMPTS = 3;

/** First pause between attempts; doubled each time, and jittered down to half. */
const BACKOFF_MS = 200;

export interface AskingPorts {
  readonly tokens: CredentialStore<string>;
  readonly call: HttpCall;
  readonly clock: Clock;
  /** Keeps the calls within what the server takes a second. Default: nothing does. */
  readonly rate?: CallRate | undefined;
  /** Told what the answers say of the limit on requests. Default: nobody is. */
  readonly limits?: LimitsSeen | undefined;
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** What the calls of one API have in common. */
export interface Api {
  /** The header in which it takes the token. */
  readonly credential: (token: string) => Readonly<Record<string, string>>;
  /** Bytes of an answer that are read, unless a question says otherwise. What is longer is somebody else's page. */
  readonly mostBytes: number;
  /** What a person can do about a refusal, as part of a sentence. */
  readonly advice: (kind: DemandFailure, answer: Said) => string;
  /** Said besides with every refusal that does not pass by itself. */
  readonly hint?: string | undefined;
  /** What a status means where it is not what it usually means. Default: `meaningOf` its status. */
  readonly meaningOf?: (answer: HttpAnswer) => Refusal | undefined;
  /** The server's own words in a refusal. Default: its text without tags. */
  readonly wordsIn?: (text: string) => string;
  /** Headers with the moment, in seconds since the epoch, before which it is not to be asked. Default: none. */
  readonly resetHeaders?: readonly string[];
  /** Told of every good answer. */
  readonly onAnswer?: (route: string, answer: Said) => void;
}

/** An answer whose words may be put into a message after `withoutToken`, before they are cut to a length. */
export interface Said extends HttpAnswer {
  readonly withoutToken: (text: string) => string;
}

/** One call, and how its answer is read. It may be made several times, so it must change nothing. */
export interface Question<T> extends Pick<HttpRequest, 'method' | 'body'> {
  readonly address: string;
  /** The path by which a notice names what is asked: the same for every class. */
  readonly route: string;
  /** `new` for the first call of a class; those of a class that is half read go before it. */
  readonly order: 'begun' | 'new';
  /** Beside those of every call. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the API's. */
  readonly mostBytes?: number;
  /** Statuses of good answers. Default: 200. */
  readonly accepts?: readonly number[];
  /** Whether a good answer holds a secret, so that no message quotes it. Default: it does not. */
  readonly isSecret?: boolean;
  readonly read: (answer: Said) => Reading<T>;
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  /** Why the answer is of no use; completes "answered 200 …". The kind is `invalid-answer` by default. */
  | { readonly ok: false; readonly problem: string; readonly kind?: DemandFailure };

/** @throws DemandSourceError for every answer that cannot be read */
export type Ask = <T>(question: Question<T>, budget: Budget) => Promise<T>;

export function asking(ports: AskingPorts, api: Api): Ask {
  const { tokens, clock, rate, random = Math.random } = ports;
  const hint = api.hint === undefined ? '' : `; ${api.hint}`;

  return async (question, budget) => {
    let token = await tokens.current(budget);
    let reread = false;
    for (let attempt = 1; ; attempt += 1) {
      const begun = attempt > 1 || reread;
      await rate?.turn(budget, begun ? 'begun' : question.order).catch((cause: unknown) => {
        if (!(cause instanceof NoTurnError)) throw cause;
        throw new DemandSourceError('timeout', `${nameOf(question)}: ${cause.message}`, { cause });
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
    question: Question<T>,
    { token, budget }: { readonly token: string; readonly budget: Budget },
  ): Promise<Answer<T>> {
    const { address, route, method, body, mostBytes = api.mostBytes, accepts = [200] } = question;
    const { isSecret = false } = question;
    const deadline = clock.timeout(CALL_TIMEOUT_MS);
    // What the server says may end up in a log; a server that repeats the token is not repeated.
    const withoutToken = (text: string) => withoutTokens(text, token);
    const failed = (
      kind: DemandFailure,
      said: string,
      { cause, ...rest }: Partial<Failed> & ErrorOptions = {},
    ): Failed => {
      const wait = kind === 'throttled' ? rest.retryAfterMs : undefined;
      const retryAt = wait === undefined ? undefined : clock.now() + wait;
      const message = withoutToken(`${nameOf(question)} ${said}`);
      const error = new DemandSourceError(kind, message, { cause, retryAt });
      return {
        ok: false,
        refused: false,
        retryable: false,
        retryAfterMs: undefined,
        ...rest,
        error,
      };
    };
    try {
      const answer = await ports.call(new URL(address), {
        method,
        body,
        headers: {
          ...api.credential(token),
          accept: 'application/json',
          'user-agent': USER_AGENT,
          ...question.headers,
        },
        signals: [deadline, budget.signal],
        limit: mostBytes,
      });
      const { status, headers, text } = answer;
      const said: Said = { ...answer, withoutToken };
      // Other refusals may speak of another limit, such as that of an address whose token is wrong.
      const countLimit = () =>
        ports.limits?.answered(headers, { budget, advice: () => api.advice('throttled', said) });
      if (accepts.includes(status)) {
        countLimit();
        api.onAnswer?.(route, said);
        const reading = question.read(said);
        if (reading.ok) return reading;
        const { problem, kind = 'invalid-answer' } = reading;
        const quote = isSecret ? '' : `, ${quoted(withoutToken(text))}`;
        return failed(kind, `answered ${status} ${problem}${quote}${hint}`, { refused: true });
      }
      const refusal = api.meaningOf?.(answer) ?? meaningOf(status);
      const { kind, retryable, resetHeaders = api.resetHeaders } = refusal;
      if (kind === 'throttled') countLimit();
      const words = wordsIn(withoutToken((api.wordsIn ?? withoutTags)(text)));
      const sentence = `answered ${status}${words}: ${api.advice(kind, said)}`;
      return failed(kind, retryable || kind === 'gone' ? sentence : `${sentence}${hint}`, {
        refused: !retryable,
        retryable,
        retryAfterMs: retryable
          ? (retryAfterMs(headers, clock.now(), resetHeaders) ?? refusal.pauseMs)
          : undefined,
      });
    } catch (cause) {
      const retryable = !budget.signal.aborted;
      const nobody = { status: 0, headers: {}, text: '', withoutToken };
      const advice = `${api.advice('unavailable', nobody)}; or what lies between`;
      return deadline.aborted || budget.signal.aborted
        ? failed(
            'timeout',
            `gave no answer in time (${CALL_TIMEOUT_MS / 1000} s per call): ${advice}`,
            { retryable, cause },
          )
        : failed('unavailable', `failed: ${errorFacts(cause).message}: ${advice}`, {
            retryable,
            cause,
          });
    }
  }
}

function nameOf({ method = 'GET', address }: Question<unknown>): string {
  return `${method} ${address}`;
}

type Answer<T> = { readonly ok: true; readonly value: T } | Failed;

interface Failed {
  readonly ok: false;
  readonly error: DemandSourceError;
  /**
   * The server answered, and neither with a count nor with a trouble that passes: another token may be
   * answered otherwise. A wrong token is not always told by 401: CircleCI answers 403 and, on purpose, 404,
   * and what stands before a server of one's own may have a login page for it.
   */
  readonly refused: boolean;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
}

function withoutTags(text: string): string {
  return text.replaceAll(/<[^>]*>/g, ' ');
}

/** Characters of an answer of no use that a message repeats. */
const MOST_QUOTED = 120;

function quoted(text: string): string {
  return `the answer was ${text === '' ? 'empty' : JSON.stringify(text.slice(0, MOST_QUOTED))}`;
}
