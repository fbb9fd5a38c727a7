/** Which fleet a job counts for. */
import { decodeGitHubDemand, type GitHubDemand } from '../../contract/github.ts';
import { DemandSourceError, type FleetQueue } from '../source.ts';
import { labelsOfKey } from './jobs.ts';

/** A fleet as jobs are matched with it. */
export interface Matched {
  readonly resourceClass: string;
  readonly demand: GitHubDemand;
  /** In lower case. */
  readonly at: string;
  readonly labels: ReadonlySet<string>;
  /** Those of its labels of which a job must ask for one. */
  readonly own: ReadonlySet<string>;
}

/** What every runner of Linux has; a fleet's tag does not say which of the architectures its machines have. */
const DEFAULT_LABELS = ['self-hosted', 'linux'];
const ARCHITECTURES = ['x64', 'arm64'];

/** What a fleet's tag says. The tag was judged when the fleet was found. */
export function matched({ resourceClass, group, demand: text = '' }: FleetQueue): Matched {
  const demand = decodeGitHubDemand(text);
  if (demand === undefined) {
    throw new DemandSourceError(
      'bad-request',
      `the tag runner-scaler:demand of ${group} names no labels of GitHub; deploy the fleet again`,
    );
  }
  const named = demand.labels.map((label) => label.toLowerCase());
  const itsOwn = ARCHITECTURES.filter((label) => named.includes(label));
  const defaults = [...DEFAULT_LABELS, ...(itsOwn.length > 0 ? itsOwn : ARCHITECTURES)];
  const own = named.filter((label) => !defaults.includes(label));
  return {
    resourceClass,
    demand,
    at: demand.at.toLowerCase(),
    labels: new Set([...named, ...defaults]),
    own: new Set(own.length > 0 ? own : named),
  };
}

/** Whether runners that are registered at `at` take the jobs of the repository; both in lower case. */
export function serves(at: string, repository: string): boolean {
  return at === repository || repository.startsWith(`${at}/`);
}

/** Whether runners with its labels take a job with these. */
export function fits({ labels, own }: Matched, asked: readonly string[]): boolean {
  return asked.every((label) => labels.has(label)) && asked.some((label) => own.has(label));
}

export interface Claim {
  /** Undefined where no fleet takes it. */
  readonly fleet: Matched | undefined;
  /** Others that have as few labels, so that either may get the job. */
  readonly equals: readonly Matched[];
}

/**
 * A job counts once: for the fleet with the fewest labels among those that take it, and of equal ones for the first by
 * name. GitHub gives it to any of their runners.
 */
export function claimOf(key: string, repository: string, fleets: Iterable<Matched>): Claim {
  const asked = labelsOfKey(key);
  const able = [...fleets]
    .filter((fleet) => serves(fleet.at, repository) && fits(fleet, asked))
    .toSorted(
      (one, other) =>
        one.demand.labels.length - other.demand.labels.length ||
        (one.resourceClass < other.resourceClass ? -1 : 1),
    );
  const [fleet, ...others] = able;
  return {
    fleet,
    equals: others.filter(({ demand }) => demand.labels.length === fleet?.demand.labels.length),
  };
}
