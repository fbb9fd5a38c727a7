/** How a run is stopped: Ctrl-C ends it at the next minute of virtual time, once more at once. */
import { UsageError } from '../../cli/usage-error.ts';

/** The exit code when stopped by Ctrl-C, as shells have it. */
const STOPPED = 130;

/** Runs the work with a signal that Ctrl-C aborts; what was seen until then is still reported. */
export async function stoppable(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write('\nstopping at the next minute of virtual time; once more ends at once\n');
    stop.abort(new UsageError('stopped before the workload was read'));
  });
  await work(stop.signal);
  if (stop.signal.aborted) process.exitCode = STOPPED;
}

/** Shows on a terminal how much of a trace was read. */
export function onRead(bytes: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rreading ${Math.round(bytes / 1e6)} MB`);
}
