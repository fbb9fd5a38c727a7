/**
 * The breakers: they end the loops in which launching more is futile. An open breaker allows one probe
 * at a time, with growing pauses between them, and is closed by the first success.
 *
 * Its state is a tag of the group, so that it survives a cold start without a database, and a person can
 * read it, or remove the tag to close it.
 */
import type { Memory } from './memory.ts';
import type { Futility, Limit } from './policy.ts';

export interface Breaker {
  readonly reason: Futility;
  /** Probes that failed, the evidence that opened it counted as one. */
  readonly failures: number;
  /** Milliseconds since the epoch before which there is no probe. */
  readonly probeAt: number;
  /** A probe is under way. */
  readonly probing: boolean;
  /** Tasks that are known to run at once: that many runners are not futile. */
  readonly level: number;
}

/** In a row, without a success between them. */
export const FAILED_BOOTS = 3;
export const IDLE_EXITS = 3;

/** A group that has owed instances for so long, with none coming, has no capacity. */
export const STARVED_MS = 300_000;

/** The pause after the first failure; doubled with each further one, up to the longest. */
export const FIRST_PAUSE_MS = 120_000;

/**
 * The longest pauses, in milliseconds. A probe of a group without capacity costs nothing but the wait; a
 * failed boot costs a machine until the launch hook's timeout, an unclaimed task one until its idle
 * timeout. Who has repaired an image waits for the pause that is under way, hence ten minutes only: in a
 * weekend that is about a hundred machines more than with half an hour (docs/decisions/breakers.md).
 */
export const LONGEST_PAUSE_MS: Readonly<Record<Futility, number>> = {
  'boots-fail': 600_000,
  'tasks-unclaimed': 3_600_000,
  'no-capacity': 240_000,
};

export function nextBreaker(breaker: Breaker | undefined, memory: Memory): Breaker | undefined {
  const now = memory.seen.at;
  if (breaker === undefined) return opened(memory, now);
  if (succeeded(breaker, memory)) return undefined;
  const refuted = refute(breaker, memory);
  if (failed(breaker, memory)) return paused(refuted, now);
  const { pending, unclaimed } = memory.seen;
  // Machines that still boot, or runners that still wait, are probes enough.
  const already = breaker.reason === 'tasks-unclaimed' ? memory.idle : pending.length;
  const due = !breaker.probing && now >= breaker.probeAt && unclaimed > 0 && already === 0;
  return due ? { ...refuted, probing: true } : refuted;
}

/** What the breaker allows the rule. */
export function limitOf(breaker: Breaker, memory: Memory): Limit {
  const { pending, inService } = memory.seen;
  const base = {
    'boots-fail': inService.length,
    'tasks-unclaimed': breaker.level + memory.finishing,
    'no-capacity': pending.length + inService.length,
  }[breaker.reason];
  return { reason: breaker.reason, runners: base + (breaker.probing ? 1 : 0) };
}

function opened(memory: Memory, now: number): Breaker | undefined {
  const reason: Futility | undefined =
    memory.bootsFailedInRow >= FAILED_BOOTS
      ? 'boots-fail'
      : memory.idleExitsInRow >= IDLE_EXITS
        ? 'tasks-unclaimed'
        : memory.starvedMs >= STARVED_MS
          ? 'no-capacity'
          : undefined;
  if (reason === undefined) return undefined;
  return paused({ reason, failures: 0, level: memory.level }, now);
}

/** A runner that idled out below the level shows that so many tasks do not run at once any more. */
function refute(breaker: Breaker, { idleExits, seen }: Memory): Breaker {
  const level = Math.max(breaker.level - idleExits, Math.min(seen.running, breaker.level));
  return level === breaker.level ? breaker : { ...breaker, level };
}

function succeeded({ reason, level }: Breaker, { came, grew, seen }: Memory): boolean {
  return {
    'boots-fail': came > 0,
    'tasks-unclaimed': seen.running > level || seen.unclaimed === 0,
    'no-capacity': grew,
  }[reason];
}

function failed({ reason, probing }: Breaker, memory: Memory): boolean {
  const evidence = {
    'boots-fail': memory.bootsFailed > 0,
    'tasks-unclaimed': memory.idleExits > 0,
    'no-capacity': memory.starvedMs >= STARVED_MS,
  };
  return probing && evidence[reason];
}

function paused(breaker: Omit<Breaker, 'probeAt' | 'probing'>, now: number): Breaker {
  const failures = breaker.failures + 1;
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS[breaker.reason]);
  return { ...breaker, failures, probing: false, probeAt: now + pause };
}

/** The tag's value while closed. */
export const CLOSED = 'closed';

/** The breaker as a tag's value; times as a person reads them. */
export function encodeBreaker(breaker: Breaker | undefined): string {
  if (breaker === undefined) return CLOSED;
  const { reason, failures, level, probing, probeAt } = breaker;
  const state = probing ? 'probing' : 'paused';
  return `${reason} failures=${failures} level=${level} ${state} ${new Date(probeAt).toISOString()}`;
}

const TAG_PATTERN = /^(\S+) failures=(\d{1,4}) level=(\d{1,5}) (probing|paused) (\S+)$/;

const REASONS: readonly Futility[] = ['boots-fail', 'tasks-unclaimed', 'no-capacity'];

/** The breaker a tag's value means; closed when there is none or it cannot be read. */
export function decodeBreaker(value: string | undefined): Breaker | undefined {
  const parts = value === undefined ? null : TAG_PATTERN.exec(value);
  if (parts === null) return undefined;
  const [, word, failures, level, state, time = ''] = parts;
  const reason = REASONS.find((each) => each === word);
  const probeAt = Date.parse(time);
  if (reason === undefined || Number.isNaN(probeAt)) return undefined;
  return {
    reason,
    failures: Number(failures),
    level: Number(level),
    probing: state === 'probing',
    probeAt,
  };
}
