/**
 * The passes between two of the schedule, which knows no shorter period than a minute. Work that nothing
 * announces is found by reading the counts often. A function that slept from one pass to the next would be paid for all
 * the time; so the schedule's pass sends itself messages that come later, and each leads to one pass.
 *
 * A message never sends another: Lambda stops what goes round between it and a queue after some 16 times.
 * One that is lost, late or comes twice costs or brings one pass.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
import { SCHEDULE_SECONDS } from './contract/events.ts';

/** A message that comes later than this is dropped: the next one is near. */
export const LATE_PASS_MS = 5_000;

export interface Pass {
  /** Milliseconds since the epoch at which it is due. */
  readonly dueAt: number;
  /** Seconds from now until then. */
  readonly delaySeconds: number;
}

/** Where the messages go that come later. */
export interface PassQueue {
  /** @throws Error when some were not taken */
  send(passes: readonly Pass[]): Promise<void>;
}

/**
 * @param beganAt when the schedule's pass began; all times in milliseconds since the epoch
 * @param intervalMs from one pass to the next; none comes between where it is the schedule's own or more
 */
export function passesBetween(
  beganAt: number,
  { now, intervalMs }: { readonly now: number; readonly intervalMs: number },
): readonly Pass[] {
  const passes: Pass[] = [];
  for (
    let dueAt = beganAt + intervalMs;
    dueAt < beganAt + SCHEDULE_SECONDS * 1000;
    dueAt += intervalMs
  ) {
    if (dueAt > now) passes.push({ dueAt, delaySeconds: Math.round((dueAt - now) / 1000) });
  }
  return passes;
}
