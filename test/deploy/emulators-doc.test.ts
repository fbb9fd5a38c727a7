import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { CASES } from './cases.ts';

const PAGE = new URL('../../docs/emulators.md', import.meta.url);
const HEADING = '## Requests that moto answers unlike AWS';

describe('the page about the emulators', () => {
  test('names every difference of the table that is tested, and no other', () => {
    expect(rowsOf(sectionOf(readFileSync(PAGE, 'utf8')))).toEqual([
      ['request', 'AWS, and ours', 'moto'],
      ...CASES.flatMap(({ name, difference }) =>
        difference === undefined
          ? []
          : [[name, `${difference.aws} ([source](${difference.source}))`, difference.moto]],
      ),
    ]);
  });

  test('no two requests have the same name', () => {
    const names = CASES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

function sectionOf(page: string): string {
  const from = page.indexOf(HEADING) + HEADING.length;
  return page.slice(from, page.indexOf('\n## ', from));
}

function rowsOf(section: string): readonly (readonly string[])[] {
  return section
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
