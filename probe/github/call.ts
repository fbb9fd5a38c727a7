/** How the probe calls GitHub, and what it says when GitHub does not answer as documented. */
import type { Clock } from './time.ts';
import { errorFacts, isObject } from '../../lambda/scaler/contract.ts';

/** What GitHub does not answer; says what to do. */
export class GitHubProbeError extends Error {
  override readonly name = 'GitHubProbeError';
  /** Of the answer; undefined without one. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

export interface Call {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. Default: nothing. */
  readonly body?: unknown;
  /** Statuses that the caller understands. Default: 200. */
  readonly accepts?: readonly number[];
  /** Ends the call. Default: its time limit alone. */
  readonly signal?: AbortSignal;
}

export interface Said {
  readonly status: number;
  readonly headers: Headers;
  /** The answer's JSON object; empty where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** @throws GitHubProbeError for every other status, and for no answer */
export type Caller = (call: Call) => Promise<Said>;

const CALL_TIMEOUT_MS = 20_000;

/** @param signal ends every call */
export function caller(clock: Pick<Clock, 'timeout'>, signal: AbortSignal): Caller {
  return async ({ method = 'GET', url, headers, body, accepts = [200], signal: own }) => {
    const name = `${method} ${withoutQuery(url)}`;
    const signals = [signal, clock.timeout(CALL_TIMEOUT_MS), ...(own ? [own] : [])];
    try {
      const answer = await fetch(url, {
        method,
        redirect: 'manual',
        signal: AbortSignal.any(signals),
        headers: { 'user-agent': 'runner-scaler', 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const found = parsed(await answer.text());
      if (accepts.includes(answer.status)) {
        return { status: answer.status, headers: answer.headers, body: found };
      }
      const said =
        typeof found['message'] === 'string' ? `: ${found['message'].slice(0, 200)}` : '';
      throw new GitHubProbeError(`${name} answered ${answer.status}${said}`, {
        status: answer.status,
      });
    } catch (error) {
      signal.throwIfAborted();
      own?.throwIfAborted();
      if (error instanceof GitHubProbeError) throw error;
      const why = errorFacts(error).message;
      throw new GitHubProbeError(`${name} gave no answer (${why}); check the URL and the network`, {
        cause: error,
      });
    }
  };
}

/** The address of a message queue may hold a secret in its query. */
function withoutQuery(url: string): string {
  return url.split('?')[0] ?? url;
}

/** Answers of the service of scale sets may begin with a byte order mark. */
function parsed(text: string): Said['body'] {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

export function objectsIn(value: unknown): readonly Said['body'][] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : [];
}
