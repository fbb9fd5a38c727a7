/**
 * Certificate authorities as a file beside the function's code: all its variables together have 4 kB, which is little
 * more than two certificates.
 *
 * Node reads the file that the variable names when it starts, and trusts what is in it besides the public ones, in
 * every client of the process. Code that set the authorities would have to do it in each client, and in place of the
 * public ones.
 *
 * @see https://nodejs.org/api/cli.html#node_extra_ca_certsfile
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = 'ca.pem';

/** Lambda unpacks the code here. */
const CODE = '/var/task';

export const CA_VARIABLES = { NODE_EXTRA_CA_CERTS: `${CODE}/${NAME}` } as const;

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
  const path = join(folder, NAME);
  writeFileSync(path, certificates.join(''));
  return {
    hooks: {
      beforeInstall: () => [],
      beforeBundling: () => [],
      // Not `cp`, which Windows lacks.
      afterBundling: (_, to) => [
        `node --eval "fs.copyFileSync(process.argv[1], process.argv[2])" "${path}" "${join(to, NAME)}"`,
      ],
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
