/** One pass: observe every fleet, decide, act, report. */
import pLimit from 'p-limit';
import { budgetOf } from './clock.ts';
import type { Fleet } from './fleet/fleets.ts';
import { gathered } from './fleet/gathered.ts';
import { heldByOperator } from './fleet/hold.ts';
import { isInUse } from './fleet/in-use.ts';
import { activityReader } from './hold-back/reading.ts';
import { concerned } from './hold-back/worth-a-pass.ts';
import type { LastWord } from './invocation-event.ts';
import { FRESHNESS_MS, type PassPorts, type Memories, type Outcome } from './pass-ports.ts';
import { serve } from './serve.ts';

/**
 * Classes served at the same time. Each has one call under way, so this bounds the connections. With half as
 * many, a pass over 1,000 classes takes half as long again; servers allow about so many over one connection.
 */
export const CONCURRENCY = 100;

/** Chooses the fleets a pass is about. */
export type Selection = (fleet: Fleet) => boolean;

export interface PassResult {
  /**
   * True where time alone may change the next decision: launches are held back, instances are owed, or an
   * operator's hold ends.
   */
  readonly timed: boolean;
  /** Fleets that the pass was about, those that were left to the next pass among them. */
  readonly fleets: number;
  /** Classes that were left to the next pass, because a source takes only so many calls a second. */
  readonly left: number;
  /** Whether a fleet is in use: see `isInUse`. */
  readonly inUse: boolean;
  /** Whether a source said that it is asked too often. */
  readonly throttled: boolean;
  /** Every problem, in words; empty when the pass was clean. */
  readonly problems: readonly string[];
}

/** What a pass between the minutes is about. */
export interface Heard {
  /** The fleets in use are served if one of all fleets is chosen by this. Default: none is. */
  readonly about?: Selection | undefined;
  /** They are served because it is time to. Default: no. */
  readonly pass?: boolean;
  /** What machines said as their last; if nothing else was told, only their classes are served. */
  readonly lastWords: readonly LastWord[];
}

export interface PassOptions {
  /**
   * The pass is about this. Default: it is the schedule's, about all there is, and also tells what is wrong
   * with groups that are no fleets.
   */
  readonly heard?: Heard | undefined;
  /** Milliseconds the pass may take; never more than `FRESHNESS_MS`. */
  readonly budgetMs: number;
}

/**
 * @returns what it found and what went wrong; a failed class is a problem, never an exception
 * @throws FleetError when the fleets themselves could not be described
 */
export async function reconcile(ports: PassPorts, options: PassOptions): Promise<PassResult> {
  const { clock, fleets, report } = ports;
  const budget = budgetOf(clock, Math.min(options.budgetMs, FRESHNESS_MS));
  const at = clock.now();
  const { fleets: found, rejected, lookedFor } = await fleets.discover(budget.signal);
  const { heard } = options;
  const chosen = heard === undefined ? found : told(found, heard, at);
  const served = ports.turns?.(chosen, budget) ?? chosen;

  if (heard === undefined) forget(ports.memories, found);
  const limit = pLimit(CONCURRENCY);
  const tools = {
    described: gathered(fleets, clock, budget.signal),
    read: activityReader(fleets, budget.signal),
  };
  // What machines tell comes in swarms; what is tried has its own pauses.
  const tries = heard === undefined || heard.pass === true;
  const lastWords = heard?.lastWords ?? [];
  const outcomes = await limit.map(served, async (fleet) => {
    const outcome = await serve(fleet, { at, budget, ports, ...tools, lastWords, tries });
    report.outcome(outcome, heard === undefined ? 'schedule' : 'between');
    return outcome;
  });

  // The schedule's pass tells what is wrong with the groups, once a minute; the others must not.
  if (heard === undefined && found.length + rejected.length === 0) {
    report.warning(
      `no group bears ${lookedFor}, so there is nothing to scale; deploy a fleet, or tag a group`,
    );
  }
  const refusals = heard === undefined ? rejected : [];
  return {
    timed: outcomes.some(
      ({ holdBack, fleet }) =>
        holdBack !== undefined || owes(fleet) || heldByOperator(fleet, at)?.until !== undefined,
    ),
    fleets: chosen.length,
    left: chosen.length - served.length,
    inUse: found.some((fleet) => isInUse(fleet, at)) || outcomes.some(hasTasks),
    throttled: outcomes.some(({ failure }) => failure?.kind === 'throttled'),
    problems: [
      ...refusals.map(({ group, problem }) => `${group}: ${problem}`),
      ...outcomes.flatMap(({ fleet, failure }) =>
        failure ? [`${fleet.resourceClass}: ${failure.message}`] : [],
      ),
    ],
  };
}

/** A machine of one fleet may leave work to any other, but its last word is about its own. */
function told(
  found: readonly Fleet[],
  { about, pass = false, lastWords }: Heard,
  at: number,
): readonly Fleet[] {
  if (pass || (about !== undefined && found.some(about))) {
    return found.filter((fleet) => isInUse(fleet, at) || about?.(fleet) === true);
  }
  const mayConcern = lastWords.map(concerned);
  return found.filter((fleet) => mayConcern.some((concerns) => concerns(fleet)));
}

function forget(memories: Memories, found: readonly Fleet[]): void {
  const groups = new Set(found.map(({ group }) => group));
  for (const group of memories.keys()) if (!groups.has(group)) memories.delete(group);
}

function hasTasks({ demand }: Outcome): boolean {
  return demand !== undefined && demand.unclaimed + demand.running > 0;
}

function owes({ desired, inService, pending }: Fleet): boolean {
  return desired > pending.length + inService.length;
}
