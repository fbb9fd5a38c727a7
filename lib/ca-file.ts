/**
 * Certificate authorities as a file beside the function's code: all its variables together have 4 kB, which is little
 * more than two certificates.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Its name beside the code. */
export const CA_FILE = 'ca.pem';

export interface CaFile {
  /** Commands that put it beside the code that was bundled, in any shell. */
  readonly hooks: {
    beforeInstall(): string[];
    beforeBundling(): string[];
    afterBundling(from: string, to: string): string[];
  };
  /** Ends its first place, once the function was bundled. */
  remove(): void;
}

export function caFile(certificates: readonly string[]): CaFile {
  const folder = mkdtempSync(join(tmpdir(), 'runner-scaler-ca-'));
  const path = join(folder, CA_FILE);
  writeFileSync(path, certificates.join(''));
  return {
    hooks: {
      beforeInstall: () => [],
      beforeBundling: () => [],
      // Not `cp`, which Windows lacks.
      afterBundling: (_, to) => [
        `node --eval "fs.copyFileSync(process.argv[1], process.argv[2])" "${path}" "${join(to, CA_FILE)}"`,
      ],
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
