/** Times and lines as the commands print them. */

/** From here on a length of time is told in days. */
const LONG_HOURS = 72;

/** A length of time, for example `45 s`, `12 min`, `5 h 15 min`, `40 days`. */
export function ago(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours >= LONG_HOURS) return `${Math.round(hours / 24)} days`;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** `14:03:21`, by UTC. */
export function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

export interface Wrapping {
  /** Undefined: a line may be of any length. */
  readonly columns: number | undefined;
  /** Spaces before every line but the first. Default 2. */
  readonly indent?: number;
}

const LEAST_COLUMNS = 24;

/** Breaks a line between words; a word that is longer than a line stays whole, so that it can be copied. */
export function wrapped(line: string, { columns, indent = 2 }: Wrapping): string {
  if (columns === undefined || line.length <= columns) return line;
  const width = Math.max(columns, LEAST_COLUMNS);
  const start = /^\s*/.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = start;
  for (const word of line.slice(start.length).split(/(?<= )(?=\S)/)) {
    const isFirst = current.trim() === '';
    if (!isFirst && current.length + word.trimEnd().length > width) {
      lines.push(current.trimEnd());
      current = ' '.repeat(Math.min(indent, width - LEAST_COLUMNS / 2));
    }
    current += word;
  }
  return [...lines, current.trimEnd()].join('\n');
}
