/** One class in one pass: read its counts, decide, act. */
import type { Budget } from './clock.ts';
import type { Demand, DemandSource } from './demand/source.ts';
import { failureOf } from './failure.ts';
import { errorFacts } from './contract/error-facts.ts';
import type { LastWord } from './contract/events.ts';
import type { Fleet } from './fleet/fleets.ts';
import type { Described } from './fleet/gathered.ts';
import { asHeld } from './fleet/hold.ts';
import { machinesOf, owedBy } from './fleet/machines.ts';
import { holding } from './fleet/holding.ts';
import { heldAt, scheduledAt } from './fleet/scheduled.ts';
import { KEPT_SUSPENDED } from './fleet/suspended.ts';
import type { Evidence } from './hold-back/evidence.ts';
import { isStill, type LaunchSwitch, launchSwitch } from './hold-back/launch-process.ts';
import { READ_EVERY_MS, type Reader, WAITED_MS } from './hold-back/reading.ts';
import { encodeLastUsed } from './contract/tags.ts';
import { decodeState, encodeState, NONE, type State } from './hold-back/state.ts';
import { transition } from './hold-back/transition.ts';
import {
  FRESHNESS_MS,
  type Memories,
  type PassPorts,
  type Outcome,
  type Remembered,
} from './pass.ts';
import { type Memory, remember } from './memory.ts';
import { type Decision, decide, type Observation } from './policy.ts';
import { sighted, waitedMs, type Waiting } from './waiting.ts';

export interface Serving {
  /** When the pass began, in milliseconds since the epoch. */
  readonly at: number;
  readonly budget: Budget;
  readonly ports: PassPorts;
  /** The one of the fleet. */
  readonly source: DemandSource;
  readonly described: Described;
  readonly read: Reader;
  /** Last words of machines, some of which may be of this fleet. */
  readonly lastWords: readonly LastWord[];
  /** Whether a machine may be tried where launches are held back. */
  readonly tries: boolean;
}

/** Never rejects: what went wrong is the outcome's failure. */
export async function serve(found: Fleet, serving: Serving): Promise<Outcome> {
  const outcome = await served(found, serving);
  return { ...outcome, rateLimit: serving.source.rateLimit?.(found, serving.budget) };
}

/**
 * The counts are read, running first; where they lead to a write the group is described once more and
 * the decision made again on that, so that no machine leaves unseen between the group's state and the write.
 */
async function served(found: Fleet, serving: Serving): Promise<Outcome> {
  const { at, ports, budget, described, source } = serving;
  const { clock, memories } = ports;
  let known: Omit<Outcome, 'failure'> = { ...UNKNOWN, fleet: found, at };
  try {
    const demand = await source.currentDemand(found, budget);
    const before = rememberedOf(found, memories);
    const counts = { demand, countedAt: clock.now(), before };
    const first = observe(found, { at, ...counts });
    const reading = await readWhereDue(first, { serving, before });
    let judged = judge(first, { serving, before, ...reading });
    if (wouldWrite(judged) && isFresh(clock.now() - at)) {
      const again = observe(await described(found.group), { at: clock.now(), ...counts });
      judged = judge(again, { serving, before, ...reading });
    }
    const { fleet, memory, waiting, state } = judged;
    const { readAt, latest } = reading;
    const { source: sourceName, resourceClass, demand: tag } = fleet;
    const queue = { source: sourceName, resourceClass, demand: tag };
    const kept = { ...queue, memory, waiting, readAt, evidence: latest };
    memories.set(fleet.group, { ...kept, state: judged.before });
    known = {
      fleet,
      at: judged.at,
      demand,
      waitedMs: waitedMs(waiting),
      decision: judged.decision,
      finishing: judged.observation.finishing,
      holdBack: state,
      trouble: latest?.trouble,
    };

    const age = clock.now() - at;
    if (!isFresh(age)) {
      const message =
        `what was seen is ${age} ms old and was not acted on; allowed: ${FRESHNESS_MS} ms; the next pass sees anew, ` +
        'and if it goes on, see which of the source and AWS is slow';
      return { ...known, failure: { kind: 'stale', message } };
    }
    await act(judged, serving);
    const owed = owedBy({ ...fleet, desired: judged.decision.desired });
    memories.set(fleet.group, { ...kept, waiting: { ...waiting, owed }, state });
    return { ...known, failure: undefined };
  } catch (error) {
    return { ...known, failure: failureOf(error) };
  }
}

const UNKNOWN = {
  demand: undefined,
  waitedMs: undefined,
  decision: undefined,
  finishing: undefined,
  holdBack: undefined,
  trouble: undefined,
} as const;

interface Observed {
  readonly fleet: Fleet;
  readonly at: number;
  readonly memory: Memory;
  readonly waiting: Waiting;
  readonly observation: Observation;
}

interface Observing {
  readonly at: number;
  readonly demand: Demand;
  /** When the demand had been read, in milliseconds since the epoch. */
  readonly countedAt: number;
  readonly before: Remembered | undefined;
}

/** The counts and the group at one moment, field by field as the rule takes them. */
function observe(fleet: Fleet, { at, demand, countedAt, before }: Observing): Observed {
  const seen = heldAt(fleet, at) ? asHeld(fleet) : fleet;
  const { desired, pending, proceeding, inService, done } = seen;
  const { unclaimed, running } = demand;
  const sighting = { at, unclaimed, running, desired, pending, inService };
  const memory = remember(before?.memory, sighting);
  const { min, max } = seen;
  const { headroom, floor } = scheduledAt(fleet, at);
  const waiting = sighted(before?.waiting, {
    ...machinesOf(fleet, at),
    countedAt,
    unclaimed,
    running,
  });
  const observation: Observation = {
    unclaimed,
    running,
    headroom,
    floor,
    min,
    max,
    desired,
    serving: inService.length + proceeding.length,
    present: inService.length + pending.length,
    // Of those that said so, the count may still have the tasks.
    finishing: Math.min(done.length, Math.max(inService.length - running, 0)),
    owedMs: memory.owedMs,
  };
  return { fleet, at, memory, waiting, observation };
}

/** Undefined where the group served another queue when it was last seen: what waited there does not wait here. */
function rememberedOf(fleet: Fleet, memories: Memories): Remembered | undefined {
  const known = memories.get(fleet.group);
  const isSame =
    known?.source === fleet.source &&
    known.resourceClass === fleet.resourceClass &&
    known.demand === fleet.demand;
  return isSame ? known : undefined;
}

interface Reading {
  /** When the group's record was last read. */
  readonly readAt: number;
  /** What it showed, if it was read in this pass. */
  readonly evidence: Evidence | undefined;
  /** What it showed last, as long as it matters. */
  readonly latest: Evidence | undefined;
}

interface Judging extends Reading {
  readonly serving: Serving;
  readonly before: Remembered | undefined;
}

/** The group's record is read where it may matter: something is owed, held back, or waits in vain. */
async function readWhereDue(
  { fleet, at, memory, observation }: Observed,
  { serving, before }: Pick<Judging, 'serving' | 'before'>,
): Promise<Reading> {
  const { readAt = Number.NEGATIVE_INFINITY } = before ?? {};
  const state = stateOf(fleet);
  const owes = observation.desired > observation.present;
  const matters = state !== undefined || owes || memory.waitedMs >= WAITED_MS;
  if (!matters) return { readAt, evidence: undefined, latest: undefined };
  const latest = before?.evidence;
  if (at - readAt < READ_EVERY_MS) return { readAt, evidence: undefined, latest };
  const { want } = decide(observation);
  try {
    const evidence = await serving.read({ group: fleet.group, state, want });
    if (evidence === undefined) return { readAt, evidence, latest };
    return { readAt: at, evidence, latest: evidence };
  } catch (error) {
    // Without the record the class is served as if there were nothing in it.
    const { message } = errorFacts(error);
    serving.ports.report.warning(
      `${message}; whether launches of ${fleet.resourceClass} are futile is not known until it is read`,
    );
    return { readAt: at, evidence: undefined, latest };
  }
}

interface Judged extends Observed {
  readonly before: State | undefined;
  readonly state: State | undefined;
  readonly decision: Decision;
  readonly launch: LaunchSwitch;
  /** Something is launched now to see whether it goes well. */
  readonly isTried: boolean;
}

function judge(observed: Observed, { serving, before, evidence }: Judging): Judged {
  const { fleet, at, observation } = observed;
  const { unclaimed } = observation;
  const { want } = decide(observation);
  const was = stateOf(fleet);
  const word = wordOf(fleet, serving.lastWords);
  const still = isStill(fleet, was, at);
  // What is owed would be launched with what is tried, until it can be taken back.
  const owes = observation.desired > observation.present;
  const tries = serving.tries && (still || !(fleet.suspended.includes('Launch') && owes));
  const held = heldAt(fleet, at);
  // Nothing is tried, and nothing found out, while an operator or a schedule lets nothing be launched.
  const { state, trials } =
    held === undefined
      ? transition(was, { now: at, unclaimed, want, fleet, evidence, word, tries })
      : { state: was, trials: 0 };
  const holds = state?.kind === 'held';
  const decision = decide({
    ...observation,
    ...(holds && {
      holdBack: {
        cause: state.cause,
        trials,
        takesBack: still,
      },
    }),
  });
  const isTried = decision.desired > observation.present && trials > 0;
  const launch = held?.drains
    ? 'leave'
    : launchSwitch(fleet, { was, remembered: before?.state, state, isTried });
  return { ...observed, before: was, state, decision, launch, isTried };
}

/** A machine speaks for its own group only. Of several, one that served says the most. */
function wordOf(fleet: Fleet, words: readonly LastWord[]): LastWord['outcome'] | undefined {
  const outcomes = words.filter((word) => holding(word)(fleet)).map(({ outcome }) => outcome);
  return outcomes.find((outcome) => outcome === 'served') ?? outcomes[0];
}

/** What cannot be read is none; a warning says so when it is overwritten. */
function stateOf(fleet: Fleet): State | undefined {
  try {
    return decodeState(fleet.holdBack);
  } catch {
    return undefined;
  }
}

function wouldWrite({ fleet, state, decision, launch }: Judged): boolean {
  return decision.action !== 'none' || launch !== 'leave' || isOther(fleet, state);
}

function isOther(fleet: Fleet, state: State | undefined): boolean {
  return encodeState(state) !== (fleet.holdBack ?? NONE);
}

/** For taking back what a pass has kept and could not do; the invocation has more time than the pass. */
const UNDO_MS = 5_000;

/**
 * A hold-back is kept with the group before anything is done for it, and taken away after all is undone: a
 * suspension without it would be taken for an operator's.
 */
async function act(judged: Judged, serving: Serving): Promise<void> {
  const { fleet, at, observation, before, state, decision, launch, isTried } = judged;
  const { fleets, report } = serving.ports;
  const { signal } = serving.budget;
  const { group } = fleet;
  const kept = {
    ...(isOther(fleet, state) && { holdBack: encodeState(state) }),
    ...(isNewlyUsed(fleet, { at, observation }) && { lastUsed: encodeLastUsed(at) }),
  };
  const keep = async () => {
    if (Object.keys(kept).length === 0) return;
    if (kept.holdBack !== undefined) tellUnreadable(fleet, (message) => report.warning(message));
    await fleets.keep(group, kept, signal);
  };
  if (state !== undefined) await keep();
  try {
    if (decision.action !== 'none') {
      await fleets.setDesiredCapacity(group, decision.desired, signal);
    }
    if (launch === 'resume') await fleets.resume(group, ['Launch'], signal);
  } catch (error) {
    // The trial did not take place, so it stays due.
    if (isTried) {
      // The pass's own time may be what ran out.
      const due = fleets.keep(
        group,
        { holdBack: encodeState(before) },
        serving.ports.clock.timeout(UNDO_MS),
      );
      await due.catch((second: unknown) =>
        report.warning(
          `${errorFacts(second).message}; nothing was launched, and the next try is later than it should be`,
        ),
      );
    }
    throw error;
  }
  const active: string[] = KEPT_SUSPENDED.filter((process) => !fleet.suspended.includes(process));
  if (launch === 'suspend') active.push('Launch');
  if (active.length > 0) await fleets.suspend(group, active, signal);
  if (state === undefined) await keep();
}

/** It has a task, and none was seen today yet. */
function isNewlyUsed(
  { lastUsed }: Fleet,
  { at, observation }: Pick<Observed, 'at' | 'observation'>,
): boolean {
  return observation.unclaimed + observation.running > 0 && lastUsed !== encodeLastUsed(at);
}

function tellUnreadable({ group, holdBack }: Fleet, tell: (message: string) => void): void {
  try {
    decodeState(holdBack);
  } catch (error) {
    tell(`${group}: ${errorFacts(error).message}`);
  }
}

function isFresh(ageMs: number): boolean {
  return ageMs <= FRESHNESS_MS;
}
