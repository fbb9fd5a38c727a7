/** What a reading of an owner's repositories comes to, for each fleet. */
import { instanceOfGitHubRunner } from '../../contract/github.ts';
import type { Demand } from '../source.ts';
import type { Reading } from './installation.ts';
import type { KnownFleets } from './known-fleets.ts';
import type { Claim } from './matching.ts';
import type { Runs } from './runs.ts';

export interface Tally {
  readonly demandOf: (resourceClass: string) => Demand;
  /** Claims of which several fleets have an equal one. */
  readonly equals: readonly Claim[];
}

/** Counts each job once. */
export function tallyOf({ repositories }: Reading, fleets: KnownFleets): Tally {
  const unclaimed = new Map<string, number>();
  const running = new Map<string, number>();
  const equals = new Set<Claim>();
  for (const { name, runs } of repositories) {
    for (const { waiting, runners } of runs.values()) {
      for (const [key, count] of waiting) {
        const claim = fleets.claim(key, name);
        if (claim.fleet === undefined) continue;
        if (claim.equals.length > 0) equals.add(claim);
        add(unclaimed, claim.fleet.resourceClass, count);
      }
      for (const runner of runners) {
        const fleet = fleetOf(runner, fleets);
        if (fleet !== undefined) add(running, fleet.resourceClass, 1);
      }
    }
  }
  return {
    equals: [...equals],
    demandOf: (resourceClass) => ({
      unclaimed: unclaimed.get(resourceClass) ?? 0,
      running: running.get(resourceClass) ?? 0,
    }),
  };
}

/** Whether one of the runs has a job for a fleet, whatever has become of the job. */
export function hasJobs(runs: Runs, repository: string, fleets: KnownFleets): boolean {
  return [...runs.values()].some(
    ({ labels, runners }) =>
      runners.some((runner) => fleetOf(runner, fleets) !== undefined) ||
      [...labels].some((key) => fleets.claim(key, repository).fleet !== undefined),
  );
}

function fleetOf(runner: string, fleets: KnownFleets) {
  return fleets
    .all()
    .find(({ demand }) => instanceOfGitHubRunner(demand.prefix, runner) !== undefined);
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
