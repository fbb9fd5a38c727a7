/** The process behind session.ts: runs one command after another, by the file that the command itself runs. */
import { Readable } from 'node:stream';
import type { Answered, Asked } from './session.ts';
import type { Ended } from './run.ts';

const HOME = process.cwd();

let last = Promise.resolve();
process.on('message', (asked: Asked) => {
  last = answer(asked, last);
});

async function answer(asked: Asked, before: Promise<void>): Promise<void> {
  await before;
  const answered: Answered = { id: asked.id, ...(await run(asked)) };
  process.send?.(answered);
}

async function run({ id, args, cwd = HOME, stdin = '' }: Asked): Promise<Ended> {
  process.chdir(cwd);
  Object.defineProperty(process, 'stdin', { value: Readable.from([stdin]), configurable: true });
  process.argv.splice(2, process.argv.length, ...args);
  process.exitCode = undefined;
  forgetListeners();
  const [stdout, stderr] = [kept(process.stdout), kept(process.stderr)];
  // Modules are kept, but for the first: it reads the command line.
  await import(`../../bin/runner-scaler.ts?${id}`);
  return { code: exitCode(), stdout: stdout(), stderr: stderr() };
}

function exitCode(): number {
  return Number(process.exitCode ?? 0);
}

/** Each command listens for signals and for a reader that leaves, to the end of its process: here neither comes. */
function forgetListeners(): void {
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
}

/** What is written from now on. */
function kept(stream: NodeJS.WriteStream): () => string {
  let text = '';
  stream.write = (part: string | Uint8Array, ...more: unknown[]) => {
    text += typeof part === 'string' ? part : Buffer.from(part).toString();
    const done = more.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
  return () => text;
}
