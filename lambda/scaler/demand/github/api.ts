/** What all calls of GitHub's REST API have in common. */
import { isObject, parseObject } from '../../contract/json.ts';
import type { Api } from '../asking.ts';
import type { HttpAnswer } from '../http-call.ts';
import { type Refusal, meaningOf } from '../refusals.ts';

/** The oldest version that is served, which every Enterprise Server in support knows. */
const API_VERSION = '2022-11-28';

/** What GitHub asks for where it names no moment: "wait for at least one minute". */
const UNNAMED_PAUSE_MS = 60_000;

const RESET_HEADER = 'x-ratelimit-reset';

/**
 * For the JWT of an App and for the token of an installation.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
export const GITHUB_API: Pick<Api, 'credential' | 'meaningOf' | 'wordsIn'> = {
  credential: (token) => ({
    authorization: `Bearer ${token}`,
    'x-github-api-version': API_VERSION,
  }),
  meaningOf: meaningInGitHub,
  wordsIn: wordsOfGitHub,
};

/**
 * A 403 has three meanings: the limit of the hour is used up, too much was asked at once, or it is not allowed.
 * `x-ratelimit-reset` stands in every answer, and says when this refusal ends only in the first of them.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function meaningInGitHub({ status, headers, text }: HttpAnswer): Refusal {
  const isLimit = status === 403 || status === 429;
  if (isLimit && headers['x-ratelimit-remaining'] === '0') {
    return {
      kind: 'throttled',
      retryable: true,
      resetHeaders: [RESET_HEADER],
      pauseMs: UNNAMED_PAUSE_MS,
    };
  }
  const isSecondary =
    status === 429 ||
    headers['retry-after'] !== undefined ||
    /secondary rate limit|abuse detection/i.test(text);
  if (isLimit && isSecondary) {
    return { kind: 'throttled', retryable: true, pauseMs: UNNAMED_PAUSE_MS };
  }
  // Validation failed: the request will be refused however often it is made.
  return status === 422 ? { kind: 'bad-request', retryable: false } : meaningOf(status);
}

/** GitHub's `message`, with those of the single `errors`, which are objects or texts. */
function wordsOfGitHub(text: string): string {
  const body = parseObject(text);
  if (body === undefined) return text.replaceAll(/<[^>]*>/g, ' ');
  const { message, errors } = body;
  const listed = Array.isArray(errors) ? (errors as readonly unknown[]).map(messageOf) : [];
  return [message, ...listed].filter((part) => typeof part === 'string').join(' ');
}

function messageOf(error: unknown): unknown {
  return isObject(error) ? error['message'] : error;
}
