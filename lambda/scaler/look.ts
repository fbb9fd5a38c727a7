/** One look: observe every fleet, decide, act, report. */
import pLimit from 'p-limit';
import {
  type Breaker,
  CLOSED,
  decodeBreaker,
  encodeBreaker,
  limitOf,
  nextBreaker,
} from './breaker.ts';
import { type Budget, budgetOf, type Clock } from './clock.ts';
import type { SourceName } from './contract.ts';
import {
  type Demand,
  type DemandFailure,
  type DemandSource,
  DemandSourceError,
} from './demand/source.ts';
import { errorFacts } from './error-facts.ts';
import { type Fleet, FleetError, type FleetFailure, type Fleets } from './fleet/fleets.ts';
import { type Described, gathered } from './fleet/gathered.ts';
import { asHeld, heldByOperator } from './fleet/hold.ts';
import { KEPT_SUSPENDED } from './fleet/suspended.ts';
import { type Memory, remember } from './memory.ts';
import { type Decision, decide } from './policy.ts';
import type { Turns } from './turns.ts';

/** A snapshot older than this is not acted on; a look is given no longer than this. */
export const FRESHNESS_MS = 15_000;

/** For so long after its demand last rose, a fleet is looked at again every few seconds. */
export const EAGER_MS = 20_000;

/** Classes served at the same time. Each has one call under way, so this bounds the connections. */
export const CONCURRENCY = 50;

export interface LookPorts {
  readonly fleets: Fleets;
  readonly sources: Readonly<Record<SourceName, DemandSource>>;
  readonly report: Report;
  readonly clock: Clock;
  /** What is remembered of each group; kept by the caller from look to look, changed by the look. */
  readonly memories: Memories;
  /** Chooses the classes that are read where a source takes only so many calls. Default: all. */
  readonly turns?: Turns;
}

export type Memories = Map<string, Remembered>;

export interface Remembered {
  readonly memory: Memory;
  readonly breaker: Breaker | undefined;
  /** The breaker as the group's tag had it when it was last seen or written. */
  readonly tag: string | undefined;
}

/** Where a look tells what it saw and did. */
export interface Report {
  /** One class was looked at. */
  outcome(outcome: Outcome): void;
  /** Something a person should know that concerns no single class. */
  warning(message: string): void;
}

/** What became of one class in one look. */
export interface Outcome {
  readonly fleet: Fleet;
  /** Milliseconds since the epoch at which the fleet was described. */
  readonly at: number;
  /** Undefined when it could not be read. */
  readonly demand: Demand | undefined;
  /** Undefined when the demand is unknown, as are all that follow from it. */
  readonly decision: Decision | undefined;
  readonly memory: Memory | undefined;
  /** The breaker's state in words; undefined while it is closed. */
  readonly breaker: string | undefined;
  /** Undefined when all went well. */
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly kind: DemandFailure | FleetFailure | 'stale' | 'unexpected';
  readonly message: string;
}

/** Chooses the fleets a look is about. */
export type Selection = (fleet: Fleet) => boolean;

export interface LookResult {
  /** Groups where new work comes or instances are owed: worth another look within seconds. */
  readonly busy: ReadonlySet<string>;
  /** True where time alone may change the next decision: a breaker pauses, instances are owed, or a hold ends. */
  readonly timed: boolean;
  /** Classes that were left to the next look, because a source takes only so many calls a second. */
  readonly left: number;
  /** Every problem, in words; empty when the look was clean. */
  readonly problems: readonly string[];
}

/** Without `only` and `about`, what is wrong with groups that are no fleets is told too. */
export interface LookOptions {
  /** Only these fleets are looked at. Default: all. */
  readonly only?: Selection | undefined;
  /** All fleets are looked at if one of them is chosen by this, else none. Default: in any case. */
  readonly about?: Selection | undefined;
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
  const chosen = found.some(about) ? found.filter(only) : [];
  const served = ports.turns?.(chosen, budget) ?? chosen;

  if (options.only === undefined) forget(ports.memories, found);
  const limit = pLimit(CONCURRENCY);
  const described = gathered(fleets, clock, budget.signal);
  const outcomes = await limit.map(served, async (fleet) => {
    const outcome = await serve(fleet, { at, budget, ports, described });
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
    timed: outcomes.some(
      ({ breaker, fleet }) =>
        breaker !== undefined || owes(fleet) || heldByOperator(fleet, at)?.until !== undefined,
    ),
    left: chosen.length - served.length,
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

interface Serving {
  readonly at: number;
  readonly budget: Budget;
  readonly ports: LookPorts;
  readonly described: Described;
}

/**
 * The counts are read, running first; where they lead to a write the group is described once more and
 * the decision made anew on that, so that no machine leaves unseen between the group's state and the write.
 */
async function serve(found: Fleet, { at, budget, ports, described }: Serving): Promise<Outcome> {
  const { clock, fleets, memories, sources } = ports;
  const { group } = found;
  const before = memories.get(group);
  let known: Pick<Outcome, 'fleet' | 'at' | 'demand' | 'decision' | 'memory' | 'breaker'> = {
    fleet: found,
    at,
    ...UNKNOWN,
  };
  try {
    const demand = await sources[found.source].currentDemand(found.resourceClass, budget);
    let judged = judge(found, { at, demand, before });
    if (judged.decision.action !== 'none' && isFresh(clock.now() - at)) {
      const fleet = await described(group);
      judged = judge(fleet, { at: clock.now(), demand, before });
    }
    const { fleet, decision, memory, breaker } = judged;
    memories.set(group, { memory, breaker, tag: fleet.breaker });
    known = { ...judged, demand, breaker: breaker && encodeBreaker(breaker) };

    const age = clock.now() - at;
    if (!isFresh(age)) {
      const message = `what was seen is ${age} ms old and was not acted on; allowed: ${FRESHNESS_MS} ms`;
      return { ...known, failure: { kind: 'stale', message } };
    }
    if (decision.action !== 'none') {
      await fleets.setDesiredCapacity(group, decision.desired, budget.signal);
    }
    const active = KEPT_SUSPENDED.filter((process) => !fleet.suspended.includes(process));
    if (active.length > 0) await fleets.suspend(group, active, budget.signal);
    const tag = encodeBreaker(breaker);
    if (tag !== (fleet.breaker ?? CLOSED)) {
      await fleets.keepBreaker(group, tag, budget.signal);
      memories.set(group, { memory, breaker, tag });
    }
    return { ...known, failure: undefined };
  } catch (error) {
    return { ...known, failure: failureOf(error) };
  }
}

function isFresh(ageMs: number): boolean {
  return ageMs <= FRESHNESS_MS;
}

/** What follows from the group as it was seen at one moment. */
function judge(fleet: Fleet, { at, demand, before }: Recalling) {
  const seen = heldByOperator(fleet, at) ? asHeld(fleet) : fleet;
  const { memory, breaker } = recall(seen, { at, demand, before });
  const decision = decide({
    ...seen,
    ...demand,
    serving: fleet.inService.length + fleet.proceeding.length,
    present: fleet.inService.length + fleet.pending.length,
    finishing: memory.finishing,
    owedMs: memory.owedMs,
    ...(breaker && { limit: limitOf(breaker, memory) }),
  });
  return { fleet, at, memory, breaker, decision };
}

const UNKNOWN = {
  demand: undefined,
  decision: undefined,
  memory: undefined,
  breaker: undefined,
} as const;

interface Recalling {
  readonly at: number;
  readonly demand: Demand;
  readonly before: Remembered | undefined;
}

/** The tag decides where it differs from what was last known: somebody else, or a person, changed it. */
function recall(fleet: Fleet, { at, demand, before }: Recalling) {
  const { desired, pending, inService, done } = fleet;
  const memory = remember(before?.memory, { at, ...demand, desired, pending, inService, done });
  const kept =
    before && before.tag === fleet.breaker ? before.breaker : decodeBreaker(fleet.breaker);
  return { memory, breaker: nextBreaker(kept, memory) };
}

function failureOf(error: unknown): Failure {
  if (error instanceof DemandSourceError || error instanceof FleetError) {
    return { kind: error.kind, message: error.message };
  }
  return { kind: 'unexpected', message: errorFacts(error).message };
}

function owes({ desired, inService, pending }: Fleet): boolean {
  return desired > pending.length + inService.length;
}

/**
 * Work comes in bursts, so after some has come the next is near. What waits for a machine that boots
 * needs no look: the machine claims it by itself.
 */
function isBusy({ fleet, at, demand, decision, memory }: Outcome): boolean {
  if (demand === undefined || decision === undefined || memory === undefined) return false;
  if (heldByOperator(fleet, at)) return false;
  const asked = fleet.pretended ? Math.min(decision.desired, fleet.desired) : decision.desired;
  const owed = owes({ ...fleet, desired: asked });
  // What a breaker holds back is in no hurry.
  const comes = demand.unclaimed > decision.held && at - memory.roseAt < EAGER_MS;
  return owed || comes;
}
