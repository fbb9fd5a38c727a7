/** Where a command writes its results, and how wide that is. */
import { wrapped } from './words.ts';

/** Of the terminal; undefined in a pipe or a file, whose lines may be of any length. */
export function screenColumns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}

/** A line that is typed or copied as it stands. */
const COMMAND = /^ +(npm|npx|aws) /;

/** Prints lines, each broken where the terminal ends; what is to be copied stays whole. */
export function print(text: string, indent = 2): void {
  const columns = screenColumns();
  const lines = text
    .split('\n')
    .map((line) => (COMMAND.test(line) ? line : wrapped(line, { columns, indent })));
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints one JSON object, for a program to read. */
export function printJson(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

const CLEAR = '\u001B[2J\u001B[H';

/** What clears the screen and goes to its beginning; empty where that would be noise, as `NO_COLOR` says it is. */
export function clearing(): string {
  const { NO_COLOR = '', TERM } = process.env;
  return process.stdout.isTTY && NO_COLOR === '' && TERM !== 'dumb' ? CLEAR : '';
}
