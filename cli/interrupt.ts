/** How a command is interrupted: the first signal lets it say how to go on, the second ends it at once. */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C comes twice: from the terminal to every process in front, and from npm, which hands it on. */
const SAME_KEY_MS = 1000;

/** Thrown where a person interrupts a question; says what was done until then. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** As shells have it for Ctrl-C. */
export const INTERRUPTED_CODE = 128 + constants.signals.SIGINT;

export interface Interruption {
  readonly signal: AbortSignal;
  /** As shells have it: 130 for Ctrl-C; undefined while nobody interrupted. */
  exitCode(): number | undefined;
}

export function interruptible(): Interruption {
  const stop = new AbortController();
  let exitCode: number | undefined;
  let firstAt = 0;
  // The reader of the output may be gone before the command is.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (exitCode !== undefined) {
        if (performance.now() - firstAt > SAME_KEY_MS) process.exit(exitCode);
        return;
      }
      exitCode = 128 + constants.signals[name];
      firstAt = performance.now();
      stop.abort(new Error(`interrupted by ${name}`));
    });
  }
  return { signal: stop.signal, exitCode: () => exitCode };
}
