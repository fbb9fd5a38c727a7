/** Reads what nobody is to see: from a file, from standard input, or typed at the terminal without echo. */
import { readFile } from 'node:fs/promises';
import type { ReadStream } from 'node:tty';
import { errorFacts } from '../lambda/scaler/contract.ts';
import { Interrupted } from './interrupt.ts';
import { UsageError } from './usage-error.ts';

/** Secrets Manager takes no more, in bytes. */
const MOST_BYTES = 65_536;

/** @throws UsageError, Interrupted */
export async function readSecret(file: string | undefined, question: string): Promise<string> {
  if (file !== undefined) {
    return readFile(file, 'utf8').catch((error: unknown) => {
      throw new UsageError(`${file} cannot be read: ${errorFacts(error).message}`);
    });
  }
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return piped(stdin);
  return typedUnseen(stdin, (text) => void stderr.write(text), question);
}

async function piped(stdin: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const part of stdin) {
    text += String(part);
    if (text.length > MOST_BYTES) {
      throw new UsageError(`standard input is longer than ${MOST_BYTES} bytes, and no secret`);
    }
  }
  return text;
}

const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\u007F', '\b']);
const INTERRUPT = '\u0003';
/** What a terminal puts around what is pasted, and every other sequence of its keys. */
// oxlint-disable-next-line no-control-regex
const SEQUENCE = /\u001B\[[0-9;]*[A-Za-z~]/g;

/** @throws Interrupted when Ctrl-C is typed */
export async function typedUnseen(
  terminal: Pick<ReadStream, 'on' | 'off' | 'pause' | 'resume' | 'setRawMode'>,
  say: (text: string) => void,
  question: string,
): Promise<string> {
  say(question);
  terminal.setRawMode(true);
  terminal.resume();
  let onData: (part: Buffer | string) => void = () => undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      onData = (part) => {
        for (const key of String(part).replaceAll(SEQUENCE, '')) {
          if (key === INTERRUPT) reject(new Interrupted('interrupted; nothing was changed'));
          else if (ENTER.has(key)) resolve(typed);
          else if (BACKSPACE.has(key)) typed = typed.slice(0, -1);
          else typed += key;
        }
      };
      terminal.on('data', onData);
    });
  } finally {
    terminal.off('data', onData);
    terminal.setRawMode(false);
    terminal.pause();
    say('\n');
  }
}
