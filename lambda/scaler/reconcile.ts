/** One pass: observe every fleet, decide, act, report. */
import pLimit, { type LimitFunction } from 'p-limit';
import { budgetOf } from './clock.ts';
import { SOURCE_ENV } from './contract/settings.ts';
import { type SourceName, SOURCES } from './contract/sources.ts';
import { TAG } from './contract/tags.ts';
import type { DemandSource } from './demand/source.ts';
import type { Discovery, Fleet } from './fleet/fleets.ts';
import { gathered } from './fleet/gathered.ts';
import { heldByOperator } from './fleet/hold.ts';
import { machinesOf } from './fleet/machines.ts';
import { servingAt } from './fleet/serving-at.ts';
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
import { machinesSeen } from './waiting.ts';

/**
 * @returns what it found and what went wrong; a failed class is a problem, never an exception
 * @throws FleetError when the fleets themselves could not be described
 */
export async function reconcile(ports: PassPorts, options: PassOptions): Promise<PassResult> {
  const { clock, fleets, report } = ports;
  const budget = budgetOf(clock, Math.min(options.budgetMs, FRESHNESS_MS));
  const at = clock.now();
  const discovered = await fleets.discover(budget.signal);
  const lanes = lanesOf(ports.sources);
  const { fleets: found, rejected, lookedFor } = ofConfigured(discovered, lanes);
  const { heard } = options;
  const chosen = heard === undefined ? found : told(found, heard, at);
  const served = ports.turns?.(chosen, budget) ?? chosen;

  if (heard === undefined) forget(ports.memories, found);
  watch(ports.memories, found, at);
  const tools = {
    described: gathered(fleets, clock, budget.signal),
    read: activityReader(fleets, budget.signal),
  };
  // What machines send comes in swarms; what is tried has its own pauses.
  const tries = heard === undefined || heard.pass === true;
  const lastWords = heard?.lastWords ?? [];
  for (const { source, where } of heard?.changes ?? []) lanes.get(source)?.source.changed?.(where);
  for (const [name, { source }] of lanes) {
    source.existing?.(found.filter((fleet) => fleet.source === name));
    source.announce?.(
      served.filter((fleet) => fleet.source === name),
      budget,
    );
  }
  const outcomes = await Promise.all(
    served.flatMap((fleet) => {
      const { source, limit } = lanes.get(fleet.source) ?? {};
      if (source === undefined || limit === undefined) return [];
      return limit(async () => {
        const serving = { at, budget, ports, source, ...tools, lastWords, tries };
        const outcome = await serve(fleet, serving);
        report.outcome(outcome, heard === undefined ? 'schedule' : 'between');
        return outcome;
      });
    }),
  );

  // The schedule's pass reports what is wrong with the groups, once a minute; the others must not.
  if (heard === undefined && found.length + rejected.length === 0) {
    report.warning(
      `no group has ${lookedFor}, so there is nothing to scale; deploy a fleet, or tag a group`,
    );
  }
  const refusals = heard === undefined ? rejected : [];
  return {
    timed: outcomes.some(
      ({ holdBack, fleet }) =>
        holdBack !== undefined ||
        owes(fleet) ||
        fleet.schedules !== undefined ||
        heldByOperator(fleet, at)?.until !== undefined,
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

/** A source, and the bound on how many of its classes are served at the same time. */
interface Lane {
  readonly source: DemandSource;
  readonly limit: LimitFunction;
}

type Lanes = ReadonlyMap<SourceName, Lane>;

function lanesOf(sources: Sources): Lanes {
  const lanes = new Map<SourceName, Lane>();
  for (const name of SOURCES) {
    const source = sources[name];
    if (source !== undefined) lanes.set(name, { source, limit: pLimit(source.classesAtOnce) });
  }
  return lanes;
}

/** A group whose source is not configured is refused: nobody could say what its demand is. */
function ofConfigured(discovery: Discovery, lanes: Lanes): Discovery {
  const fleets = discovery.fleets.filter(({ source }) => lanes.has(source));
  const others = discovery.fleets.filter(({ source }) => !lanes.has(source));
  return {
    ...discovery,
    fleets,
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

/**
 * A machine of one fleet may leave work to any other, but its last word is about its own, and a change about those that
 * serve where it happened.
 */
function told(
  found: readonly Fleet[],
  { about, pass = false, lastWords, changes = [] }: Heard,
  at: number,
): readonly Fleet[] {
  const serves = changes.map(servingAt);
  const isChanged = (fleet: Fleet) => serves.some((serves) => serves(fleet));
  if (pass || (about !== undefined && found.some(about))) {
    return found.filter(
      (fleet) => isInUse(fleet, at) || about?.(fleet) === true || isChanged(fleet),
    );
  }
  const mayConcern = lastWords.map(concerned);
  return found.filter(
    (fleet) => isChanged(fleet) || mayConcern.some((concerns) => concerns(fleet)),
  );
}

function forget(memories: Memories, found: readonly Fleet[]): void {
  const groups = new Set(found.map(({ group }) => group));
  for (const group of memories.keys()) if (!groups.has(group)) memories.delete(group);
}

/** Also the machines of fleets that this pass does not serve, or whose counts it cannot read. */
function watch(memories: Memories, found: readonly Fleet[], at: number): void {
  for (const fleet of found) {
    const known = memories.get(fleet.group);
    if (known === undefined || known.waiting.marks.length === 0) continue;
    const waiting = machinesSeen(known.waiting, machinesOf(fleet, at));
    memories.set(fleet.group, { ...known, waiting });
  }
}

function hasTasks({ demand }: Outcome): boolean {
  return demand !== undefined && demand.unclaimed + demand.running > 0;
}

function owes({ desired, inService, pending }: Fleet): boolean {
  return desired > pending.length + inService.length;
}
