/** All fleets that jobs are matched with, also those that a pass does not read. */
import type { FleetQueue } from '../source.ts';
import { type Claim, claimOf, type Matched, matched } from './matching.ts';

export interface KnownFleets {
  /** These are all there are. */
  replace(queues: readonly FleetQueue[]): void;
  /** These are among them. */
  add(queues: readonly FleetQueue[]): void;
  of(resourceClass: string): Matched | undefined;
  all(): readonly Matched[];
  /** The fleet for which a job with these labels counts, in a repository in lower case. */
  claim(key: string, repository: string): Claim;
  /** Another number after each change. */
  readonly version: number;
}

export function knownFleets(): KnownFleets {
  let texts = new Map<string, string | undefined>();
  let fleets = new Map<string, Matched>();
  let claims = new Map<string, Claim>();
  let version = 0;

  function set(queues: readonly FleetQueue[], kept: ReadonlyMap<string, Matched>): void {
    fleets = new Map(kept);
    texts = new Map([...texts].filter(([name]) => kept.has(name)));
    for (const queue of queues) {
      texts.set(queue.resourceClass, queue.demand);
      try {
        fleets.set(queue.resourceClass, matched(queue));
      } catch {
        // The reading of the fleet itself fails with it.
        fleets.delete(queue.resourceClass);
      }
    }
    claims = new Map();
    version += 1;
  }

  const isKnown = ({ resourceClass, demand }: FleetQueue) =>
    texts.has(resourceClass) && texts.get(resourceClass) === demand;

  return {
    get version() {
      return version;
    },
    replace(queues) {
      if (queues.length !== texts.size || !queues.every(isKnown)) set(queues, new Map());
    },
    add(queues) {
      if (!queues.every(isKnown)) set(queues, fleets);
    },
    of: (resourceClass) => fleets.get(resourceClass),
    all: () => [...fleets.values()],
    claim(key, repository) {
      const name = `${repository} ${key}`;
      const claim = claims.get(name) ?? claimOf(key, repository, fleets.values());
      // Labels are what anybody writes into a workflow.
      if (claims.size >= MOST_CLAIMS) claims = new Map();
      claims.set(name, claim);
      return claim;
    },
  };
}

const MOST_CLAIMS = 10_000;
