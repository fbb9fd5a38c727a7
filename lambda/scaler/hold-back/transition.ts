/**
 * When launching more is held back, and when not any more. Evidence is positive, and the same for every
 * container: the group's record of its launches and ends says how many, a machine's last word says what
 * kind of trouble it is.
 *
 *     none  -> held    more launches in a row came to nothing than allowed
 *     none  -> watch   a machine says that its agent, its boot or its wait was in vain, while tasks wait
 *     watch -> held    more machines ended since then than allowed, and no word of a served task came
 *     watch -> none    a task was served, or no task waits any more
 *     held  -> none    a machine came into service (boots-fail), a task was served, or somebody changed
 *                      the launch template or removed the tag
 *
 * While held, what is present stays; one machine is tried after each pause, and, where tasks are not
 * claimed, one for each task that is new: it may be one that can be.
 */
import type { Fleet } from '../fleet/fleets.ts';
import type { LastWord } from '../contract/events.ts';
import type { Cause } from '../policy.ts';
import { type Evidence, endedSince } from './evidence.ts';
import type { Held, State } from './state.ts';

export interface Situation {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly unclaimed: number;
  /** The capacity that is wanted if nothing is held back. */
  readonly want: number;
  readonly fleet: Pick<Fleet, 'template'>;
  /** What the group's record showed when it was read in this pass; undefined when it was not read. */
  readonly evidence: Evidence | undefined;
  /** The last word of a machine of the group; undefined when the pass is about something else. */
  readonly word: LastWord['outcome'] | undefined;
  /** Whether a machine may be tried in this pass. */
  readonly tries: boolean;
}

export interface Next {
  readonly state: State | undefined;
  /** Machines without a task that may be there to try. */
  readonly trials: number;
}

/** So many ends or launches in vain prove nothing, whatever is wanted, … */
const LEAST_ALLOWED = 10;
/** … so many for each machine that is wanted, as they fail together, … */
const ALLOWED_EACH = 2;
/** … and no more than these. */
const MOST_ALLOWED = 100;

/** @param want the capacity that was wanted when counting began: what follows it later may be pumped up */
export function allowedInVain(want: number): number {
  return Math.min(LEAST_ALLOWED + ALLOWED_EACH * want, MOST_ALLOWED);
}

/** Between two trials: a share of the time for which it has been held, within these milliseconds. */
const PAUSE_SHARE = 1 / 12;
const LEAST_PAUSE_MS = 120_000;
const MOST_PAUSE_MS = 1_800_000;

/** A watch is not ended sooner, so that good and bad machines in turn do not write at every end. */
export const LEAST_WATCH_MS = 60_000;

const BAD_WORDS: ReadonlyMap<LastWord['outcome'], Cause> = new Map([
  ['boot-failed', 'boots-fail'],
  ['agent-failed', 'agents-fail'],
  ['idle', 'tasks-unclaimed'],
]);

export function transition(state: State | undefined, seen: Situation): Next {
  if (state !== undefined && isReleased(state, seen)) return QUIET;
  if (state?.kind === 'held') return stillHeld(state, seen);
  const cause = proven(state, seen);
  if (cause !== undefined) return { state: held(cause, seen), trials: 0 };
  if (state !== undefined) return { state, trials: 0 };
  const heard = seen.word === undefined ? undefined : BAD_WORDS.get(seen.word);
  if (heard === undefined || seen.unclaimed === 0) return QUIET;
  const since = wholeSeconds(seen.now);
  return { state: { kind: 'watch', cause: heard, since, want: seen.want }, trials: 0 };
}

const QUIET: Next = { state: undefined, trials: 0 };

function isReleased(state: State, { now, unclaimed, word, evidence, fleet }: Situation): boolean {
  if (state.kind === 'watch') {
    return unclaimed === 0 || (word === 'served' && now - state.since >= LEAST_WATCH_MS);
  }
  const repaired = state.template !== undefined && state.template !== fleet.template;
  const boots = state.cause === 'boots-fail' && (evidence?.succeededAt ?? 0) > state.since;
  return repaired || word === 'served' || boots;
}

/** Why it is futile to go on, if the group's record proves it. */
function proven(state: State | undefined, seen: Situation): Cause | undefined {
  const { evidence, want, unclaimed } = seen;
  if (evidence === undefined) return undefined;
  if (evidence.futileLaunches > allowedInVain(want)) return 'boots-fail';
  if (state?.kind !== 'watch' || unclaimed === 0 || seen.word === 'served') return undefined;
  const ended = endedSince(evidence, state.since);
  return ended > allowedInVain(state.want) ? state.cause : undefined;
}

function held(cause: Cause, { now, unclaimed, fleet }: Situation): Held {
  const since = wholeSeconds(now);
  const template = /^\d+$/.test(fleet.template ?? '') ? fleet.template : undefined;
  return { kind: 'held', cause, since, next: since + LEAST_PAUSE_MS, waiting: unclaimed, template };
}

function stillHeld(state: Held, { now, unclaimed, tries }: Situation): Next {
  const fresh = state.cause === 'tasks-unclaimed' ? Math.max(unclaimed - state.waiting, 0) : 0;
  const waiting = unclaimed === 0 ? 0 : state.waiting + fresh;
  const due = tries && unclaimed > 0 && now >= state.next;
  const next = due ? wholeSeconds(now + pauseOf(now - state.since)) : state.next;
  return { state: { ...state, waiting, next }, trials: fresh + (due ? 1 : 0) };
}

function pauseOf(heldMs: number): number {
  return Math.min(Math.max(heldMs * PAUSE_SHARE, LEAST_PAUSE_MS), MOST_PAUSE_MS);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
