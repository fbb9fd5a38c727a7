/** One look: observe every fleet, decide, act, report. */
import pLimit from 'p-limit';
import { budgetOf } from './clock.ts';
import type { Fleet } from './fleet/fleets.ts';
import { gathered } from './fleet/gathered.ts';
import { heldByOperator } from './fleet/hold.ts';
import { activityReader } from './hold-back/reading.ts';
import { concerned } from './hold-back/worth-a-look.ts';
import type { LastWord } from './invocation-event.ts';
import { FRESHNESS_MS, type LookPorts, type Memories, type Outcome } from './look-ports.ts';
import { serve } from './serve.ts';

/** For so long after its demand last rose, a fleet is looked at again every few seconds. */
export const EAGER_MS = 20_000;

/**
 * Classes served at the same time. Each has one call under way, so this bounds the connections. With half as
 * many, a look at 1,000 classes takes half as long again; servers allow about so many over one connection.
 */
export const CONCURRENCY = 100;

/** Chooses the fleets a look is about. */
export type Selection = (fleet: Fleet) => boolean;

export interface LookResult {
  /** Groups where new work comes or instances are owed: worth another look within seconds. */
  readonly busy: ReadonlySet<string>;
  /**
   * True where time alone may change the next decision: launches are held back, instances are owed, or an
   * operator's hold ends.
   */
  readonly timed: boolean;
  /** Fleets that were looked at, those that were left to the next look among them. */
  readonly fleets: number;
  /** Classes that were left to the next look, because a source takes only so many calls a second. */
  readonly left: number;
  /** Every problem, in words; empty when the look was clean. */
  readonly problems: readonly string[];
}

/** What machines have told, where a look is about that. */
export interface Heard {
  /** All fleets are looked at if one of them is chosen by this. Default: none is. */
  readonly about?: Selection | undefined;
  /** What machines said as their last; if nothing else was told, only their classes are looked at. */
  readonly lastWords: readonly LastWord[];
}

/** Without `only` and `heard`, what is wrong with groups that are no fleets is told too. */
export interface LookOptions {
  /** Only these fleets are looked at. Default: all. */
  readonly only?: Selection | undefined;
  /** The look is about this, and about nothing else. Default: about all there is. */
  readonly heard?: Heard | undefined;
  /** Milliseconds the look may take; never more than `FRESHNESS_MS`. */
  readonly budgetMs: number;
}

/**
 * @returns what is busy and what went wrong; a failed class is a problem, never an exception
 * @throws FleetError when the fleets themselves could not be described
 */
export async function look(ports: LookPorts, options: LookOptions): Promise<LookResult> {
  const { clock, fleets, report } = ports;
  const budget = budgetOf(clock, Math.min(options.budgetMs, FRESHNESS_MS));
  const at = clock.now();
  const { fleets: found, rejected, lookedFor } = await fleets.discover(budget.signal);
  const { only = everything, heard } = options;
  const chosen = (heard === undefined ? found : told(found, heard)).filter(only);
  const served = ports.turns?.(chosen, budget) ?? chosen;

  if (options.only === undefined) forget(ports.memories, found);
  const limit = pLimit(CONCURRENCY);
  const tools = {
    described: gathered(fleets, clock, budget.signal),
    read: activityReader(fleets, budget.signal),
  };
  // A look that is about machines is one alone; a trial needs the next ones to follow it.
  const tries = heard === undefined;
  const lastWords = heard?.lastWords ?? [];
  const outcomes = await limit.map(served, async (fleet) => {
    const outcome = await serve(fleet, { at, budget, ports, ...tools, lastWords, tries });
    report.outcome(outcome);
    return outcome;
  });

  // The schedule's first look tells what is wrong with the groups, once a minute; the events of other
  // machines of the account must not.
  const tellsGroups = options.only === undefined && heard === undefined;
  if (tellsGroups && found.length + rejected.length === 0) {
    report.warning(
      `no group bears ${lookedFor}, so there is nothing to scale; deploy a fleet, or tag a group`,
    );
  }
  const refusals = tellsGroups ? rejected : [];
  return {
    busy: new Set(
      outcomes
        .filter((outcome) => isBusy(outcome) || (outcome.failure && options.only !== undefined))
        .map(({ fleet }) => fleet.group),
    ),
    timed: outcomes.some(
      ({ holdBack, fleet }) =>
        holdBack !== undefined || owes(fleet) || heldByOperator(fleet, at)?.until !== undefined,
    ),
    fleets: chosen.length,
    left: chosen.length - served.length,
    problems: [
      ...refusals.map(({ group, problem }) => `${group}: ${problem}`),
      ...outcomes.flatMap(({ fleet, failure }) =>
        failure ? [`${fleet.resourceClass}: ${failure.message}`] : [],
      ),
    ],
  };
}

/** A machine of one fleet may leave work to any other, but its last word is about its own. */
function told(found: readonly Fleet[], { about, lastWords }: Heard): readonly Fleet[] {
  if (about !== undefined && found.some(about)) return found;
  const mayConcern = lastWords.map(concerned);
  return found.filter((fleet) => mayConcern.some((concerns) => concerns(fleet)));
}

function everything(): boolean {
  return true;
}

function forget(memories: Memories, found: readonly Fleet[]): void {
  const groups = new Set(found.map(({ group }) => group));
  for (const group of memories.keys()) if (!groups.has(group)) memories.delete(group);
}

function owes({ desired, inService, pending }: Fleet): boolean {
  return desired > pending.length + inService.length;
}

/**
 * Work comes in bursts, so after some has come the next is near. What waits for a machine that boots
 * needs no look: the machine claims it by itself.
 */
function isBusy({ fleet, at, demand, decision, memory, holdBack }: Outcome): boolean {
  if (demand === undefined || decision === undefined || memory === undefined) return false;
  if (heldByOperator(fleet, at)) return false;
  const asked = fleet.pretended ? Math.min(decision.desired, fleet.desired) : decision.desired;
  // While launches are held back nothing comes for what is owed.
  const comesNothing = fleet.suspended.includes('Launch') && decision.action === 'none';
  const owed = owes({ ...fleet, desired: asked }) && !(holdBack?.kind === 'held' && comesNothing);
  // What is held back is in no hurry.
  const comes = demand.unclaimed > decision.held && at - memory.roseAt < EAGER_MS;
  return owed || comes;
}
