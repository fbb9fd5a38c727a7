/** A computer of the tests: a folder that is its whole PATH, with programs that are shell scripts. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../scripts/install-programs.ts';

export interface Stage {
  readonly folder: string;
  readonly host: Host;
  /** Lines that were said. */
  readonly said: string[];
  add(name: string, script?: string): void;
  /** Commands that the scripts wrote down. */
  calls(): readonly string[];
  remove(): void;
}

export function stage(differences: Partial<Pick<Host, 'root' | 'system'>> = {}): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'));
  const said: string[] = [];
  const calls = join(folder, 'calls.txt');
  writeFileSync(calls, '');
  symlinkSync('/usr/bin/env', join(folder, 'env'));
  return {
    folder,
    said,
    host: {
      env: { PATH: folder, CALLS: calls, FOLDER: folder },
      root: true,
      system: 'debian',
      ...differences,
      say: (line) => said.push(line),
    },
    add(name, script = 'exit 0') {
      writeFileSync(join(folder, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    },
    calls: () => readFileSync(calls, 'utf8').split('\n').filter(Boolean),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** An apt-get that knows packages of these names, each with the one program `PACKAGE-program`. */
export function aptWith(...packages: readonly string[]): string {
  return `
printf 'apt-get %s\\n' "$*" >>"$CALLS"
[[ " $* " == *" install "* ]] || exit 0
echo "frontend $DEBIAN_FRONTEND" >>"$CALLS"
for word; do :; [[ $word == test-* ]] || continue
  [[ " ${packages.join(' ')} " == *" $word "* ]] || { echo "E: no installation candidate for $word"; exit 100; }
done
for word; do
  [[ $word == test-* ]] || continue
  printf '#!/bin/bash\\n' >"$FOLDER/$word-program"
  /bin/chmod +x "$FOLDER/$word-program"
done`;
}
