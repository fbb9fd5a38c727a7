/** The files that a command writes when its work is done. */
import { constants } from 'node:fs';
import { access, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorFacts } from '../lambda/scaler/contract.ts';
import { UsageError } from './usage-error.ts';

/** Writes a file, and its folder where that is missing. */
export async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/**
 * Finds out, before the work, whether `save` will be able to write the file. One missing folder is made
 * later; more than one is taken for a typing error.
 *
 * @param option as it was typed, for example `--out`
 * @throws UsageError naming the option and what stands in the way
 */
export async function checkWritable(option: string, path: string): Promise<void> {
  const refused = (why: string) =>
    new UsageError(
      `${option} is ${JSON.stringify(path)}${why}; allowed: a file that can be written`,
    );
  if (path === '') throw refused('');
  const file = resolve(path);
  const kind = await kindOf(file);
  if (kind === 'folder') throw refused(', which is a folder');
  if (kind === 'none' && /[\\/]$/.test(path)) throw refused(', which names a folder');
  let target = file;
  if (kind === 'none') {
    target = dirname(file);
    if ((await kindOf(target)) === 'none') target = dirname(target);
    const holder = await kindOf(target);
    if (holder === 'none') throw refused(`, but there is no folder ${target}`);
    if (holder === 'file') throw refused(`, but ${target} is no folder`);
  }
  await access(target, constants.W_OK).catch((error: unknown) => {
    throw refused(` (${errorFacts(error).message})`);
  });
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'none'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'none';
  }
}
