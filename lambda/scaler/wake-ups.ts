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
import { EVENT_QUEUE } from './contract/event-queue.ts';
import { InvocationError } from './invocation.ts';
import { type DemandChange, placeOf } from './contract/events.ts';
import type { Heard, Selection } from './pass.ts';
import { LATE_PASS_MS } from './passes.ts';
import type { Scaler } from './scaler.ts';

/** A wake-up that was sent earlier than this is dropped: a pass of the schedule is near. */
export const LATE_MS = 15_000;

/** From the beginning of one pass to the next of a container in a storm, and to the end of its invocation. */
export const STORM_PAUSE_MS = 10_000;

/** Machines and changed places in one batch that make a storm: a batch is gathered within a second. */
export const STORM_MACHINES = 3;

/** Passes of one container within the pause after which its invocation lasts on. */
const MANY_PASSES = 3;

/** Waiting for an invocation in a storm: more than the second in which a batch is gathered. */
const STORM_AGE_MS = 3_000;

/** Kept back of the function's time limit. */
const RESERVE_MS = 2_000;

/** What is older is in no queue any more. */
const RETENTION_MS = EVENT_QUEUE.retentionSeconds * 1000;

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

/** Jobs of a place have changed. */
export interface SentChange extends DemandChange {
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
  /** Default: nothing has changed. */
  readonly changes?: readonly SentChange[];
  /** When the passes were due that came; see `passes.ts`. Default: none did. */
  readonly passes?: readonly number[];
}

/** Takes one batch; the invocation may take `remainingMs`. Never rejects. */
export type WakeUps = (sent: Sent, remainingMs: number) => Promise<void>;

export function wakeUps(options: WakeUpsOptions): WakeUps {
  const { scaler, clock, passIntervalMs, warning, failed } = options;
  /** When the last pass over all classes began. */
  let seenAt = Number.NEGATIVE_INFINITY;
  /** When the last pass began that read a place, by the place. Another pass may never look there. */
  const readAt = new Map<string, number>();
  /** When the last passes over fleets began. */
  let begins: readonly number[] = [];

  return async ({ wakeUps: sent, lastWords, changes = [], passes = [] }, remainingMs) => {
    const arrivedAt = clock.now();
    const endsAt = arrivedAt + remainingMs;
    const due = sent.filter(({ sentAt }) => arrivedAt - sentAt <= LATE_MS);
    if (due.length < sent.length) warning(tooLate(sent.length - due.length, sent.length));
    // Of a clock that is ahead, only so much is believed as is possible.
    const unseen = due.filter(({ sentAt }) => Math.min(sentAt, arrivedAt) + SKEW_MS > seenAt);
    // However late: nobody else may know of it for long.
    const unread = changes.filter(
      (change) =>
        Math.min(change.sentAt, arrivedAt) + SKEW_MS >
        (readAt.get(placeOf(change)) ?? Number.NEGATIVE_INFINITY),
    );
    const isEmpty = unseen.length + lastWords.length + unread.length === 0;
    // What events brought lately needs no pass.
    const pass = passes.some(
      (dueAt) => arrivedAt - dueAt <= LATE_PASS_MS && seenAt < dueAt - passIntervalMs / 2,
    );
    if (!pass && isEmpty) return;

    const storm = isStorm({ wakeUps: unseen, changes: unread }, arrivedAt);
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
      const heard = {
        lastWords,
        pass,
        about: unseen.length === 0 ? undefined : about,
        ...(unread.length > 0 && {
          changes: unread.map(({ source, where }) => ({ source, where })),
        }),
      };
      const { fleets, left } = await scaler(endsAt - beganAt, heard);
      // A describe call for machines of others keeps nobody waiting.
      if (fleets === 0) return;
      if (own && left === 0) seenAt = beganAt;
      if (left === 0) remember(unread, beganAt);
    } catch (error) {
      // Each class was read or failed; another pass at once would fail again.
      if (own && error instanceof InvocationError) seenAt = beganAt;
      if (error instanceof InvocationError) remember(unread, beganAt);
      failed(error);
      if (!own && lastWords.length + unread.length === 0) return;
    }
    // Passes come at their own pace.
    if (isEmpty) return;
    begins = [...begins, beganAt].filter((at) => beganAt - at < STORM_PAUSE_MS);
    if (!storm && begins.length < MANY_PASSES) return;
    await untilMoment(Math.min(beganAt + STORM_PAUSE_MS, endsAt - RESERVE_MS));
  };

  function remember(read: readonly SentChange[], beganAt: number): void {
    for (const [place, at] of readAt) if (beganAt - at > RETENTION_MS) readAt.delete(place);
    for (const change of read) readAt.set(placeOf(change), beganAt);
  }

  async function untilMoment(at: number): Promise<void> {
    const ms = at - clock.now();
    if (ms > 0) await clock.wait(ms);
  }
}

/** By what is in the batch, not by what the container remembers: it may be a new one. */
function isStorm(
  { wakeUps, changes }: Required<Pick<Sent, 'wakeUps' | 'changes'>>,
  arrivedAt: number,
): boolean {
  const from = new Set([...wakeUps.map(({ instanceId }) => instanceId), ...changes.map(placeOf)]);
  return (
    from.size >= STORM_MACHINES ||
    [...wakeUps, ...changes].some(({ sentAt }) => arrivedAt - sentAt > STORM_AGE_MS)
  );
}

function tooLate(late: number, all: number): string {
  return (
    `${late} of ${all} wake-ups were sent more than ${LATE_MS / 1000} s before they came and were dropped; ` +
    'the pass of the next minute sees all there is; if this goes on, look at the concurrency of the function'
  );
}
