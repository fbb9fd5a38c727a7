/** Asks the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from './usage-error.ts';

/** @throws UsageError where there is no terminal to answer at */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError('nobody can be asked here; nothing was changed; go on with --yes');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal's own Ctrl-C would otherwise only end the question.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
}
