/** The tools that read shell as a reviewer would. A missing tool is a failure. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { renderUserData, type Platform } from '../../runner-userdata/render.ts';
import { complaints } from './complaints.ts';
import { OPTIONS } from './machine.ts';

const FOLDER = join(__dirname, '../../runner-userdata');
const FILES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sh'))
  .map((file) => join(FOLDER, file));
const PLATFORMS: readonly Platform[] = ['ubuntu-24.04', 'amazon-linux-2023'];

/** The rendered script with its compressed part in plain text: what bash sees in the end. */
function plain(platform: Platform): string {
  const script = renderUserData({ ...OPTIONS, platform });
  const code = /^CODE='(.*)'$/m.exec(script)?.[1] ?? '';
  const settings = script.slice(0, script.indexOf('\nCODE='));
  return `${settings}\n${gunzipSync(Buffer.from(code, 'base64')).toString()}\n`;
}

describe('shellcheck has nothing to say', () => {
  // A setting or constant of one file is used in another, so unused ones are sought in the whole.
  test('about the files', () => {
    expect(FILES).toHaveLength(10);
    expect(complaints('shellcheck', ['--exclude=SC2034', ...FILES])).toBe('');
  });

  test.each(PLATFORMS)('about the whole for %s', (platform) => {
    expect(complaints('shellcheck', ['-'], plain(platform))).toBe('');
  });
});

test('shfmt would not change a file', () => {
  expect(complaints('shfmt', ['-d', '-i', '2', '-ci', ...FILES])).toBe('');
});
