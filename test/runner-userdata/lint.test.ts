/** The tools that read shell as a reviewer would. A missing tool is a failure. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { readFileSync } from 'node:fs';
import { renderScript, textUserData } from '../../runner-userdata/linux/render.ts';
import { PLATFORM_NAMES } from '../../runner-userdata/platforms.ts';
import { complaints } from './complaints.ts';
import { bootedMachine, OPTIONS, PREFIX, PROOF, type Machine } from './machine.ts';
import { SHELL_FILES } from './shell-files.ts';

/** Code in single quotes is for another bash, and is checked by itself. */
const QUOTED_CODE = 'SC2016';
const UNUSED = 'SC2034';

describe('shellcheck has nothing to say', () => {
  // A setting or constant of one file is used in another, so unused ones are sought in the whole.
  test('about the files', () => {
    expect(SHELL_FILES.length).toBeGreaterThan(10);
    expect(complaints('shellcheck', [`--exclude=${QUOTED_CODE},${UNUSED}`, ...SHELL_FILES])).toBe(
      '',
    );
  });

  test.each(PLATFORM_NAMES)('about the whole for %s, with all options', (platform) => {
    const options = {
      ...OPTIONS,
      platform,
      watchInterruption: true,
      logGroup: '/a',
      proxy: { url: 'http://proxy.example.com:3128', noProxy: ['localhost'] },
      caCertificates: ['-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'],
      ipv6Only: true,
    };
    expect(complaints('shellcheck', [`--exclude=${QUOTED_CODE}`, '-'], renderScript(options))).toBe(
      '',
    );
  });

  // Some functions are used only by optional files, which are left out here.
  test.each(PLATFORM_NAMES)('about the least for %s', (platform) => {
    const script = renderScript({ ...OPTIONS, platform });
    expect(complaints('shellcheck', [`--exclude=${QUOTED_CODE},${UNUSED}`, '-'], script)).toBe('');
  });

  test('about the text that unpacks itself', () => {
    // Its settings are for what is packed.
    expect(complaints('shellcheck', [`--exclude=${UNUSED}`, '-'], textUserData(OPTIONS))).toBe('');
  });
});

test.each(SHELL_FILES)('no limit follows the clock, which may be set by hours: %s', (file) => {
  expect(readFileSync(file, 'utf8')).not.toMatch(/^[^#\n]*(?<!_)\bSECONDS\b/m);
});

test('shfmt would not change a file', () => {
  expect(complaints('shfmt', ['-d', '-i', '2', '-ci', ...SHELL_FILES])).toBe('');
});

describe.each([
  ['what tasks are started with', PREFIX],
  ['what is run as a task to prove one', PROOF],
])('%s', (_, path) => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await bootedMachine();
  });

  afterAll(async () => {
    await machine.remove();
  });

  test('is a script that the kernel knows the interpreter of', () => {
    expect(machine.file(path)).toMatch(/^#!\/bin\/bash\n/);
  });

  test('gives shellcheck nothing to say', () => {
    expect(complaints('shellcheck', ['-'], machine.file(path))).toBe('');
  });
});
