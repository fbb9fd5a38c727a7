/** GitHub Actions as a source, by the jobs in the repositories of some owners. */
import { gitHubApiUrl, type GitHubScope, isGitHubRepository } from '../contract/github.ts';
import type { GitHubPorts } from './github/asking.ts';
import {
  type Installation,
  installation,
  type Reading,
  REQUESTS_AT_ONCE,
} from './github/installation.ts';
import { knownFleets } from './github/known-fleets.ts';
import { type Claim, type Matched, matched, serves } from './github/matching.ts';
import { hasJobs, type Tally, tallyOf } from './github/tally.ts';
import { type DemandSource, DemandSourceError, type FleetQueue } from './source.ts';

/** The classes of a pass share its requests, so this bounds no connections. */
const CLASSES_AT_ONCE = 100;

/** Connections to a server that speaks HTTP/1.1. */
export const GITHUB_CONNECTIONS = REQUESTS_AT_ONCE;

export interface GitHubOptions extends GitHubPorts {
  /** Base URL as people open it, without a trailing slash. */
  readonly url: string;
  readonly scope: GitHubScope;
}

export function gitHub(options: GitHubOptions): DemandSource {
  const { url, scope, onNotice } = options;
  const apiUrl = gitHubApiUrl(url);
  const fleets = knownFleets();
  const isOurs: Parameters<typeof installation>[1]['isOurs'] = (runs, repository) =>
    hasJobs(runs, repository, fleets);
  const installations = new Map<string, Installation>(
    [...ownersOf(scope)].map(([owner, named]) => [
      owner.toLowerCase(),
      installation(options, { owner, apiUrl, named, isOurs }),
    ]),
  );
  const tallies = new WeakMap<Reading, { readonly version: number; readonly tally: Tally }>();
  const told = new Set<string>();

  const installationAt = (place: string) => installations.get(ownerOf(place.toLowerCase()));

  /** Undefined for a fleet that was not named yet. */
  function installationOf({ resourceClass }: FleetQueue): Installation | undefined {
    const fleet = fleets.of(resourceClass);
    return fleet && installationAt(fleet.at);
  }

  function tallied(reading: Reading): Tally {
    const { version } = fleets;
    const known = tallies.get(reading);
    const tally = known?.version === version ? known.tally : tallyOf(reading, fleets);
    tallies.set(reading, { version, tally });
    tally.equals.forEach(tellEquals);
    return tally;
  }

  function tellEquals({ fleet, equals }: Claim): void {
    for (const other of equals) {
      const pair = `${fleet?.resourceClass} and ${other.resourceClass}`;
      if (told.has(pair)) continue;
      told.add(pair);
      onNotice?.(
        `the fleets ${pair} take the same jobs and have as many labels; such a job counts for ` +
          `${fleet?.resourceClass}, and GitHub gives it to a runner of either; give one of them a label of its own`,
      );
    }
  }

  return {
    classesAtOnce: CLASSES_AT_ONCE,
    existing: (queues) => fleets.replace(queues),
    announce: (queues) => fleets.add(queues),
    restsUntil: (queue) => installationOf(queue)?.restsUntil() ?? Number.NEGATIVE_INFINITY,
    rateLimit: (queue, budget) => installationOf(queue)?.rateLimit(budget),
    changed(where) {
      if (isGitHubRepository(where)) installationAt(where)?.changed(where);
    },
    async currentDemand(queue, budget) {
      const fleet = matched(queue);
      fleets.add([queue]);
      const installed = installationAt(fleet.at);
      if (installed === undefined) throw outOfScope(fleet);
      const reading = await installed.read(budget);
      const own = reading.repositories.filter(({ name }) => serves(fleet.at, name));
      const { failure } = own.find((repository) => repository.failure !== undefined) ?? {};
      if (failure !== undefined) throw failure;
      if (own.length === 0) throw reading.whyGone(fleet.at) ?? outOfScope(fleet);
      return tallied(reading).demandOf(queue.resourceClass);
    },
  };
}

function outOfScope({ resourceClass, demand }: Matched): DemandSourceError {
  return new DemandSourceError(
    'not-found',
    `the runners of ${resourceClass} are registered at ${demand.at}, which is not among the owners or repositories that ` +
      'are read; add it to the config, or correct registerAt of the fleet',
  );
}

/** Each owner with its repositories where they are named, and undefined where all are read. */
function ownersOf(scope: GitHubScope): ReadonlyMap<string, readonly string[] | undefined> {
  if (scope.kind === 'owners') return new Map(scope.owners.map((owner) => [owner, undefined]));
  const found = new Map<string, string[]>();
  for (const repository of scope.repositories) {
    const own = ownerOf(repository);
    const owner = [...found.keys()].find((name) => name.toLowerCase() === own.toLowerCase()) ?? own;
    found.set(owner, [...(found.get(owner) ?? []), repository]);
  }
  return found;
}

function ownerOf(place: string): string {
  return place.split('/')[0] ?? place;
}
