import type { Clock } from '../scaler/clock.ts';

/** Takes one line of the log. */
export type Log = (line: Readonly<Record<string, unknown>>) => void;

/** There is at most one line in so long for each thing that is told, with the number of times. */
export const TELL_EVERY_MS = 60_000;

export interface Told {
  readonly status: number;
  readonly reason: string;
}

/** The log of a function that anybody may call must not be theirs to fill. */
export function seldom(log: Log, clock: Pick<Clock, 'now'>) {
  const known = new Map<number, { at: number; times: number }>();
  return (message: 'refused' | 'failed', { status, reason }: Told): void => {
    const before = known.get(status) ?? { at: Number.NEGATIVE_INFINITY, times: 0 };
    before.times += 1;
    known.set(status, before);
    if (clock.now() - before.at < TELL_EVERY_MS) return;
    const level = message === 'failed' ? 'ERROR' : 'WARN';
    log({ level, message, status, reason, times: before.times });
    known.set(status, { at: clock.now(), times: 0 });
  };
}
