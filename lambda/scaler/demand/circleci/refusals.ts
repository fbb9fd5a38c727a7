/** What the person who reads the log can do about CircleCI's refusals, and CircleCI's own words in them. */
import { isObject, parseObject } from '../../contract/json.ts';
import type { DemandFailure } from '../source.ts';

/**
 * CircleCI answers 404 both for a class that does not exist and for one the token may not see, on
 * purpose, so the sentence names both.
 */
export const ADVICE: Partial<Record<DemandFailure, string>> = {
  'bad-request': 'check the resource class in the config: it must be namespace/name',
  unauthorized:
    'the API token is wrong, expired or revoked; create a personal API token and put it into the API-token secret',
  forbidden:
    'self-hosted runners are not enabled for this account, a limit is reached, or the API token is wrong; an organisation admin can accept the runner terms in CircleCI',
  'not-found':
    'the resource class does not exist, or the API token is wrong or its user may not see the class; create the class, give the user access to its organisation, or put another token into the API-token secret',
  conflict: 'the resource class is being changed in CircleCI; look at it there if this goes on',
  throttled:
    'too many requests for this token; other tools may share it; or raise passIntervalSeconds in the config',
  unavailable: 'see https://status.circleci.com, or the health of the CircleCI Server installation',
  'invalid-answer': 'check that the CircleCI URL in the config is the address of the runner API',
};

/** CircleCI's error bodies come in three forms: `message`, `error`, and `error` with title and detail. */
export function wordsIn(text: string): string {
  const body = parseObject(text);
  if (body === undefined) return text.replaceAll(/<[^>]*>/g, ' ');
  const { message, error } = body;
  const parts = isObject(error) ? [error['title'], error['detail'], error['id']] : [message, error];
  return parts.filter((part) => typeof part === 'string').join(' ');
}
