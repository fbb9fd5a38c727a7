/** How a run is stopped: the first signal makes it clean up, the second ends it at once. */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type StopSignal = (typeof SIGNALS)[number];

/** What a stopped run is ended with. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  /** As shells have it: 130 for Ctrl-C, 143 for SIGTERM. */
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

export interface StopOptions {
  readonly say: (text: string) => void;
  /** What would be left behind now, and how to remove it; undefined for nothing. */
  readonly remains: () => string | undefined;
  /** Ends what was started, when the process ends in the middle of it. */
  readonly abandon: () => void;
}

/**
 * One Ctrl-C may come twice: from the terminal, which sends it to every process in front, and from npm,
 * which hands on what it got itself.
 */
const SAME_KEY_MS = 1000;

/** @returns a signal that aborts with `Stopped` */
export function stopOnSignals({ say, remains, abandon }: StopOptions): AbortSignal {
  const stop = new AbortController();
  let firstAt = 0;
  // The reader of the output may be gone before everything is removed.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const name of SIGNALS) {
    process.on(name, () => {
      const reason = new Stopped(name);
      if (!stop.signal.aborted) {
        say(
          remains() === undefined
            ? `${reason.message}; nothing was made`
            : `${reason.message}: removing what was made; once more ends at once`,
        );
        firstAt = performance.now();
        stop.abort(reason);
        return;
      }
      if (performance.now() - firstAt < SAME_KEY_MS) return;
      abandon();
      const left = remains();
      if (left !== undefined) say(left);
      process.exit(reason.exitCode);
    });
  }
  return stop.signal;
}
