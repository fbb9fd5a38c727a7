import { errorFacts } from '../../lambda/scaler/contract.ts';
import { UsageError } from './options.ts';

export interface Command {
  /** What the user typed, for example `npm start`. */
  readonly name: string;
  readonly main: (args: readonly string[]) => Promise<void>;
  /** Errors that the user can mend, beside those of the command line: told in a sentence, without a stack. */
  readonly expected: readonly (new (...args: never[]) => Error)[];
}

/** Runs a command with the arguments of the process; where it fails, says so and sets the exit code. */
export async function runCommand({ name, main, expected }: Command): Promise<void> {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const told = [UsageError, ...expected].some((kind) => error instanceof kind);
    process.stderr.write(
      `${told || !(error instanceof Error) ? errorFacts(error).message : error.stack}\n`,
    );
    if (error instanceof UsageError) {
      process.stderr.write(`${name} -- --help tells what is allowed\n`);
    }
    process.exitCode = 1;
  }
}
