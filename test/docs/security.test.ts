/** What the page claims is shown by tests that exist, in files that are run. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { pageOf, rowsOf } from './page.ts';

const PAGE = pageOf('docs/security.md');

/** What Jest runs by one of its configurations, and the cases that such a file calls for each machine or source. */
const RUN = /\.(test|proof|deploy|cases)\.ts$|\/source-contract\/[a-z]+\.ts$/;

interface Proof {
  readonly file: string;
  readonly name: string;
}

function proofsIn(text: string): readonly Proof[] {
  return [...text.matchAll(/`(test\/[^`]+)`: ((?:“[^”]+”(?:, )?)+)/g)].flatMap(
    ([, file = '', names = '']) =>
      [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({ file, name })),
  );
}

/** Whether the text of a file has it as a whole string. */
function names(text: string, name: string): boolean {
  const plain = text.replaceAll("\\'", "'");
  return ["'", '"', '`'].some((quote) => plain.includes(`${quote}${name}${quote}`));
}

function isShown({ file, name }: Proof): boolean {
  const path = new URL(`../../${file}`, import.meta.url);
  return RUN.test(file) && existsSync(path) && names(pageOf(file), name);
}

describe('a claim of the page on security', () => {
  const claims = PAGE.split('\n\n').flatMap((paragraph) => {
    const [header, ...rows] = rowsOf(paragraph);
    return header?.at(-1) === 'shown by' ? rows : [];
  });

  test('names at least one test', () => {
    expect(claims.length).toBeGreaterThan(30);
    expect(claims.filter((row) => proofsIn(row.at(-1) ?? '').length === 0)).toEqual([]);
  });

  test('names tests that exist', () => {
    expect(proofsIn(PAGE).filter((proof) => !isShown(proof))).toEqual([]);
  });

  test('is not shown by a test of another name, or a file that nobody runs', () => {
    const file = 'test/docs/security.test.ts';
    const name = 'names tests that exist';
    expect(isShown({ file, name })).toBe(true);
    expect(isShown({ file, name: name.slice(0, -1) })).toBe(false);
    expect(isShown({ file: 'test/docs/gone.test.ts', name })).toBe(false);
    expect(isShown({ file: 'test/docs/page.ts', name: 'utf8' })).toBe(false);
  });
});
