/** Whether a program is here, and works. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Program } from './programs.ts';

/** Where Debian keeps programs of the administrator, which are not on everybody's path. */
const ALSO = ['/usr/sbin', '/sbin'];

/** The path of a program that works, or undefined. */
export function findProgram(program: Program, env: NodeJS.ProcessEnv): string | undefined {
  const chosen = program.variable && env[program.variable];
  const paths = chosen ? [chosen] : program.names.flatMap((name) => pathsOf(name, env));
  return (
    paths.find((path) => works(program, path, env)) ??
    (chosen || !program.download
      ? undefined
      : [program.download.path()].find((path) => works(program, path, env)))
  );
}

function pathsOf(name: string, env: NodeJS.ProcessEnv): readonly string[] {
  if (isAbsolute(name)) return [name];
  const folders = [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), ...ALSO];
  return folders.map((folder) => join(folder, name));
}

function works(program: Program, path: string, env: NodeJS.ProcessEnv): boolean {
  try {
    accessSync(path, isAbsolute(program.names[0] ?? '') ? constants.R_OK : constants.X_OK);
  } catch {
    return false;
  }
  if (program.proof === undefined) return true;
  const { status, stdout } = spawnSync(path, program.proof, { env, encoding: 'utf8' });
  return status === 0 && program.refused?.test(stdout) !== true;
}
