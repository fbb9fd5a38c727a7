import { parse } from '../../cli/parse.ts';
import type { AnySubcommand } from '../../cli/subcommand.ts';

/** What a command is given when this is typed: a line without quotes, or its words. */
export async function typed<Given>(
  subcommand: AnySubcommand,
  line: string | readonly string[],
): Promise<Given> {
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const parsed = await parse('runner-scaler', subcommand, words);
  if (parsed === undefined) throw new Error('help was asked for');
  return parsed.given as Given;
}
