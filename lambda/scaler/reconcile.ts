/** One pass: observe every fleet, decide, act, report. */
import pLimit, { type LimitFunction } from 'p-limit';
import { budgetOf } from './clock.ts';
import { SOURCE_ENV } from './contract/settings.ts';
import type { SourceName } from './contract/sources.ts';
import { TAG } from './contract/tags.ts';
import type { Discovery, Fleet } from './fleet/fleets.ts';
import { gathered } from './fleet/gathered.ts';
import { heldByOperator } from './fleet/hold.ts';
import { isInUse } from './fleet/in-use.ts';
import { activityReader } from './hold-back/reading.ts';
import { concerned } from './hold-back/worth-a-pass.ts';
import {
  FRESHNESS_MS,
  type Heard,
  type Memories,
  type Outcome,
  type PassOptions,
  type PassPorts,
  type PassResult,
  type Sources,
} from './pass.ts';
import { serve } from './serve.ts';

/**
 * @returns what it found and what went wrong; a failed class is a problem, never an exception
 * @throws FleetError when the fleets themselves could not be described
 */
export async function reconcile(ports: PassPorts, options: PassOptions): Promise<PassResult> {
  const { clock, fleets, report } = ports;
  const budget = budgetOf(clock, Math.min(options.budgetMs, FRESHNESS_MS));
  const at = clock.now();
  const discovered = await fleets.discover(budget.signal);
  const { fleets: found, rejected, lookedFor } = ofConfigured(discovered, ports.sources);
  const { heard } = options;
  const chosen = heard === undefined ? found : told(found, heard, at);
  const served = ports.turns?.(chosen, budget) ?? chosen;

  if (heard === undefined) forget(ports.memories, found);
  const limitOf = limits(ports.sources);
  const tools = {
    described: gathered(fleets, clock, budget.signal),
    read: activityReader(fleets, budget.signal),
  };
  // What machines tell comes in swarms; what is tried has its own pauses.
  const tries = heard === undefined || heard.pass === true;
  const lastWords = heard?.lastWords ?? [];
  const outcomes = await Promise.all(
    served.map(async (fleet) =>
      limitOf(fleet)(async () => {
        const outcome = await serve(fleet, { at, budget, ports, ...tools, lastWords, tries });
        report.outcome(outcome, heard === undefined ? 'schedule' : 'between');
        return outcome;
      }),
    ),
  );

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

/** A group whose source is not configured is refused: nobody could say what its demand is. */
function ofConfigured(discovery: Discovery, sources: Sources): Discovery {
  const isConfigured = ({ source }: Fleet) => sources[source] !== undefined;
  const others = discovery.fleets.filter((fleet) => !isConfigured(fleet));
  return {
    ...discovery,
    fleets: discovery.fleets.filter(isConfigured),
    rejected: [
      ...discovery.rejected,
      ...others.map(({ group, source }) => ({
        group,
        problem:
          `its source is ${source}, and this scaler has no settings of ${source} (${SOURCE_ENV[source]}); add ` +
          `${source} to the config and deploy, or remove the tag ${TAG.name} from the group`,
      })),
    ],
  };
}

/** Each source bounds how many of its classes are served at the same time. */
function limits(sources: Sources): (fleet: Pick<Fleet, 'source'>) => LimitFunction {
  const known = new Map<SourceName, LimitFunction>();
  return ({ source }) => {
    const limit = known.get(source) ?? pLimit(sources[source]?.classesAtOnce ?? 1);
    known.set(source, limit);
    return limit;
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
