import { inspect } from 'node:util';
import { nearest } from './nearest.ts';

/**
 * Reads one object of the config, key by key, and collects every mistake in it instead of stopping at the first.
 *
 * A refused value reads as one that no further comparison refuses again: a number as `NaN`, a text as '', a list
 * as []. So each mistake is reported once, and the caller, which throws if there are any, needs no second path
 * through its code.
 */
export interface ConfigReader {
  /** Reports a mistake in the value of `key`: what it is, and what is allowed. */
  refuse(key: string, allowed: string): void;
  /** Reports a mistake that is not about the value of a single key. */
  complain(problem: string): void;
  /** Whether the key has a value. */
  has(key: string): boolean;
  wholeNumber(key: string, range: NumberRange): number;
  /** A number that may be absent. */
  optionalWholeNumber(key: string, range: NumberRange): number | undefined;
  flag(key: string, fallback: boolean): boolean;
  text(key: string, rule: TextRule): string;
  /** A text that may be absent. */
  optionalText(key: string, rule: TextRule): string | undefined;
  choice<T extends string>(key: string, allowed: readonly T[]): T | undefined;
  /** A list of different texts; absent reads as []. */
  textList(key: string, rule: TextListRule): readonly string[];
  /** The value as it is, for values with their own shape. */
  raw(key: string): unknown;
  /** A reader of the object at `key`; absent reads as an object without keys. */
  object(key: string, keys: readonly string[]): ConfigReader;
}

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  /** The default; without one the key is required. */
  readonly fallback?: number;
  /** Why the range is what it is, where that is not obvious. */
  readonly why?: string;
}

export interface TextRule {
  readonly accepts: (text: string) => boolean;
  /** Completes the sentence "allowed: …". */
  readonly allowed: string;
  /** Whether a refused text may be a token in the wrong place, which no message may repeat. */
  readonly mayBeToken?: (text: string) => boolean;
}

export interface TextListRule extends TextRule {
  readonly least: number;
  readonly most: number;
}

export interface ObjectPlace {
  /** Where the object is, as the start of a message; '' for the config itself. */
  readonly where: string;
  /** The keys the object may have. */
  readonly keys: readonly string[];
  /** Receives the mistakes. */
  readonly problems: string[];
}

export function readObject(value: unknown, place: ObjectPlace): ConfigReader {
  const { where, keys } = place;
  if (!isRecord(value)) {
    place.problems.push(
      `${where === '' ? 'the config' : where} is ${show(value)}; allowed: an object with the keys ${keys.join(', ')}`,
    );
  }
  // If it is not an object, that is the only mistake reported.
  const problems = isRecord(value) ? place.problems : [];
  const fields = isRecord(value) ? value : {};
  const complain = (problem: string) => {
    problems.push(where === '' ? problem : `${where}: ${problem}`);
  };
  for (const key of Object.keys(fields)) {
    if (!keys.includes(key)) complain(unknownKey(key, keys));
  }

  // A key with the value undefined counts as absent, as in TypeScript.
  const raw = (key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined);
  const has = (key: string) => raw(key) !== undefined;
  const refuse = (key: string, allowed: string) => {
    complain(
      has(key)
        ? `${key} is ${show(raw(key))}; allowed: ${allowed}`
        : `${key} is missing; needed: ${allowed}`,
    );
  };
  const check = (key: string, rule: TextRule): string => {
    const value = raw(key);
    if (typeof value === 'string' && rule.accepts(value)) return value;
    if (typeof value === 'string' && rule.mayBeToken?.(value)) {
      complain(
        `${key} is a text of ${value.length} characters, not shown here because it may be a token; ` +
          `allowed: ${rule.allowed}`,
      );
    } else refuse(key, rule.allowed);
    return '';
  };
  const wholeNumber = (key: string, { least, most, fallback, why }: NumberRange): number => {
    const value = raw(key) ?? (has(key) ? undefined : fallback);
    if (isWholeNumber(value) && value >= least && value <= most) return value;
    const reason = why === undefined ? '' : `, because ${why}`;
    refuse(key, `a whole number from ${least} to ${most}${reason}`);
    return Number.NaN;
  };

  return {
    refuse,
    complain,
    has,
    raw,
    wholeNumber,
    optionalWholeNumber: (key, range) => (has(key) ? wholeNumber(key, range) : undefined),
    flag(key, fallback) {
      const value = has(key) ? raw(key) : fallback;
      if (typeof value === 'boolean') return value;
      refuse(key, 'true or false');
      return fallback;
    },
    text: check,
    optionalText: (key, rule) => (has(key) ? check(key, rule) : undefined),
    choice(key, allowed) {
      const found = allowed.find((known) => known === raw(key));
      if (found === undefined && has(key)) refuse(key, allowed.map(show).join(' or '));
      return found;
    },
    textList(key, rule) {
      if (!has(key) && rule.least === 0) return [];
      const value = raw(key);
      const within =
        Array.isArray(value) && value.length >= rule.least && value.length <= rule.most;
      if (!within) {
        refuse(key, `a list of ${rule.least} to ${rule.most} texts, each ${rule.allowed}`);
        return [];
      }
      const accepted = value.filter((item: unknown, index): item is string => {
        const good = typeof item === 'string' && rule.accepts(item);
        if (!good) complain(`${key}[${index}] is ${show(item)}; allowed: ${rule.allowed}`);
        else if (value.indexOf(item) < index) {
          complain(`${key}[${index}] is ${show(item)}, which is in the list already; remove it`);
        }
        return good;
      });
      return accepted.length === value.length ? accepted : [];
    },
    object(key, keys) {
      const inner = where === '' ? key : `${where}: ${key}`;
      return readObject(has(key) ? raw(key) : {}, { where: inner, keys, problems });
    },
  };
}

/** All keys of a declared type: a forgotten one does not compile. */
export function keysOf<T>(keys: Record<keyof Required<T>, true>): readonly string[] {
  return Object.keys(keys);
}

/**
 * A value as a message shows it: a text as JSON, everything else as Node prints it, on one line. What can be
 * recognised as a secret is left out: tokens of CircleCI and GitLab, and credentials in a URL.
 */
export function show(value: unknown): string {
  const text = (
    typeof value === 'string'
      ? JSON.stringify(value)
      : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
  )
    .replaceAll(/\n\s*/g, ' ')
    .replaceAll(/\bCCI[A-Z]+_[\w-]+/g, '***')
    .replaceAll(/\bgl(?:pat|rt|dt|ft|soat|agent|cbt|ptt|imt|ffct|oas)-[\w.-]+/g, '***')
    .replaceAll(/\/\/[^/@\s]*@/g, '//***@');
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function unknownKey(key: string, keys: readonly string[]): string {
  const alike = nearest(key, keys);
  return alike === undefined
    ? `unknown key ${show(key)}; allowed: ${keys.join(', ')}`
    : `unknown key ${show(key)}; did you mean ${alike}?`;
}
