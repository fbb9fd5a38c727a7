/** Comments are left out of user data, and nothing else: a lost line would be lost on every machine. */
import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { renderScript, withoutComments } from '../../runner-userdata/linux/render.ts';
import { OPTIONS } from './machine.ts';
import { SHELL_FILES } from './shell-files.ts';

/** Every function as bash has understood it. Only definitions are run, and no command is found. */
function functionsOf(code: string): string {
  const definitions = code.replace(/^case [^]*$/m, '');
  return execFileSync('/bin/bash', ['--norc', '-c', 'eval "$0"; declare -f', definitions], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent', BOOT_TIMEOUT: '1' },
  });
}

describe.each(SHELL_FILES.map((file) => [basename(file), file]))(
  '%s without comments',
  (_, file) => {
    const code = readFileSync(file, 'utf8');

    test('has the same functions', () => {
      const functions = functionsOf(code);
      expect(functions).toContain(' () \n{');
      expect(functionsOf(withoutComments(code))).toBe(functions);
    });

    test('has the same lines besides, in their order', () => {
      const left = withoutComments(code).split('\n');
      const dropped: string[] = [];
      for (const line of code.split('\n')) {
        if (line === left[0]) left.shift();
        else dropped.push(line);
      }
      expect(left).toEqual([]);
      expect(dropped.filter((line) => !/^\s*(#.*)?$/.test(line))).toEqual([]);
    });

    test('has none left outside of what it writes', () => {
      const outside = withoutComments(code).replaceAll(/<<'?(EOF)'?[^]*?\nEOF\n/g, '');
      expect(outside).not.toMatch(/^\s*#/m);
    });
  },
);

describe('a here-document', () => {
  test.each(["<<'EOF'", '<<EOF', '>file <<EOF', '<<EOF | sh'])(
    'begun by %s is kept whole',
    (start) => {
      const document = `cat ${start}\n#!/bin/bash\n\n  # a comment of its own\nEOF\n`;
      expect(withoutComments(`# one\n${document}\n# two\ntrue`)).toBe(`${document}true`);
    },
  );

  test('ends where bash ends it', () => {
    const code = 'cat <<EOF\n# kept\n EOF\nEOF2\n# kept\nEOF\n# left out\ntrue';
    expect(withoutComments(code)).toBe('cat <<EOF\n# kept\n EOF\nEOF2\n# kept\nEOF\ntrue');
  });

  test('is no here-string, and no shift', () => {
    const code = 'read -r x <<<"$y"\n# left out\n((x = 1 << 2))\n# left out\ntrue';
    expect(withoutComments(code)).toBe('read -r x <<<"$y"\n((x = 1 << 2))\ntrue');
  });
});

test('the boot script of a config keeps its comments', () => {
  const bootScript = '# why\n\ntrue # because\n';
  expect(renderScript({ ...OPTIONS, bootScript })).toContain(`BOOT_SCRIPT='${bootScript}'\n`);
});
