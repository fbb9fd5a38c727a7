/** One look: observe every fleet, decide, act, report. */
import pLimit from 'p-limit';
import { budgetOf } from './clock.ts';
import type { Fleet } from './fleet/fleets.ts';
import { gathered } from './fleet/gathered.ts';
import { activityReader } from './hold-back/reading.ts';
import type { LastWord } from './invocation-event.ts';
import { FRESHNESS_MS, type LookPorts, type Memories, type Outcome } from './look-ports.ts';
import { serve } from './serve.ts';

/** For so long after its demand last rose, a fleet is looked at again every few seconds. */
export const EAGER_MS = 20_000;

/** Classes served at the same time. Each has one call under way, so this bounds the connections. */
export const CONCURRENCY = 50;

/** Chooses the fleets a look is about. */
export type Selection = (fleet: Fleet) => boolean;

export interface LookResult {
  /** Groups where new work comes or instances are owed: worth another look within seconds. */
  readonly busy: ReadonlySet<string>;
  /** True where time alone may change the next decision: launches are held back, or instances are owed. */
  readonly timed: boolean;
  /**
   * True where a class has more tasks running than machines that may hold one: its counts are older than
   * the group, so what a task that ended has released is not in them yet; or some run elsewhere.
   */
  readonly lagging: boolean;
  /** Every problem, in words; empty when the look was clean. */
  readonly problems: readonly string[];
}

/** Without `only` and `about`, what is wrong with groups that are no fleets is told too. */
export interface LookOptions {
  /** Only these fleets are looked at. Default: all. */
  readonly only?: Selection | undefined;
  /** All fleets are looked at if one of them is chosen by this, else none. Default: in any case. */
  readonly about?: Selection | undefined;
  /** The last word of a machine that the look is about, if it is about one. */
  readonly word?: LastWord | undefined;
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
  const { only = everything, about = everything } = options;
  const served = found.some(about) ? found.filter(only) : [];

  if (options.only === undefined) forget(ports.memories, found);
  const limit = pLimit(CONCURRENCY);
  const tools = {
    described: gathered(fleets, clock, budget.signal),
    read: activityReader(fleets, budget.signal),
  };
  // A look that is about a machine is one alone; a trial needs the next ones to follow it.
  const tries = options.about === undefined && options.word === undefined;
  const outcomes = await limit.map(served, async (fleet) => {
    const outcome = await serve(fleet, { at, budget, ports, ...tools, word: options.word, tries });
    report.outcome(outcome);
    return outcome;
  });

  // The schedule's first look tells what is wrong with the groups, once a minute; the events of other
  // machines of the account must not.
  const tellsGroups = options.only === undefined && options.about === undefined;
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
    timed: outcomes.some(({ holdBack, fleet }) => holdBack !== undefined || owes(fleet)),
    lagging: options.word === undefined && outcomes.some(isLagging),
    problems: [
      ...refusals.map(({ group, problem }) => `${group}: ${problem}`),
      ...outcomes.flatMap(({ fleet, failure }) =>
        failure ? [`${fleet.resourceClass}: ${failure.message}`] : [],
      ),
    ],
  };
}

function everything(): boolean {
  return true;
}

function forget(memories: Memories, found: readonly Fleet[]): void {
  const groups = new Set(found.map(({ group }) => group));
  for (const group of memories.keys()) if (!groups.has(group)) memories.delete(group);
}

function isLagging({ fleet, demand }: Outcome): boolean {
  return (demand?.running ?? 0) > fleet.inService.length + fleet.proceeding.length;
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
  const asked = fleet.pretended ? Math.min(decision.desired, fleet.desired) : decision.desired;
  // While launches are held back nothing comes for what is owed.
  const comesNothing = fleet.suspended.includes('Launch') && decision.action === 'none';
  const owed = owes({ ...fleet, desired: asked }) && !(holdBack?.kind === 'held' && comesNothing);
  // What is held back is in no hurry.
  const comes = demand.unclaimed > decision.held && at - memory.roseAt < EAGER_MS;
  return owed || comes;
}
