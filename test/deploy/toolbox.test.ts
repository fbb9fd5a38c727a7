import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { prepareToolbox } from './toolbox.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolbox-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the tools of the deployment test', () => {
  test('without Python it says so, and how to get it', async () => {
    const preparing = prepareToolbox({ cache: folder, env: { PATH: folder } });
    await expect(preparing).rejects.toThrow(
      /^python3 --version: spawn python3 ENOENT\nPython 3\.10 or later is needed; install it \(Debian/,
    );
  });

  test('an older Python is refused by its version', async () => {
    const env = await pathWith({ python3: 'echo Python 3.9.2' });
    await expect(prepareToolbox({ cache: folder, env })).rejects.toThrow(
      'python3 is Python 3.9.2; allowed: Python 3.10 or later; name another in PYTHON',
    );
  });

  test('a Python without venv is named with the package that brings it', async () => {
    const env = await pathWith({
      python3: '[ "$1" = --version ] && echo Python 3.11.2 || { echo no ensurepip; exit 1; }',
    });
    await expect(prepareToolbox({ cache: folder, env })).rejects.toThrow(
      /no ensurepip\nPython needs its venv module \(Debian and Ubuntu: apt-get install python3-venv\)$/,
    );
  });

  test('a missing compiler is named with the package that brings it', async () => {
    const env = await pathWith({ python3: PYTHON, cmake: 'exit 0', make: 'exit 0' });
    await expect(prepareToolbox({ cache: folder, env })).rejects.toThrow(
      /spawn g\+\+ ENOENT\nAWS's runtime client is compiled with g\+\+; install it \(Debian and Ubuntu: apt-get/,
    );
  });
});

/** A Python that can do everything and does nothing; as `python3 -m venv FOLDER` it copies itself. */
const PYTHON = `
case "$1 $2" in
  "-m venv") /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python" ;;
  *) echo Python 3.11.2 ;;
esac`;

/** An environment whose PATH has these programs, given as shell, and no others. */
async function pathWith(programs: Readonly<Record<string, string>>) {
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { PATH: folder };
}
