/** A mirror of packages with one small package, or several, as apt reads it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** @returns the mirror's files by path; each package puts its one file where it is said, executable */
export function mirrorOf(
  packages: Readonly<Record<string, { readonly path: string; readonly content: Buffer | string }>>,
): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const entries = Object.entries(packages).map(([name, { path, content }]) => {
    const folder = mkdtempSync(join(tmpdir(), 'package-'));
    const control = `Package: ${name}\nVersion: 99:1\nArchitecture: all\nMaintainer: tests <tests@example.com>\nDescription: stands in for ${name}\n`;
    for (const [file, text] of [
      ['DEBIAN/control', control],
      [path, content],
    ] as const) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text, { mode: 0o755 });
    }
    const archive = `${folder}.deb`;
    execFileSync('dpkg-deb', ['--build', '--root-owner-group', folder, archive], { stdio: 'pipe' });
    const deb = readFileSync(archive);
    rmSync(folder, { recursive: true });
    rmSync(archive);
    files.set(`${name}.deb`, deb);
    const sha256 = createHash('sha256').update(deb).digest('hex');
    return `${control}Filename: ./${name}.deb\nSize: ${deb.length}\nSHA256: ${sha256}\n`;
  });
  const index = Buffer.from(entries.join('\n'));
  files.set('Packages', index);
  files.set('Packages.gz', gzipSync(index));
  return files;
}
