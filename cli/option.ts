/** The kinds of options that commands are composed of. Each reads what was typed, or says what is allowed. */
import { UsageError } from './usage-error.ts';

export interface Option<T> {
  /** As help shows it, for example `--seed <n>`; without `<…>` it takes no value. */
  readonly flags: string;
  readonly about: string;
  /** @param typed every value that was given, in order; of a flag, one empty text */
  readonly read: (typed: readonly string[], name: string) => T;
  /** The heading in help under which it stands. Default: that of all options. */
  readonly group?: string;
  /** Another option without which it means nothing. */
  readonly needs?: string;
  /** Another option that cannot be given with it. */
  readonly excludes?: string;
  /** Whether its value is a file that the command writes. */
  readonly writes?: boolean;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** What a command is given: the value of each of its options. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

export function flag(flags: string, about: string): Option<boolean> {
  return { flags, about, read: (typed) => typed.length > 0 };
}

export function text(flags: string, about: string): Option<string | undefined> {
  return { flags, about, read: (typed) => typed.at(-1) };
}

/** Several words after one option, or the option several times. */
export function texts(flags: string, about: string): Option<readonly string[]> {
  return { flags, about, read: (typed) => typed };
}

/** A file that the command writes; whether it can is found out before the work. */
export function outputFile(flags: string, about: string): Option<string | undefined> {
  return { ...text(flags, about), writes: true };
}

export interface NumberRule {
  readonly least: number;
  readonly most?: number;
  readonly whole?: boolean;
}

export function number(flags: string, about: string, rule: NumberRule): Option<number | undefined> {
  const { least, most = Number.MAX_SAFE_INTEGER, whole = false } = rule;
  const range = rule.most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  return parsed(flags, about, (value, name) => {
    const read = value.trim() === '' ? Number.NaN : Number(value);
    if (read >= least && read <= most && (!whole || Number.isInteger(read))) return read;
    throw refused(name, value, `a ${whole ? 'whole ' : ''}number ${range}`);
  });
}

/** A number of things: seeds, processes, machines. */
export function count(flags: string, about: string): Option<number | undefined> {
  return number(flags, about, { least: 1, most: 9999, whole: true });
}

export function oneOf<const T extends string>(
  flags: string,
  about: string,
  allowed: readonly T[],
): Option<T | undefined> {
  return parsed(flags, `${about} (${allowed.join(', ')})`, (value, name) =>
    among(name, value, allowed),
  );
}

/** A text of a given form. */
export function matching(
  flags: string,
  about: string,
  { pattern, allowed }: { readonly pattern: RegExp; readonly allowed: string },
): Option<string | undefined> {
  return parsed(flags, about, (value, name) => {
    if (pattern.test(value)) return value;
    throw refused(name, value, allowed);
  });
}

export interface MaybeRule<T> {
  /** Where the option is typed without a value. */
  readonly otherwise: T;
  /** @returns undefined for what is not allowed */
  readonly read: (value: string) => T | undefined;
  readonly allowed: string;
}

/** An option that may be typed with a value or without: `--watch [seconds]`. Undefined where it is not typed. */
export function maybe<T>(
  flags: string,
  about: string,
  { otherwise, read, allowed }: MaybeRule<T>,
): Option<T | undefined> {
  return parsed(flags, about, (value, name) => {
    if (value === '') return otherwise;
    const found = read(value);
    if (found === undefined) throw refused(name, value, allowed);
    return found;
  });
}

/** Words separated by commas. */
export function words(flags: string, about: string): Option<readonly string[] | undefined> {
  return parsed(flags, about, (value) => value.split(',').map((word) => word.trim()));
}

/** Two words joined by `=`, as often as needed. */
export function pairs(flags: string, about: string): Option<Readonly<Record<string, string>>> {
  return {
    flags,
    about: `${about}; may be repeated`,
    read: (typed, name) => Object.fromEntries(typed.map((value) => pairOf(name, value))),
  };
}

/** The same, where the first word is one of a few. */
export function pairsAmong<Key extends string>(
  flags: string,
  about: string,
  keys: readonly Key[],
): Option<Readonly<Partial<Record<Key, string>>>> {
  return {
    flags,
    about: `${about}; may be repeated`,
    read(typed, name) {
      const read: Partial<Record<Key, string>> = {};
      for (const value of typed) {
        const [key, word] = pairOf(name, value);
        read[among(name, key, keys)] = word;
      }
      return read;
    },
  };
}

function pairOf(name: string, value: string): readonly [string, string] {
  const at = value.indexOf('=');
  if (at > 0 && at < value.length - 1) return [value.slice(0, at), value.slice(at + 1)];
  throw refused(name, value, 'two words joined by =');
}

/** The same option with a value where none is typed; help shows it. */
export function withDefault<T>(option: Option<T | undefined>, value: T): Option<T> {
  return {
    ...option,
    about: value === '' ? option.about : `${option.about}; default ${String(value)}`,
    read: (typed, name) => option.read(typed, name) ?? value,
  };
}

/** The same options under a heading, all of which need one of them. */
export function grouped<O extends Options>(group: string, options: O, needs?: string): O {
  const all = Object.entries(options).map(([name, option]): unknown[] => [
    name,
    { ...option, group, ...(needs !== undefined && needs !== name && { needs }) },
  ]);
  return Object.fromEntries(all);
}

/** `--seed` of `--seed <n>`. */
export function nameOf({ flags }: Pick<Option<unknown>, 'flags'>): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

/** @throws UsageError naming the option, what was given and all that is allowed */
export function among<T extends string>(name: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === given);
  if (found !== undefined) return found;
  throw refused(name, given, allowed.join(', '));
}

function parsed<T>(
  flags: string,
  about: string,
  read: (value: string, name: string) => T,
): Option<T | undefined> {
  return {
    flags,
    about,
    read(typed, name) {
      const value = typed.at(-1);
      return value === undefined ? undefined : read(value, name);
    },
  };
}

function refused(name: string, value: string, allowed: string): UsageError {
  return new UsageError(`${name} is ${JSON.stringify(value)}; allowed: ${allowed}`);
}
