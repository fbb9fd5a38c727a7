import { spawnSync } from 'node:child_process';

/** All that a tool says; a clean run says nothing. */
export function complaints(command: string, parameters: readonly string[], input = ''): string {
  const result = spawnSync(command, parameters, { input, encoding: 'utf8' });
  if (result.error !== undefined) {
    throw new Error(
      `${command} cannot be run; install it: apt-get install shellcheck shfmt systemd`,
      {
        cause: result.error,
      },
    );
  }
  return `${result.stdout}${result.stderr}${result.status === 0 ? '' : `exit ${result.status}`}`;
}
