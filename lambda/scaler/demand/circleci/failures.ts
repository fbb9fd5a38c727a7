/** What CircleCI's refusals mean, and what the person who reads the log can do about each. */
import { isObject, parseObject } from '../../json.ts';
import type { DemandFailure } from '../source.ts';

interface FailureRule {
  readonly kind: DemandFailure;
  readonly retryable: boolean;
}

/** The meaning of every status that is not 200. */
export function failureOf(status: number): FailureRule {
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

/**
 * CircleCI answers 404 both for a class that does not exist and for one the token may not see, on
 * purpose, so the sentence names both.
 */
const ADVICE: Partial<Record<DemandFailure, string>> = {
  'bad-request': 'check the resource class in the config: it must be namespace/name',
  unauthorized:
    'the API token is wrong, expired or revoked; create a personal API token and put it into the API-token secret',
  forbidden:
    'self-hosted runners are not enabled for this account, a limit is reached, or the API token is wrong; an organisation admin can accept the runner terms in CircleCI',
  'not-found':
    'the resource class does not exist, or the API token is wrong or its user may not see the class; create the class, give the user access to its organisation, or put another token into the API-token secret',
  conflict: 'the resource class is being changed in CircleCI; look at it there if this goes on',
  throttled:
    'too many requests for this token; other tools may share it, or raise the busy interval',
  unavailable: 'see https://status.circleci.com, or the health of the CircleCI Server installation',
  'invalid-answer': 'check that the CircleCI URL in the config is the address of the runner API',
};

export interface Said {
  /** The body of the answer. */
  readonly text: string;
  /** Applied before the words are cut to their length, which could cut a token, too. */
  readonly withoutToken: (text: string) => string;
  /** In place of the advice that holds for every API. */
  readonly advice?: string | undefined;
}

export function explain(kind: DemandFailure, status: number, said: Said): string {
  const words = said.withoutToken(detailOf(said.text)).replaceAll(/[\s\p{Cc}]+/gu, ' ');
  const detail = words.trim().slice(0, MOST_WORDS);
  return `answered ${status}${detail === '' ? '' : ` (${detail})`}: ${said.advice ?? ADVICE[kind]}`;
}

/** Characters of the server's own words that a message repeats. */
const MOST_WORDS = 200;

/** CircleCI's error bodies come in three forms: `message`, `error`, and `error` with title and detail. */
function detailOf(text: string): string {
  const body = parseObject(text);
  if (body === undefined) return text.replaceAll(/<[^>]*>/g, ' ');
  const { message, error } = body;
  const parts = isObject(error) ? [error['title'], error['detail'], error['id']] : [message, error];
  return parts.filter((part) => typeof part === 'string').join(' ');
}
