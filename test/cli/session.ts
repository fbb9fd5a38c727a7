/**
 * Runs the command many times in one process, so that only the first time pays for Node, tsx and the modules: some
 * 0.4 s of a processor each. It is loaded by tsx and from the same file as the command itself. What depends on being a
 * process (signals, a reader that leaves, several at once, what is loaded) is run by run.ts.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ended, RunOptions } from './run.ts';

export type SessionOptions = Pick<RunOptions, 'cwd' | 'stdin'>;

/** What is sent to the process. */
export interface Asked extends SessionOptions {
  readonly id: number;
  readonly args: readonly string[];
}

/** What it sends back. */
export interface Answered extends Ended {
  readonly id: number;
}

export interface Session {
  /** Runs after what was asked for before, whether that was waited for or not. */
  readonly run: (args: readonly string[], options?: SessionOptions) => Promise<Ended>;
  readonly end: () => Promise<void>;
}

const MAIN = fileURLToPath(new URL('session-main.ts', import.meta.url));

export function startSession(): Session {
  const child = fork(MAIN, {
    execArgv: ['--import', 'tsx'],
    // Named, because Jest gives the tests an environment of their own.
    env: process.env,
    // No terminal, whatever the tests were started from.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (part) => (complaint += String(part)));
  const gone = once(child, 'exit');
  const waiting = new Map<number, (ended: Ended) => void>();
  child.on('message', ({ id, ...ended }: Answered) => waiting.get(id)?.(ended));
  let asked = 0;
  return {
    run: async (args, options) => {
      const id = (asked += 1);
      const answer = new Promise<Ended>((resolve) => waiting.set(id, resolve));
      child.send({ id, args, ...options } satisfies Asked);
      const died = gone.then(() => {
        throw new Error(`the process ended by itself at ${args.join(' ')}\n${complaint}`);
      });
      return Promise.race([answer, died]);
    },
    end: async () => {
      child.disconnect();
      await gone;
    },
  };
}
