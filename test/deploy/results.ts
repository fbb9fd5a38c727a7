import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Keeps what a run found out, for whoever reads it later. */
export async function keepResult(file: string, data: unknown): Promise<void> {
  const path = resolve('out/deploy', file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(data, null, 2)}\n`);
}
