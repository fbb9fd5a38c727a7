/**
 * Runs one of several commands with what was typed. The only place where mistakes become sentences: a wrong
 * option, a missing value, a file that cannot be written and a reader that is gone end here, whatever the command.
 */
import { Command, CommanderError } from 'commander';
import { errorFacts } from '../lambda/scaler/contract.ts';
import { Interrupted, INTERRUPTED_CODE } from './interrupt.ts';
import { nameOf, type Options } from './option.ts';
import { checkWritable } from './output-file.ts';
import { type Parsed, parse, quiet, sentenceOf } from './parse.ts';
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
    const parsed = await parse(help, subcommand, args.slice(1));
    if (parsed === undefined) return;
    await checkOutputs(subcommand.options, parsed.given);
    const work = await subcommand.load();
    expected.push(...work.expected);
    const command = ['npx', program.name, ...args].map(shellWord).join(' ');
    await work.run(parsed.given, { names: parsed.names, command });
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
    if (error instanceof Interrupted) process.exitCode ??= INTERRUPTED_CODE;
    const sentence =
      [UsageError, Interrupted, ...expected].some((kind) => error instanceof kind) ||
      isOfSystem(error);
    const { message } = errorFacts(error);
    const text = sentence || !(error instanceof Error) ? message : (error.stack ?? message);
    process.stderr.write(`${text}\n`);
    if (error instanceof UsageError) {
      process.stderr.write(`${help} --help shows what is allowed\n`);
    }
    // Work that was interrupted has said so itself.
    process.exitCode ??= FAILED;
  }
}

/** Whether the operating system refused something, such as a full disk: its words are a sentence already. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
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
  const [first, asked] = args;
  if (first === 'help' && asked !== undefined) {
    await runProgram(program, Object.hasOwn(commands, asked) ? [asked, '--help'] : [asked]);
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

/** @throws UsageError for a file that could not be written when the work is done */
async function checkOutputs(options: Options, given: Parsed['given']): Promise<void> {
  const taken = new Map<string, string>();
  for (const [key, option] of Object.entries(options)) {
    const path = given[key];
    if (!option.writes || typeof path !== 'string') continue;
    const name = nameOf(option);
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
