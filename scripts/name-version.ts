/**
 * npm's `version` script: `npm version 1.2.3` writes that number also into the source that names this project to
 * CircleCI, and leaves it to be committed with package.json.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMED = /(?<=\bUSER_AGENT = 'runner-scaler\/)[^']+(?=')/;

/** @returns the file that was changed */
export function nameVersion(folder: string, version: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
  const named = files.filter((file) => NAMED.test(readFileSync(file, 'utf8')));
  const [file] = named;
  if (file === undefined || named.length > 1) {
    throw new Error(
      `USER_AGENT = 'runner-scaler/…' is in ${named.length} files of ${folder}; needed: one`,
    );
  }
  writeFileSync(file, readFileSync(file, 'utf8').replace(NAMED, version));
  return file;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const version = process.env['npm_package_version'];
  if (version === undefined) throw new Error('npm runs this: npm version 1.2.3');
  process.stdout.write(`${nameVersion('lambda/scaler/demand', version)} names ${version}\n`);
}
