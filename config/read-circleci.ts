/** Reads what only CircleCI has: its installation, its agent, and the list `resourceClasses`. */
import {
  CIRCLECI_APIS,
  CIRCLECI_CLOUD_URL,
  DEFAULT_CIRCLECI_API,
  defaultCallsPerSecond,
  httpUrl,
  LEAST_CALLS_PER_SECOND,
  MOST_CALLS_PER_SECOND,
  CIRCLECI_CLASS_PATTERN,
} from '../lambda/scaler/contract.ts';
import { AGENT_VERSION } from '../runner-userdata/linux/agents/circleci/settings.ts';
import { readAgent } from './read-agent.ts';
import { readFleetList } from './read-fleet-list.ts';
import { MACHINE_KEYS, readMachines } from './read-machines.ts';
import { CIRCLECI_TOKEN, readTokenSource } from './read-token.ts';
import { type ConfigReader, keysOf } from './reader.ts';
import type { CircleCiFleet, ResolvedCircleCi } from './resolved-config.ts';
import type { CircleCiConfig, ResourceClassConfig } from './circleci-config.ts';
import type { FleetConfig } from './fleet-config.ts';

/** First version that keeps to its maximum run time; see the changelog of CircleCI's machine runner. */
const LEAST_AGENT_VERSION = [3, 1, 13] as const;

/** All variables of a function together have 4 kB. */
const LONGEST_URL = 500;

export interface CircleCiPart {
  /** Absent where the config has another source and nothing of CircleCI. */
  readonly circleci?: ResolvedCircleCi;
  readonly fleets: readonly CircleCiFleet[];
}

/** CircleCI is the source of a config that names none. */
export function hasCircleCi(config: ConfigReader): boolean {
  return !hasOther(config) || config.has('circleci') || config.has('resourceClasses');
}

function hasOther(config: ConfigReader): boolean {
  return config.has('github') || config.has('gitlab');
}

/** Reads the config's `circleci`, `agent` and `resourceClasses`. */
export function readCircleCi(config: ConfigReader, scaler: string): CircleCiPart {
  if (!hasCircleCi(config)) {
    if (config.has('agent')) {
      config.refuse('agent', "only with resourceClasses, because it is CircleCI's; leave it out");
    }
    return { fleets: [] };
  }
  const circleci = readInstallation(config);
  const agent = readAgent(config, { least: LEAST_AGENT_VERSION, fallback: AGENT_VERSION });
  const entries = config.raw('resourceClasses');
  const isList = Array.isArray(entries) && entries.length > 0;
  if (!isList && (!hasOther(config) || config.has('resourceClasses'))) {
    config.refuse('resourceClasses', 'a list of at least one resource class');
  }
  const fleets = readFleetList(config, isList ? entries : [], {
    source: 'circleci',
    keys: FLEET_KEYS,
    read: (entry) => readFleet(entry, { scaler, url: circleci.url, agent }),
  });
  return { circleci, fleets };
}

function readInstallation(config: ConfigReader): ResolvedCircleCi {
  const reader = config.object('circleci', CIRCLECI_KEYS);
  const url = reader.has('url') ? reader.raw('url') : CIRCLECI_CLOUD_URL;
  const base = typeof url === 'string' ? httpUrl(url) : undefined;
  if (base === undefined || !base.startsWith('https:')) {
    reader.refuse('url', 'an https URL without query, credentials or fragment');
  } else if (base.length > LONGEST_URL) {
    reader.refuse('url', `at most ${LONGEST_URL} characters`);
  } else if (/^https:\/\/((www|app)\.)?circleci\.com(\/|$)/.test(base)) {
    reader.refuse(
      'url',
      `${CIRCLECI_CLOUD_URL} for CircleCI Cloud, whose runner API is not at its website`,
    );
  } else if (base.includes('/api/')) {
    reader.refuse('url', 'the base URL, without the path of the API, which is added to it');
  }
  const callsPerSecond = reader.optionalWholeNumber('callsPerSecond', {
    least: LEAST_CALLS_PER_SECOND,
    most: MOST_CALLS_PER_SECOND,
  });
  return {
    url: base ?? '',
    api: reader.choice('api', CIRCLECI_APIS) ?? DEFAULT_CIRCLECI_API,
    callsPerSecond: callsPerSecond ?? defaultCallsPerSecond(base ?? ''),
    apiToken: readTokenSource(reader, CIRCLECI_TOKEN),
  };
}

interface FleetOf extends Pick<CircleCiFleet, 'url' | 'agent'> {
  readonly scaler: string;
}

function readFleet(reader: ConfigReader, { scaler, url, agent }: FleetOf): CircleCiFleet {
  const resourceClass = reader.text('resourceClass', {
    accepts: (text) => CIRCLECI_CLASS_PATTERN.test(text),
    allowed:
      'namespace/name, such as acme/linux: a namespace of lower-case letters, digits, _ and -, ' +
      'and a name of letters, digits and : _ + -',
  });
  const machines = readMachines(reader, { scaler, resourceClass, nameKey: 'resourceClass' });
  return {
    ...machines,
    source: 'circleci',
    url,
    agent,
    retryInterruptedTasks: reader.flag(
      'retryInterruptedTasks',
      machines.purchase.option === 'spot',
    ),
    token: readTokenSource(reader, CIRCLECI_TOKEN),
  };
}

const CIRCLECI_KEYS = keysOf<CircleCiConfig>({
  url: true,
  api: true,
  callsPerSecond: true,
  existingTokenSecretArn: true,
  tokenKmsKeyArn: true,
});
const FLEET_KEYS = [
  ...keysOf<Omit<ResourceClassConfig, keyof FleetConfig>>({
    resourceClass: true,
    retryInterruptedTasks: true,
    existingTokenSecretArn: true,
    tokenKmsKeyArn: true,
  }),
  ...MACHINE_KEYS,
];
