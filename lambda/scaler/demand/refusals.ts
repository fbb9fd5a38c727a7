/** What a refusal means by its status, and how a message repeats the server's own words. */
import type { DemandFailure } from './source.ts';

export interface Refusal {
  readonly kind: DemandFailure;
  /** Whether the same call may be answered a moment later. */
  readonly retryable: boolean;
  /** Headers with the moment at which this refusal ends. Default: those of the API. */
  readonly resetHeaders?: readonly string[];
  /** How long to wait where no header says so, in milliseconds. Default: the usual back-off. */
  readonly pauseMs?: number;
}

/** The meaning of every status that is no good answer. */
export function meaningOf(status: number): Refusal {
  const refusal = REFUSALS.get(status);
  if (refusal !== undefined) return { kind: refusal, retryable: false };
  if (status === 429) return { kind: 'throttled', retryable: true };
  // 408 comes from what stands before the server: it has waited for the request in vain.
  if (status >= 500 || status === 408) return { kind: 'unavailable', retryable: true };
  return { kind: 'invalid-answer', retryable: false };
}

const REFUSALS: ReadonlyMap<number, DemandFailure> = new Map([
  [400, 'bad-request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [409, 'conflict'],
  [410, 'gone'],
]);

/** Characters of the server's own words that a message repeats. */
const MOST_WORDS = 200;

/** The server's words in parentheses, on one line and of a bounded length; empty where it has none. */
export function wordsIn(text: string): string {
  const words = text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MOST_WORDS);
  return words === '' ? '' : ` (${words})`;
}
