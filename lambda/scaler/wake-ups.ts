/**
 * Wake-ups of one container: what many machines say within a moment leads to few passes.
 *
 * A batch leads to one pass at most, and to none where a pass that began after all of it was sent has seen
 * what it reports. In a storm a container waits before its next pass, and an invocation lasts on after its
 * own, so that the next batch waits: as Lambda hands over only so many batches at a time
 * (`EVENT_QUEUE.concurrency`), that bounds the passes of all containers, whichever of them it chooses and
 * whatever they remember.
 */
import type { Clock } from './clock.ts';
import { InvocationError } from './invocation.ts';
import type { Heard, Selection } from './pass.ts';
import { LATE_PASS_MS } from './passes.ts';
import type { Scaler } from './scaler.ts';

/** A wake-up that was sent earlier than this is dropped: a pass of the schedule is near. */
export const LATE_MS = 15_000;

/** From the beginning of one pass to the next of a container in a storm, and to the end of its invocation. */
export const STORM_PAUSE_MS = 10_000;

/** Machines in one batch that make a storm: a batch is gathered within a second. */
export const STORM_MACHINES = 3;

/** Passes of one container within the pause after which its invocation lasts on. */
const MANY_PASSES = 3;

/** Waiting for an invocation in a storm: more than the second in which a batch is gathered. */
const STORM_AGE_MS = 3_000;

/** Kept back of the function's time limit. */
const RESERVE_MS = 2_000;

/** The clocks of SQS and of the container may differ by so much. */
const SKEW_MS = 500;

export interface SentWakeUp {
  /** The machine that it is about. */
  readonly instanceId: string;
  /** Chooses the fleet that it is about, if the scaler has it. */
  readonly about: Selection;
  /** Milliseconds since the epoch at which it came into the queue, by the queue's clock. */
  readonly sentAt: number;
}

export interface WakeUpsOptions {
  readonly scaler: Scaler;
  readonly clock: Clock;
  /** Milliseconds from one pass to the next. */
  readonly passIntervalMs: number;
  readonly warning: (message: string) => void;
  /** Told of a pass that failed: a message is never sent again, and the schedule's pass is the retry. */
  readonly failed: (error: unknown) => void;
}

/** What one batch holds that a pass may be about. */
export interface Sent extends Pick<Heard, 'lastWords'> {
  readonly wakeUps: readonly SentWakeUp[];
  /** When the passes were due that came; see `passes.ts`. Default: none did. */
  readonly passes?: readonly number[];
}

/** Takes one batch; the invocation may take `remainingMs`. Never rejects. */
export type WakeUps = (sent: Sent, remainingMs: number) => Promise<void>;

export function wakeUps(options: WakeUpsOptions): WakeUps {
  const { scaler, clock, passIntervalMs, warning, failed } = options;
  /** When the last pass over all classes began. */
  let seenAt = Number.NEGATIVE_INFINITY;
  /** When the last passes over fleets began. */
  let begins: readonly number[] = [];

  return async ({ wakeUps: sent, lastWords, passes = [] }, remainingMs) => {
    const arrivedAt = clock.now();
    const endsAt = arrivedAt + remainingMs;
    const due = sent.filter(({ sentAt }) => arrivedAt - sentAt <= LATE_MS);
    if (due.length < sent.length) warning(tooLate(sent.length - due.length, sent.length));
    // Of a clock that is ahead, only so much is believed as is possible.
    const unseen = due.filter(({ sentAt }) => Math.min(sentAt, arrivedAt) + SKEW_MS > seenAt);
    // What events brought lately needs no pass.
    const pass = passes.some(
      (dueAt) => arrivedAt - dueAt <= LATE_PASS_MS && seenAt < dueAt - passIntervalMs / 2,
    );
    if (!pass && unseen.length + lastWords.length === 0) return;

    const storm = isStorm(unseen, arrivedAt);
    const lastAt = begins.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (storm) await untilMoment(Math.min(lastAt + STORM_PAUSE_MS, endsAt - STORM_PAUSE_MS));
    const beganAt = clock.now();
    let own = pass;
    const about: Selection = (fleet) => {
      const chosen = unseen.some(({ about }) => about(fleet));
      own ||= chosen;
      return chosen;
    };
    try {
      const heard = { lastWords, pass, about: unseen.length === 0 ? undefined : about };
      const { fleets, left } = await scaler(endsAt - beganAt, heard);
      // A describe call for machines of others keeps nobody waiting.
      if (fleets === 0) return;
      if (own && left === 0) seenAt = beganAt;
    } catch (error) {
      // Each class was read or failed; another pass at once would fail again.
      if (own && error instanceof InvocationError) seenAt = beganAt;
      failed(error);
      if (!own && lastWords.length === 0) return;
    }
    // Passes come at their own pace.
    if (unseen.length + lastWords.length === 0) return;
    begins = [...begins, beganAt].filter((at) => beganAt - at < STORM_PAUSE_MS);
    if (!storm && begins.length < MANY_PASSES) return;
    await untilMoment(Math.min(beganAt + STORM_PAUSE_MS, endsAt - RESERVE_MS));
  };

  async function untilMoment(at: number): Promise<void> {
    const ms = at - clock.now();
    if (ms > 0) await clock.wait(ms);
  }
}

/** By what is in the batch, not by what the container remembers: it may be a new one. */
function isStorm(wakeUps: readonly SentWakeUp[], arrivedAt: number): boolean {
  const machines = new Set(wakeUps.map(({ instanceId }) => instanceId));
  return (
    machines.size >= STORM_MACHINES ||
    wakeUps.some(({ sentAt }) => arrivedAt - sentAt > STORM_AGE_MS)
  );
}

function tooLate(late: number, all: number): string {
  return (
    `${late} of ${all} wake-ups were sent more than ${LATE_MS / 1000} s before they came and were dropped; ` +
    'the pass of the next minute sees all there is; if this goes on, look at the concurrency of the function'
  );
}
