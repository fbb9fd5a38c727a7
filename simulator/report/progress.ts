/** How far a run has come, on one line of a terminal or, where lines cannot be redrawn, every 10 %. */
import { counted, formatClock, formatDate, formatDuration } from './format.ts';

interface ProgressState {
  /** Milliseconds since the epoch, in virtual time. */
  readonly at: number;
  readonly tasksServed: number;
}

export interface Progress {
  /** Shows the state, if it is time to; cheap enough to be called after every event. */
  update(state: ProgressState): void;
  /** Shows the last state in any case and ends the line. */
  finish(state: ProgressState): void;
}

export interface ProgressOptions {
  /** Milliseconds since the epoch, in virtual time: what counts as 0 % and as 100 %. */
  readonly from: number;
  readonly to: number;
  /** Where to write; usually `process.stderr`, so that standard output stays free for the summary. */
  readonly stream: ProgressStream;
  /** Milliseconds of a clock on the wall that never goes back, for example `performance.now`. */
  readonly now: () => number;
  /** Least milliseconds between two redraws of a terminal's line. Default 100. */
  readonly redrawEveryMs?: number;
}

/** The part of a Node.js stream that is used. */
interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function startProgress(options: ProgressOptions): Progress {
  const { stream, now, redrawEveryMs = 100 } = options;
  const startedAt = now();
  const line = (state: ProgressState) => progressLine(state, options, now() - startedAt);
  return stream.isTTY === true
    ? redrawnLine({ stream, now, line, redrawEveryMs })
    : linePerTenth({ stream, line, options });
}

function redrawnLine(spec: {
  readonly stream: ProgressStream;
  readonly now: () => number;
  readonly line: (state: ProgressState) => string;
  readonly redrawEveryMs: number;
}): Progress {
  const { stream, now, line, redrawEveryMs } = spec;
  let drawnAt = -Infinity;
  // A line that fills the terminal's width would wrap, and could then not be drawn over.
  const draw = (state: ProgressState) =>
    stream.write(`\r${line(state).slice(0, (stream.columns ?? 80) - 1)}\u001B[K`);
  return {
    update(state) {
      if (now() - drawnAt < redrawEveryMs) return;
      drawnAt = now();
      draw(state);
    },
    finish(state) {
      draw(state);
      stream.write('\n');
    },
  };
}

function linePerTenth(spec: {
  readonly stream: ProgressStream;
  readonly line: (state: ProgressState) => string;
  readonly options: ProgressOptions;
}): Progress {
  const { stream, line, options } = spec;
  let shown = 0;
  const show = (state: ProgressState) => {
    shown = Math.floor(doneShare(state, options) * 10);
    stream.write(`${line(state)}\n`);
  };
  return {
    update(state) {
      // The last tenth is left to `finish`, so that 100 % is said once.
      const tenth = Math.floor(doneShare(state, options) * 10);
      if (tenth > shown && tenth < 10) show(state);
    },
    finish: show,
  };
}

/** ` 43 %  Mon 16 Nov 2026 12:01 UTC  812 tasks served  1 h 52 min simulated per second`. */
function progressLine(state: ProgressState, options: ProgressOptions, elapsedMs: number): string {
  const percent = `${Math.floor(doneShare(state, options) * 100)} %`.padStart(5);
  const simulatedMs = Math.max(state.at - options.from, 0);
  const speed =
    elapsedMs > 0 ? [`${formatDuration(simulatedMs / elapsedMs)} simulated per second`] : [];
  return [
    percent,
    `${formatDate(state.at)} ${formatClock(state.at)} UTC`,
    `${counted(state.tasksServed, 'task')} served`,
    ...speed,
  ].join('  ');
}

function doneShare({ at }: ProgressState, { from, to }: ProgressOptions): number {
  return to > from ? Math.min(Math.max((at - from) / (to - from), 0), 1) : 1;
}
