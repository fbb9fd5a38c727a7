/** GitHub's own runner, which the user has unpacked, as a process of this computer. */
import { spawn } from 'node:child_process';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GitHubProbeError } from './call.ts';
import type { StartRunner } from './busy-questions.ts';

/** What it writes of a registration. */
const WRITTEN = ['.runner', '.credentials', '.credentials_rsaparams'];

/** After the signal, for the job that it has. */
const PATIENCE_MS = 20_000;

/** @throws GitHubProbeError for a folder without a runner, or with one that is registered */
export async function runnerIn(folder: string): Promise<StartRunner> {
  const program = join(folder, 'run.sh');
  if (!(await exists(program))) {
    throw new GitHubProbeError(`${program} does not exist; unpack GitHub's runner in ${folder}`);
  }
  for (const file of WRITTEN) {
    if (await exists(join(folder, file))) {
      throw new GitHubProbeError(`${folder} has a registered runner (${file}); use another folder`);
    }
  }
  return async (jitConfig, onLine) => {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(program, {
      cwd: folder,
      // A group, so that the worker is ended too. The job must not see the probe's own token.
      detached: true,
      env: { PATH, HOME, ACTIONS_RUNNER_INPUT_JITCONFIG: jitConfig },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = new Promise<void>((resolve) => {
      child.on('close', () => resolve());
      child.on('error', () => resolve());
    });
    createInterface({ input: child.stdout }).on('line', onLine);
    const signalled = (signal: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended.
      }
    };
    return {
      async stop() {
        signalled('SIGINT');
        const timer = setTimeout(() => signalled('SIGKILL'), PATIENCE_MS);
        await ended;
        clearTimeout(timer);
        await Promise.all(WRITTEN.map(async (file) => rm(join(folder, file), { force: true })));
      },
    };
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
