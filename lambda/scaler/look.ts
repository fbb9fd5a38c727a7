/** One look: observe every fleet, decide, act, report. */
import pLimit from 'p-limit';
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
import { type Decision, decide } from './policy.ts';

/** A snapshot older than this is not acted on; a look is given no longer than this. */
export const FRESHNESS_MS = 15_000;

/** Classes served at the same time. Each has one call under way, so this bounds the connections. */
export const CONCURRENCY = 50;

export interface LookPorts {
  readonly fleets: Fleets;
  readonly sources: Readonly<Record<SourceName, DemandSource>>;
  readonly report: Report;
  readonly clock: Clock;
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
  /** Milliseconds since the epoch at which the fleets were described. */
  readonly at: number;
  /** Undefined when it could not be read. */
  readonly demand: Demand | undefined;
  /** Undefined when the demand is unknown. */
  readonly decision: Decision | undefined;
  /** Undefined when all went well. */
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly kind: DemandFailure | FleetFailure | 'stale' | 'unexpected';
  readonly message: string;
}

export interface LookResult {
  /** Groups with work that waits or instances that boot: worth another look soon. */
  readonly busy: ReadonlySet<string>;
  /** Every problem, in words; empty when the look was clean. */
  readonly problems: readonly string[];
}

export interface LookOptions {
  /** Only these groups are looked at; undefined means all. */
  readonly only?: ReadonlySet<string> | undefined;
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
  const served = found.filter(({ group }) => options.only?.has(group) ?? true);

  const limit = pLimit(CONCURRENCY);
  const outcomes = await limit.map(served, async (fleet) => {
    const outcome = await serve(fleet, { at, budget, ports });
    report.outcome(outcome);
    return outcome;
  });

  if (options.only === undefined && found.length + rejected.length === 0) {
    report.warning(
      `no group bears ${lookedFor}, so there is nothing to scale; deploy a fleet, or tag a group`,
    );
  }
  const refusals = options.only === undefined ? rejected : [];
  return {
    busy: new Set(
      outcomes
        .filter((outcome) => isBusy(outcome) || (outcome.failure && options.only !== undefined))
        .map(({ fleet }) => fleet.group),
    ),
    problems: [
      ...refusals.map(({ group, problem }) => `${group}: ${problem}`),
      ...outcomes.flatMap(({ fleet, failure }) =>
        failure ? [`${fleet.resourceClass}: ${failure.message}`] : [],
      ),
    ],
  };
}

interface Serving {
  readonly at: number;
  readonly budget: Budget;
  readonly ports: LookPorts;
}

async function serve(fleet: Fleet, { at, budget, ports }: Serving): Promise<Outcome> {
  let demand: Demand | undefined;
  let decision: Decision | undefined;
  try {
    demand = await ports.sources[fleet.source].currentDemand(fleet.resourceClass, budget);
    decision = decide({ ...fleet, ...demand, present: fleet.pending + fleet.inService });
    const age = ports.clock.now() - at;
    if (age > FRESHNESS_MS) {
      const message = `what was seen is ${age} ms old and was not acted on; allowed: ${FRESHNESS_MS} ms`;
      return { fleet, at, demand, decision, failure: { kind: 'stale', message } };
    }
    if (decision.action !== 'none') {
      await ports.fleets.setDesiredCapacity(fleet.group, decision.desired, budget.signal);
    }
    if (!fleet.suspended.includes('AZRebalance')) {
      await ports.fleets.suspendRebalancing(fleet.group, budget.signal);
    }
    return { fleet, at, demand, decision, failure: undefined };
  } catch (error) {
    return { fleet, at, demand, decision, failure: failureOf(error) };
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof DemandSourceError || error instanceof FleetError) {
    return { kind: error.kind, message: error.message };
  }
  return { kind: 'unexpected', message: errorFacts(error).message };
}

function isBusy({ fleet, demand, decision }: Outcome): boolean {
  if (demand === undefined || decision === undefined) return false;
  const present = fleet.pending + fleet.inService;
  return demand.unclaimed > 0 || fleet.pending > 0 || decision.desired > present;
}
