import { readFileSync } from 'node:fs';

/** A page of the documentation, as it is written. */
export function pageOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** What is below a heading, up to the next one of any level. */
export function sectionOf(page: string, heading: string): string {
  const [, below = ''] = page.split(`\n${heading}\n`);
  return below.split(/\n#+ /)[0] ?? '';
}

/** The cells of each row of the tables in it, headers included. */
export function rowsOf(section: string): readonly (readonly string[])[] {
  return section
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ :|-]+\|$/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** With one space where the page breaks a line. */
export function flowing(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
