/** What is GitLab's own in how it is asked, by GraphQL and by REST. */
import { isObject, parseObject } from '../../contract/json.ts';
import { type Api, type Ask, asking, type AskingPorts } from '../asking.ts';
import type { DemandFailure } from '../source.ts';

export interface GitLabPorts extends AskingPorts {
  /** Told once of what a person should know and what fails no class. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** Of 20 classes an answer of GraphQL is about 3 KB. */
const MOST_BYTES = 64 * 1024;

/**
 * @see https://docs.gitlab.com/api/rest/authentication/ for the token's header, which GraphQL takes, too
 * @see https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers for the reset headers
 */
export function askingGitLab(ports: AskingPorts, more: Pick<Api, 'onAnswer'> = {}): Ask {
  return asking(ports, {
    ...more,
    credential: (token) => ({ authorization: `Bearer ${token}` }),
    mostBytes: MOST_BYTES,
    advice: adviceOn,
    hint: 'see also that the GitLab URL in the config is right and that no login page or proxy answers in its place',
    wordsIn,
    resetHeaders: ['ratelimit-reset', 'ratelimit-resettime'],
  });
}

/** What a person can do about a refusal, as part of a sentence. */
export function adviceOn(kind: DemandFailure): string {
  return ADVICE[kind] ?? '';
}

const ADVICE: Partial<Record<DemandFailure, string>> = {
  'bad-request': 'GitLab does not understand the request; see that its version is 18.1 or later',
  unauthorized:
    'the API token is wrong, expired or revoked; create one with the scope read_api and put it into the API-token secret',
  forbidden:
    'the API token has no right to this; it needs the scope read_api, and its user at least the role Reporter in the ' +
    'projects, or an administrator for the scope instance',
  'not-found':
    'it does not exist, was moved or archived, or the API token may not see it; correct the scope in the config, or ' +
    'give the user of the token access',
  conflict: 'it is being changed in GitLab; look at it there if this goes on',
  gone: 'this GitLab no longer has this API; update runner-scaler',
  throttled:
    'too many requests for the user of this token; give the scaler a user of its own, or raise passIntervalSeconds in the config',
  unavailable: 'see https://status.gitlab.com, or the health of the installation',
  'invalid-answer':
    'check that the GitLab URL in the config is the address that a browser shows; a project that was moved is named by its new path or its id',
};

/** Errors come as `message`, as `error` with `error_description`, and as a list of `errors` with messages. */
function wordsIn(text: string): string {
  const body = parseObject(text);
  if (body === undefined) return text.replaceAll(/<[^>]*>/g, ' ');
  const { message, error, error_description: description, errors } = body;
  const listed = Array.isArray(errors) ? errors.map(messageOf) : [];
  return [message, error, description, ...listed]
    .filter((part) => typeof part === 'string')
    .join(' ');
}

function messageOf(error: unknown): unknown {
  return isObject(error) ? error['message'] : undefined;
}
