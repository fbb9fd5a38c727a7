/**
 * Runs one of several commands with what was typed. The only place where mistakes become sentences: a wrong
 * option, a missing value, a file that cannot be written and a reader that is gone end here, whatever the command.
 */
import { Command, CommanderError, Option as CommanderOption } from 'commander';
import { errorFacts } from '../lambda/scaler/error-facts.ts';
import type { Options } from './option.ts';
import { checkWritable } from './output-file.ts';
import { shellWord } from './shell-word.ts';
import type { AnySubcommand } from './subcommand.ts';
import { UsageError } from './usage-error.ts';

export interface Program {
  readonly name: string;
  readonly about: string;
  readonly version: string;
  /** One per command, loaded when it is called; its sentence stands here for the list of all. */
  readonly commands: Readonly<Record<string, Listed>>;
}

export interface Listed {
  readonly about: string;
  readonly load: () => Promise<AnySubcommand>;
}

const FAILED = 1;
/** As shells have it for a process that SIGPIPE ended. */
const UNREAD = 141;

/** Runs what was typed and sets the exit code of the process. */
export async function runProgram(program: Program, args: readonly string[]): Promise<void> {
  const [called = ''] = args;
  const listed = Object.hasOwn(program.commands, called) ? program.commands[called] : undefined;
  if (listed === undefined) {
    stopUnread();
    await told({ help: program.name, expected: [] }, async () => listing(program, args));
    return;
  }
  const help = `${program.name} ${called}`;
  const subcommand = await listed.load();
  if (!subcommand.runsUnread) stopUnread();
  const expected: Expected[] = [];
  await told({ help, expected }, async () => {
    const typed = await parsed({ help, subcommand }, args.slice(1));
    if (typed === undefined) return;
    const given = read(subcommand.options, typed.values);
    await checkOutputs(subcommand.options, typed.values);
    const work = await subcommand.load();
    expected.push(...work.expected);
    const command = ['npx', program.name, ...args].map(shellWord).join(' ');
    await work.run(given, { names: typed.names, command });
  });
}

type Expected = Awaited<ReturnType<AnySubcommand['load']>>['expected'][number];

interface Telling {
  readonly help: string;
  readonly expected: readonly Expected[];
}

async function told({ help, expected }: Telling, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const sentence = [UsageError, ...expected].some((kind) => error instanceof kind);
    const { message } = errorFacts(error);
    const text = sentence || !(error instanceof Error) ? message : (error.stack ?? message);
    process.stderr.write(`${text}\n`);
    if (error instanceof UsageError) {
      process.stderr.write(`${help} --help shows what is allowed\n`);
    }
    process.exitCode = FAILED;
  }
}

/** Ends the process when nobody reads its output any more, as `| head` leaves it. */
function stopUnread(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.stderr.write('stopped: nobody reads the output any more\n', () => process.exit(UNREAD));
  });
  process.stderr.on('error', () => process.exit(UNREAD));
}

/** Answers everything that is not one of the commands: help, the version, a mistyped name. */
async function listing(program: Program, args: readonly string[]): Promise<void> {
  const { name, about, version, commands } = program;
  const all = quiet(new Command(name)).description(about).version(version);
  for (const [called, { about }] of Object.entries(commands))
    all.command(called).description(about);
  all.addHelpText('after', `\n${name} <command> --help shows the options of a command.`);
  const [, asked] = args;
  if (args[0] === 'help' && asked !== undefined && Object.hasOwn(commands, asked)) {
    await runProgram(program, [asked, '--help']);
    return;
  }
  if (args.length === 0) {
    process.stdout.write(all.helpInformation());
    throw new UsageError('no command is given');
  }
  try {
    await all.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(sentenceOf(error));
  }
}

interface Called {
  readonly help: string;
  readonly subcommand: AnySubcommand;
}

interface Typed {
  /** Of each option, what was typed, in order; none that was not given. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly names: readonly string[];
}

/** @returns undefined when help was asked for, which is then written */
async function parsed({ help, subcommand }: Called, args: readonly string[]) {
  const { about, details = '', options, names, moreHelp, elsewhere = {} } = subcommand;
  const command = quiet(new Command(help)).description(
    details === '' ? about : `${about}\n\n${details}`,
  );
  const values: Record<string, string[]> = {};
  const keep = (name: string, value: string) => (values[name] ??= []).push(value);
  for (const [name, { flags, about, group }] of Object.entries(options)) {
    const option = new CommanderOption(flags, about);
    if (group !== undefined) option.helpGroup(group);
    command.addOption(option);
    command.on(`option:${option.name()}`, (value: string | null) => {
      if (value?.startsWith('--')) {
        throw new UsageError(`--${option.name()} has no value; allowed: ${flags}`);
      }
      keep(name, value ?? '');
    });
  }
  if (names !== undefined) command.argument(names.flags, names.about);
  command.allowExcessArguments(false);
  const more = moreHelp !== undefined && args.some((arg) => arg === '--help' || arg === '-h');
  if (more) command.addHelpText('after', `\n${await moreHelp()}`);
  command.action(() => undefined);
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
    const there = error.code === 'commander.unknownOption' ? elsewhere[wrong] : undefined;
    throw new UsageError(there ?? sentenceOf(error));
  }
  const typed: Typed = { values, names: command.args };
  return typed;
}

function quiet(command: Command): Command {
  return command
    .exitOverride()
    .helpOption('-h, --help', 'shows this')
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ writeErr: () => undefined });
}

/** Commander's own words, as one line. */
function sentenceOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/\.?\s*\n\(Did you mean (.*)\?\)$/s, '; did you mean $1?');
}

/** @throws UsageError naming the option, its value and what is allowed */
function read(options: Options, typed: Typed['values']): Readonly<Record<string, unknown>> {
  const given = (flagName: string) => typed[keyOf(options, flagName)] !== undefined;
  for (const [name, { flags, needs, excludes }] of Object.entries(options)) {
    if (typed[name] === undefined) continue;
    if (needs !== undefined && !given(needs)) {
      throw new UsageError(
        `${nameOf(flags)} is given without --${needs}; allowed: together with --${needs}`,
      );
    }
    if (excludes !== undefined && given(excludes)) {
      throw new UsageError(
        `${nameOf(flags)} and --${excludes} are both given; allowed: one of them`,
      );
    }
  }
  const values = Object.entries(options).map(([name, option]): unknown[] => [
    name,
    option.read(typed[name] ?? [], nameOf(option.flags)),
  ]);
  return Object.fromEntries(values);
}

async function checkOutputs(options: Options, typed: Typed['values']): Promise<void> {
  const taken = new Map<string, string>();
  for (const [key, { flags, writes }] of Object.entries(options)) {
    const path = writes ? typed[key]?.at(-1) : undefined;
    if (path === undefined) continue;
    const name = nameOf(flags);
    const other = taken.get(path);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${name} are both ${JSON.stringify(path)}; allowed: two files`,
      );
    }
    taken.set(path, name);
    await checkWritable(name, path);
  }
}

function keyOf(options: Options, flagName: string): string {
  const found = Object.entries(options).find(([, { flags }]) => nameOf(flags) === `--${flagName}`);
  return found?.[0] ?? flagName;
}

/** `--seed` of `--seed <n>`. */
function nameOf(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}
