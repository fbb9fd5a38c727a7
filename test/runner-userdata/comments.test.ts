/** Comments and indentation are left out of user data, and nothing else: a lost line would be lost on every machine. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { renderScript, withoutComments } from '../../runner-userdata/linux/render.ts';
import { complaints } from './complaints.ts';
import { OPTIONS } from './machine.ts';
import { SHELL_FILES } from './shell-files.ts';

/** Code as a parser understands it, in one form: text in quotes and here-documents is left as it is. */
function parsed(code: string): string {
  return complaints('shfmt', ['-mn', '-ln', 'bash'], code);
}

describe.each(SHELL_FILES.map((file) => [basename(file), file]))(
  '%s without comments',
  (_, file) => {
    const code = readFileSync(file, 'utf8');

    test('is the same code', () => {
      const whole = parsed(code.replace(/^#!.*\n/, ''));
      expect(whole).toContain('(){\n');
      expect(parsed(withoutComments(code))).toBe(whole);
    });

    test('has the same lines besides, in their order', () => {
      const left = withoutComments(code).split('\n');
      const dropped: string[] = [];
      for (const line of code.split('\n')) {
        if (line === left[0] || line.trimStart() === left[0]) left.shift();
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

describe('indentation', () => {
  test('is left out, also of what continues a line', () => {
    expect(withoutComments('if true; then\n  one \\\n    two\nfi')).toBe(
      'if true; then\none \\\ntwo\nfi',
    );
  });

  test.each([
    ["python3 -c '\nif x:\n    y()\n# kept\n'", '\n  # left out\n  true'],
    ['say "one\n  \'two\'\n\n  # kept"', '\n  # left out\n  true'],
    [`say 'back\\' "it's \\" one\n  # kept"`, '\n  # left out\n  true'],
  ])('is kept in what stands in quotes: %j', (quoted, after) => {
    expect(withoutComments(quoted + after)).toBe(`${quoted}\ntrue`);
  });
});

test('the boot script of a config keeps its comments', () => {
  const bootScript = '# why\n\ntrue # because\n';
  expect(renderScript({ ...OPTIONS, bootScript })).toContain(`BOOT_SCRIPT='${bootScript}'\n`);
});
