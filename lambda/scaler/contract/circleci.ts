/** What the infrastructure and the scaler have to agree on about CircleCI. */
import { httpUrl } from './http-url.ts';
import type { Fields, SourceRules } from './source-rules.ts';

/**
 * CircleCI's rule for a resource class name: a namespace of lower-case letters, digits, `_`, `-`,
 * one slash, and a name that may also hold capitals, `:` and `+`. A dot is refused.
 *
 * @see https://circleci.com/docs/guides/execution-runner/runner-concepts/
 */
export const CIRCLECI_CLASS_PATTERN = /^[a-z0-9_-]+\/[A-Za-z0-9:_+-]+$/;

/** The jobs ask for a class by its name alone. */
export const CIRCLECI_RULES: SourceRules = {
  className: {
    pattern: CIRCLECI_CLASS_PATTERN,
    allowed: 'namespace/name, for example acme/linux',
  },
  demandProblem: (text) =>
    text === undefined
      ? undefined
      : 'allowed: no such tag, because jobs of CircleCI ask for the resource class alone; remove the tag',
  // As often as CircleCI's own orchestrator: https://circleci.com/docs/guides/execution-runner/machine-runner-orchestrator/
  leastPassIntervalSeconds: 5,
};

/** CircleCI Cloud's runner API. CircleCI Server serves the same routes at the installation's URL. */
export const CIRCLECI_CLOUD_URL = 'https://runner.circleci.com';

/**
 * How the demand is read: by the two task counts of the runner API, by the runner fleets of API v3, or by
 * the fleets where the installation answers them and else by the counts.
 */
export const CIRCLECI_APIS = ['counts', 'fleets', 'auto'] as const;
export type CircleCiApi = (typeof CIRCLECI_APIS)[number];

/**
 * The counts are what CircleCI documents for scaling, and all that CircleCI Server answers; the fleets are a
 * preview.
 *
 * @see https://circleci.com/docs/guides/execution-runner/runner-scaling/
 */
export const DEFAULT_CIRCLECI_API = 'counts' satisfies CircleCiApi;

/**
 * Default calls a second to a CircleCI Server: two thirds of the 150 that its front end takes from everybody.
 *
 * @see https://circleci.com/docs/server-admin/latest/overview/circleci-server-overview/
 */
export const SERVER_CALLS_PER_SECOND = 100;

/** The least: one for each of the containers that run at a time, `CONTAINERS_AT_A_TIME`. */
export const LEAST_CALLS_PER_SECOND = 3;
export const MOST_CALLS_PER_SECOND = 10_000;

/** None is known of CircleCI Cloud. */
export function defaultCallsPerSecond(circleciUrl: string): number {
  return circleciUrl === CIRCLECI_CLOUD_URL ? 0 : SERVER_CALLS_PER_SECOND;
}

/** How CircleCI is read. */
export interface CircleCiSettings {
  /** Base URL of the runner API, without a trailing slash. Default: `CIRCLECI_CLOUD_URL`. */
  readonly url: string;
  /** By which of CircleCI's APIs the demand is read. Default: `DEFAULT_CIRCLECI_API`. */
  readonly api: CircleCiApi;
  /**
   * Calls a second that CircleCI takes from all containers of the function together; 0 means any number.
   * Default: `defaultCallsPerSecond`.
   */
  readonly callsPerSecond: number;
  /** Id or ARN of the secret that holds the API token. */
  readonly tokenSecret: string;
}

export const CIRCLECI_SETTINGS = ['url', 'api', 'callsPerSecond', 'tokenSecret'] as const;

/** @returns undefined when a value is refused; `fields` has noted why */
export function decodeCircleCiSettings(
  fields: Fields<(typeof CIRCLECI_SETTINGS)[number]>,
): CircleCiSettings | undefined {
  const url = fields.read('url', {
    fallback: CIRCLECI_CLOUD_URL,
    decode: (value) => (typeof value === 'string' ? httpUrl(value) : undefined),
    allowed: 'an http or https URL without query, credentials or fragment',
  });
  const api = fields.read<CircleCiApi>('api', {
    fallback: DEFAULT_CIRCLECI_API,
    decode: (value) => CIRCLECI_APIS.find((known) => known === value),
    allowed: CIRCLECI_APIS.join(', '),
  });
  const callsPerSecond = fields.read('callsPerSecond', {
    fallback: defaultCallsPerSecond(url ?? ''),
    decode: asCallsPerSecond,
    allowed: `0 for any number, or a whole number from ${LEAST_CALLS_PER_SECOND} to ${MOST_CALLS_PER_SECOND}`,
  });
  const tokenSecret = fields.read('tokenSecret', {
    decode: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
    allowed: 'the id or ARN of a secret',
  });
  if (url === undefined || api === undefined) return undefined;
  if (callsPerSecond === undefined || tokenSecret === undefined) return undefined;
  return { url, api, callsPerSecond, tokenSecret };
}

function asCallsPerSecond(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  const isInRange = value >= LEAST_CALLS_PER_SECOND && value <= MOST_CALLS_PER_SECOND;
  return value === 0 || isInRange ? value : undefined;
}
