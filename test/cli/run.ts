/** Runs the command itself, in any folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../bin/runner-scaler.mjs', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the command of this project. */
  readonly command?: string;
  /** Called when it runs. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Called with everything that comes on standard error. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
  /** Called with everything that comes on standard output. */
  readonly onStdout?: (text: string, child: ChildProcess) => void;
  /** What it reads on standard input. Default: nothing. */
  readonly stdin?: string;
}

export async function runnerScaler(
  args: readonly string[],
  { cwd, env, command = COMMAND, onStart, onStderr, onStdout, stdin }: RunOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  onStart?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part) => {
    stdout += String(part);
    onStdout?.(String(part), child);
  });
  child.stderr.on('data', (part) => {
    stderr += String(part);
    onStderr?.(String(part), child);
  });
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return { code, stdout, stderr };
}
