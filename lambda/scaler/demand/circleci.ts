/** CircleCI as a source, by the one or the other of its two APIs. */
import {
  CIRCLECI_CLOUD_URL,
  type CircleCiApi,
  DEFAULT_CIRCLECI_API,
} from '../contract/circleci.ts';
import type { CircleCiPorts } from './circleci/asking.ts';
import { auto } from './circleci/auto.ts';
import { counts } from './circleci/counts.ts';
import { fleets } from './circleci/fleets.ts';
import { limitsSeen } from './rate-limit.ts';
import type { DemandReader, DemandSource } from './source.ts';

/**
 * With half as many, a pass over 1,000 classes takes half as long again; servers allow about so many calls over one
 * connection.
 */
export const CIRCLECI_CLASSES_AT_ONCE = 100;

export interface CircleCiOptions extends CircleCiPorts {
  /** Base URL without a trailing slash: CircleCI Cloud's, or a CircleCI Server installation's. */
  readonly url: string;
  /** Default: `DEFAULT_CIRCLECI_API`. */
  readonly api?: CircleCiApi | undefined;
}

export function circleCi(options: CircleCiOptions): DemandSource {
  const limits = limitsSeen({ ...options, of: 'CircleCI' });
  return {
    ...readerOf({ ...options, limits }),
    classesAtOnce: CIRCLECI_CLASSES_AT_ONCE,
    rateLimit: (_queue, budget) => limits.lowest(budget),
  };
}

function readerOf(options: CircleCiOptions): DemandReader {
  const { url, api = DEFAULT_CIRCLECI_API, rate, onNotice } = options;
  if (api === 'fleets') return fleets(options, { url, successor: COUNTS });
  if (api === 'counts') {
    return counts(options, { url, successor: url === CIRCLECI_CLOUD_URL ? FLEETS : FLEETS_LATER });
  }
  return auto({
    fleets: fleets(options, { url, successor: BY_ITSELF }),
    counts: counts(options, { url, successor: NO_OTHER }),
    rate,
    onNotice,
  });
}

const FLEETS = "set circleci.api to 'fleets' in the config and deploy";
const FLEETS_LATER =
  "set circleci.api to 'fleets' in the config and deploy, once this installation answers the fleets API";
const COUNTS = "set circleci.api to 'counts' in the config and deploy";
const BY_ITSELF =
  "see that the task counts are still answered: circleci.api is 'auto' in the config, so they are read then";
const NO_OTHER =
  "see that the installation answers the fleets API: circleci.api is 'auto' in the config, so it is read then";
