/** Links between the pages lead to a file, and to a heading that it has. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pageOf } from './page.ts';

const ROOT = new URL('../../', import.meta.url);
const markdown = (folder: string) =>
  readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const PAGES = ['./', 'docs/', 'docs/decisions/'].flatMap(markdown);

/** As GitHub names them: small letters, hyphens for spaces, without other marks. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = withoutCode(page).matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function withoutCode(page: string): string {
  return page
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`\n]+`\]/g, (code) => `${code.slice(1, -2)}]`);
}

function isBroken(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const to = path === '' ? from : join(dirname(from), path);
  if (!existsSync(new URL(to, ROOT))) return true;
  return anchor !== undefined && to.endsWith('.md') && !anchorsOf(pageOf(to)).has(anchor);
}

test.each(PAGES)('%s has no link that leads nowhere', (page) => {
  const links = [...withoutCode(pageOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, link = '']) => link,
  );
  const own = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(own.filter((link) => isBroken(page, link))).toEqual([]);
});

test.each(['docs/gone.md', 'docs/operations.md#gone', '#gone'])('%s would be found', (link) => {
  expect(isBroken('README.md', link)).toBe(true);
});
