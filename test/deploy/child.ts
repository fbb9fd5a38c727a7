/** Programs this test runs: to their end, or beside it until they are ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly cwd?: string;
  /** Milliseconds. Default: two minutes. */
  readonly timeoutMs?: number;
}

/** Thrown when a program could not be started, took too long, or did not end with status 0. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** Nothing of that name could be started. */
  readonly missing: boolean;

  constructor(message: string, missing: boolean) {
    super(message);
    this.missing = missing;
  }
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output
 * @throws CommandError with the end of what it wrote
 */
export async function run(options: Command): Promise<string> {
  const { command, args, timeoutMs = 120_000 } = options;
  const said = `${command} ${args.join(' ')}`;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    // Not spawn's own limit, whose timer goes on when nothing could be started.
    const limit = setTimeout(() => void child.kill('SIGKILL'), timeoutMs);
    const out: Buffer[] = [];
    const all: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => void (out.push(part), all.push(part)));
    child.stderr.on('data', (part: Buffer) => void all.push(part));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      reject(new CommandError(`${said}: ${error.message}`, error.code === 'ENOENT'));
    });
    child.on('close', (status, signal) => {
      clearTimeout(limit);
      if (status === 0) {
        resolve(Buffer.concat(out).toString('utf8'));
        return;
      }
      const end = signal === null ? `status ${status}` : `${signal} (limit ${timeoutMs / 1000} s)`;
      const tail = Buffer.concat(all).toString('utf8').trim().slice(-4000);
      reject(new CommandError(`${said} ended with ${end}:\n${tail}`, false));
    });
  });
}

export interface Companion {
  readonly process: ChildProcess;
  /** Its exit status, or the signal that ended it; undefined while it runs. */
  exit(): number | string | undefined;
  send(line: string): void;
  end(): Promise<void>;
}

/** Starts a program beside the test; each line it writes is handed over as it comes. */
export function start(
  options: Command,
  onLine: (line: string) => void,
  onExit: (status: number | string) => void = () => undefined,
): Companion {
  const child = spawn(options.command, options.args, {
    env: options.env ?? process.env,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  createInterface({ input: child.stdout }).on('line', onLine);
  createInterface({ input: child.stderr }).on('line', onLine);
  child.stdin.on('error', () => undefined);
  let exit: number | string | undefined;
  const ended = new Promise<void>((resolve) => {
    const end = (status: number | string) => {
      exit ??= status;
      onExit(exit);
      resolve();
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (status, signal) => end(status ?? signal ?? 'unknown'));
  });
  return {
    process: child,
    exit: () => exit,
    send: (line) => void child.stdin.write(`${line}\n`),
    async end() {
      child.stdin.end();
      child.kill('SIGKILL');
      await ended;
    },
  };
}
