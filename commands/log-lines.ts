/** What the scaler's log says, read back; `lambda/scaler/report.ts` writes it. */
import {
  BOOT_PHASE,
  CLASS_METRIC,
  TROUBLE_METRIC,
  DIMENSION,
  isObject,
  parseObject,
  RUNNER_OUTCOMES,
  type RunnerOutcome,
} from '../lambda/scaler/contract.ts';
import type { LoggedText } from './aws/function-log.ts';

/** One class in one pass. Counts are undefined where they were not known. */
export interface PassLine {
  readonly kind: 'pass';
  readonly at: number;
  readonly resourceClass: string;
  readonly group: string;
  readonly unclaimed: number | undefined;
  readonly running: number | undefined;
  readonly want: number | undefined;
  readonly action: string | undefined;
  readonly reason: string | undefined;
  readonly desired: number | undefined;
  readonly previousDesired: number;
  readonly min: number;
  readonly max: number;
  readonly headroom: number;
  readonly pending: number;
  readonly inService: number;
  readonly finishing: number | undefined;
  /** Runners that are wanted and held back. */
  readonly held: number;
  /** Seconds that some task has waited, at least; undefined where nobody measured it. */
  readonly queueSeconds: number | undefined;
  readonly hold: string | undefined;
  /** Those that were in force, in words. */
  readonly schedule: string | undefined;
  /** As the tag of the group has it. */
  readonly holdBack: string | undefined;
  readonly warning: string | undefined;
  readonly failure: string | undefined;
  readonly error: string | undefined;
}

/** The last word of a machine. */
export interface EndLine {
  readonly kind: 'end';
  readonly at: number;
  readonly resourceClass: string;
  readonly instanceId: string;
  readonly outcome: RunnerOutcome;
  readonly reason: string;
  readonly bootSeconds: number | undefined;
}

export type LogLine = PassLine | EndLine;

/** A pattern may have 1,024 characters; the names of more classes are left out, and all are found. */
const LONGEST_CONDITION = 700;

/** Searches for errors, whatever they are about: those of the scaler, and those that Lambda writes for it, or of it. */
export const ERROR_PATTERN = '?ERROR ?"Task timed out" ?"Runtime exited"';

/** Lambda's words on an invocation that could say nothing itself, without the time and the id before them. */
const CUT_OFF = /(?:Task timed out|Runtime exited).*/;

/** What went wrong, of a line that `ERROR_PATTERN` finds. */
export function errorText({ message }: LoggedText): string {
  const { message: said } = parseObject(message) ?? {};
  if (typeof said === 'string') return said;
  const [, thrown] = /"errorMessage":("(?:[^"\\]|\\.)*")/.exec(message) ?? [];
  const { words } = parseObject(`{"words":${thrown ?? null}}`) ?? {};
  return typeof words === 'string' ? words : (CUT_OFF.exec(message)?.[0] ?? message.trim());
}

/** Searches for the lines of some classes, or of all where none is named; it may find more. */
export function passPattern(classes: readonly string[] = []): string {
  return pattern('pass', [anyOf(DIMENSION.resourceClass, classes)]);
}

export function endPattern(
  classes: readonly string[] = [],
  outcomes: readonly RunnerOutcome[] = [],
): string {
  return pattern('runner ended', [
    anyOf(DIMENSION.resourceClass, classes),
    anyOf('outcome', outcomes),
  ]);
}

function pattern(message: string, conditions: readonly (string | undefined)[]): string {
  const all = [`$.message = "${message}"`, ...conditions.filter((each) => each !== undefined)];
  return `{ ${all.join(' && ')} }`;
}

function anyOf(field: string, values: readonly string[]): string | undefined {
  if (values.length === 0) return undefined;
  const condition = `(${values.map((value) => `$.${field} = "${value}"`).join(' || ')})`;
  return condition.length > LONGEST_CONDITION ? undefined : condition;
}

/** @returns undefined for a line of another kind */
export function readLine({ at, message }: LoggedText): LogLine | undefined {
  const line = parseObject(message);
  if (line === undefined) return undefined;
  const text = (key: string) => (typeof line[key] === 'string' ? line[key] : undefined);
  const count = (key: string) => (typeof line[key] === 'number' ? line[key] : undefined);
  const resourceClass = text(DIMENSION.resourceClass);
  if (resourceClass === undefined) return undefined;
  const said = text('message');
  if (said === 'runner ended') {
    const outcome = RUNNER_OUTCOMES.find((each) => each === line['outcome']);
    if (outcome === undefined) return undefined;
    const { phases } = line;
    const boot = isObject(phases) ? phases[BOOT_PHASE] : undefined;
    return {
      kind: 'end',
      at,
      resourceClass,
      outcome,
      instanceId: text('instanceId') ?? '',
      reason: text('reason') ?? '',
      bootSeconds: typeof boot === 'number' ? boot : undefined,
    };
  }
  if (said !== 'pass') return undefined;
  return {
    kind: 'pass',
    at,
    resourceClass,
    group: text('group') ?? '',
    unclaimed: count(CLASS_METRIC.unclaimed),
    running: count('running'),
    want: count('want'),
    action: text('action'),
    reason: text('reason'),
    desired: count('desired'),
    previousDesired: count('previousDesired') ?? 0,
    min: count('min') ?? 0,
    max: count('max') ?? 0,
    headroom: count('headroom') ?? 0,
    pending: count('pending') ?? 0,
    inService: count('inService') ?? 0,
    finishing: count('finishing'),
    held: count(TROUBLE_METRIC.held) ?? 0,
    queueSeconds: count(CLASS_METRIC.queueSeconds),
    hold: text('hold'),
    schedule: text('schedule'),
    holdBack: text('holdBack'),
    warning: text('warning'),
    failure: text('failure'),
    error: text('error'),
  };
}

export function passLines(lines: readonly LoggedText[]): readonly PassLine[] {
  return lines.map(readLine).filter((line) => line?.kind === 'pass');
}

export function endLines(lines: readonly LoggedText[]): readonly EndLine[] {
  return lines.map(readLine).filter((line) => line?.kind === 'end');
}
