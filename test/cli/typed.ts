import { parse } from '../../cli/parse.ts';
import type { AnySubcommand } from '../../cli/subcommand.ts';

/** What a command is given when this is typed, in the form that it says itself. */
export async function typed<Given>(subcommand: AnySubcommand, line: string): Promise<Given> {
  const words = line.split(' ').filter((word) => word !== '');
  const parsed = await parse('runner-scaler', subcommand, words);
  if (parsed === undefined) throw new Error('help was asked for');
  return parsed.given as Given;
}
