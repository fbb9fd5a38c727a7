/** What was typed after the name of a command, read by the command's options. */
import { Command, CommanderError, Option as CommanderOption } from 'commander';
import { nameOf, type Options } from './option.ts';
import type { AnySubcommand } from './subcommand.ts';
import { UsageError } from './usage-error.ts';

export interface Parsed {
  /** The value of each option. */
  readonly given: Readonly<Record<string, unknown>>;
  /** What was typed after the options. */
  readonly names: readonly string[];
}

/** Of each option that was typed, its values in order; of a flag, an empty text. */
type Typed = Readonly<Record<string, readonly string[]>>;

/**
 * @param name the whole of it, for example `runner-scaler compare`
 * @returns undefined when help was asked for, which is then written to standard output
 * @throws UsageError naming the option, its value and what is allowed
 */
export async function parse(
  name: string,
  subcommand: AnySubcommand,
  args: readonly string[],
): Promise<Parsed | undefined> {
  const { options, elsewhere = {} } = subcommand;
  const typed: Record<string, string[]> = {};
  const command = commandOf(name, subcommand, (key, value) => (typed[key] ??= []).push(value));
  if (args.some((arg) => arg === '--help' || arg === '-h') && subcommand.moreHelp) {
    command.addHelpText('after', `\n${await subcommand.moreHelp()}`);
  }
  try {
    await command.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    const [stray] = command.args;
    if (error.code === 'commander.excessArguments' && stray !== undefined) {
      throw new UsageError(`unexpected argument ${JSON.stringify(stray)}; allowed: options only`);
    }
    const wrong = /'(--[a-z-]+)/.exec(error.message)?.[1] ?? '';
    throw new UsageError(elsewhere[wrong] ?? sentenceOf(error));
  }
  checkTogether(options, typed);
  const given = Object.entries(options).map(([key, option]): unknown[] => [
    key,
    option.read(typed[key] ?? [], nameOf(option)),
  ]);
  return { given: Object.fromEntries(given), names: command.args };
}

function commandOf(
  name: string,
  { about, details, options, names }: AnySubcommand,
  keep: (key: string, value: string) => void,
): Command {
  const command = quiet(new Command(name))
    .description(details === undefined ? about : `${about}\n\n${details}`)
    .allowExcessArguments(false)
    .action(() => undefined);
  if (names !== undefined) command.argument(names.flags, names.about);
  for (const [key, { flags, about, group }] of Object.entries(options)) {
    const option = new CommanderOption(flags, about);
    if (group !== undefined) option.helpGroup(group);
    command.addOption(option);
    command.on(`option:${option.name()}`, (value: string | null) => {
      if (value?.startsWith('--')) {
        throw new UsageError(`--${option.name()} has no value; allowed: ${flags}`);
      }
      keep(key, value ?? '');
    });
  }
  return command;
}

/** Throws instead of ending the process, and leaves it to others to say what was wrong. */
export function quiet(command: Command): Command {
  return command
    .exitOverride()
    .helpOption('-h, --help', 'shows this')
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ writeErr: () => undefined });
}

/** Commander's own words, as one line. */
export function sentenceOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/^option '(--[a-z-]+)( <[^']*)' argument missing$/, '$1 has no value; allowed: $1$2')
    .replace(/\.?\s*\n\(Did you mean (.*)\?\)$/s, '; did you mean $1?');
}

function checkTogether(options: Options, typed: Typed): void {
  const given = new Set(
    Object.entries(options).flatMap(([key, option]) => (typed[key] ? [nameOf(option)] : [])),
  );
  for (const option of Object.values(options)) {
    const name = nameOf(option);
    if (!given.has(name)) continue;
    const { needs, excludes } = option;
    if (needs !== undefined && !given.has(`--${needs}`)) {
      throw new UsageError(`${name} is given without --${needs}; allowed: both together`);
    }
    if (excludes !== undefined && given.has(`--${excludes}`)) {
      throw new UsageError(`${name} and --${excludes} are both given; allowed: one of them`);
    }
  }
}
