/** Where in a trace something was found. */
export interface TracePlace {
  /** Line of the file; the header is line 1. */
  readonly line?: number | undefined;
  /** Number of the object in a JSON array, from 1. */
  readonly entry?: number | undefined;
  /** The column as the header spells it. */
  readonly column?: string | undefined;
}

/** Thrown when a trace cannot be used. The message begins with the file and the place in it. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly line: number | undefined;
  readonly entry: number | undefined;
  readonly column: string | undefined;
  /** The message without file and place. */
  readonly problem: string;

  constructor(problem: string, place: TracePlace = {}, path?: string) {
    const where = [
      path,
      place.line === undefined ? undefined : `line ${place.line}`,
      place.entry === undefined ? undefined : `entry ${place.entry}`,
      place.column === undefined ? undefined : `column ${place.column}`,
    ].filter((part) => part !== undefined);
    super([where.join(', '), problem].filter((part) => part !== '').join(': '));
    this.problem = problem;
    this.line = place.line;
    this.entry = place.entry;
    this.column = place.column;
  }
}
