/** What each command of `runner-scaler` says of itself. */
import type { Options, Values } from './option.ts';

export interface Subcommand<O extends Options = Options> {
  /** One sentence, for the list of commands. */
  readonly about: string;
  /** What its help says beside the options. Default: only `about`. */
  readonly details?: string;
  readonly options: O;
  /** Names after the options, for example configs. Default: none are taken. */
  readonly names?: { readonly flags: string; readonly about: string };
  /** Further lines of help that take work to find out, such as the names of rules. */
  readonly moreHelp?: () => Promise<string>;
  /** What to say to options that people expect here, by name. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** Whether the command goes on when nobody reads what it prints any more. Default: it stops. */
  readonly runsUnread?: boolean;
  /** Loads what does the work, so that help and mistakes are answered without it. */
  readonly load: () => Promise<Work<O>>;
}

export interface Work<O extends Options> {
  readonly run: (given: Values<O>, call: Call) => Promise<void>;
  /** Errors that the user can correct: told in a sentence, without a stack. */
  readonly expected: readonly (new (...args: never[]) => Error)[];
}

/** How the command was called. */
export interface Call {
  /** What was typed after the options. */
  readonly names: readonly string[];
  /** The command that repeats it, for a shell. */
  readonly command: string;
}

/** Keeps the types of the options with the command. */
export function subcommand<O extends Options>(command: Subcommand<O>): AnySubcommand {
  return command;
}

/** A command among others, whose options have any type. */
export type AnySubcommand = Omit<Subcommand, 'load'> & {
  // A method, because what one command is given is not what any other is.
  load(): Promise<{
    run(given: Readonly<Record<string, unknown>>, call: Call): Promise<void>;
    readonly expected: Work<Options>['expected'];
  }>;
};
