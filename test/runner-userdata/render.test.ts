import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';

import {
  AGENT_VERSION,
  renderUserData,
  USER_DATA_LIMIT_BYTES,
  type Platform,
  type UserDataOptions,
} from '../../runner-userdata/render.ts';
import { OPTIONS } from './machine.ts';

const PLATFORMS: readonly Platform[] = ['ubuntu-24.04', 'amazon-linux-2023'];

/** The value bash gives to a setting of the rendered script. */
function valueOf(name: string, options: Partial<UserDataOptions>): string {
  const script = renderUserData({ ...OPTIONS, ...options });
  // Only the settings: what stands before them would power off the machine that runs this test.
  const from = script.indexOf('\nSCALING_GROUP=');
  const assignments = script.slice(from, script.lastIndexOf("\nCODE='"));
  return execFileSync('bash', ['-c', `${assignments}\nprintf %s "$${name}"`], {
    encoding: 'utf8',
  });
}

describe.each(PLATFORMS)('user data of %s', (platform) => {
  test('leaves half of the limit to the config', () => {
    const bytes = Buffer.byteLength(renderUserData({ ...OPTIONS, platform }));
    expect(bytes).toBeLessThan(USER_DATA_LIMIT_BYTES / 2 + 1024);
  });

  test('is the same every time', () => {
    expect(renderUserData({ ...OPTIONS, platform })).toBe(renderUserData({ ...OPTIONS, platform }));
  });

  test('begins as a script that cloud-init runs', () => {
    expect(renderUserData({ ...OPTIONS, platform })).toMatch(/^#!\/usr\/bin\/env bash\n/);
  });
});

test.each([
  `it's "quoted"`,
  '$HOME ${HOME} $(id) `id`',
  'back\\slash \\',
  'line\nbreak\r\nand\ttab',
  "'; exit 0; '",
  "''",
  "EOF\nCODE='x'\n#",
  'é 漢 🚀',
])('a text reaches the script as it is: %j', (text) => {
  expect(valueOf('BOOT_SCRIPT', { bootScript: text })).toBe(text);
  expect(valueOf('SCALING_GROUP', { group: text })).toBe(text);
});

test('a CDK token stands in the user data as it was given, apart from the compressed part', () => {
  const token = '${Token[TOKEN.12]}';
  const userData = renderUserData({ ...OPTIONS, tokenSecret: token, bootScript: `echo ${token}` });
  expect(userData).toContain(`TOKEN_SECRET='${token}'`);
  expect(userData).toContain(`BOOT_SCRIPT='echo ${token}'`);
});

test('a NUL character is refused by name', () => {
  expect(() => renderUserData({ ...OPTIONS, bootScript: 'a\0b' })).toThrow(
    'BOOT_SCRIPT holds a NUL character',
  );
});

test('the agent is at least the version that enforces max_run_time and hands tasks back', () => {
  const [major = 0, minor = 0, patch = 0] = AGENT_VERSION.split('.').map(Number);
  expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(3_001_013);
});
