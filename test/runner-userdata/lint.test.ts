/** The tools that read shell and units as a reviewer would. A missing tool is a failure. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { renderUserData, type Platform } from '../../runner-userdata/render.ts';
import { OPTIONS, startMachine, type Machine } from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

const FOLDER = join(__dirname, '../../runner-userdata');
const FILES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sh'))
  .map((file) => join(FOLDER, file));
const PLATFORMS: readonly Platform[] = ['ubuntu-24.04', 'amazon-linux-2023'];

let machine: Machine;

beforeAll(async () => {
  machine = await startMachine();
  await machine.boot();
});

afterAll(async () => {
  await machine.remove();
});

/** All that a tool says; a clean run says nothing. */
function complaints(command: string, parameters: readonly string[], input = ''): string {
  const result = spawnSync(command, parameters, { input, encoding: 'utf8' });
  if (result.error !== undefined) {
    throw new Error(
      `${command} cannot be run; install it: apt-get install shellcheck shfmt systemd`,
      {
        cause: result.error,
      },
    );
  }
  return `${result.stdout}${result.stderr}${result.status === 0 ? '' : `exit ${result.status}`}`;
}

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
    expect(FILES).toHaveLength(9);
    expect(complaints('shellcheck', ['--exclude=SC2034', ...FILES])).toBe('');
  });

  test.each(PLATFORMS)('about the whole for %s', (platform) => {
    expect(complaints('shellcheck', ['-'], plain(platform))).toBe('');
  });
});

test('shfmt would not change a file', () => {
  expect(complaints('shfmt', ['-d', '-i', '2', '-ci', ...FILES])).toBe('');
});

test.each(['agent', 'rebooted'])('systemd finds no fault with the unit %s', (name) => {
  // systemd looks for the binaries that a unit names below the given root.
  const root = join(machine.root, `verify-${name}`);
  const unit = `/etc/systemd/system/runner-scaler-${name}.service`;
  for (const path of [
    '/usr/bin/timeout',
    '/usr/local/bin/circleci-runner',
    '/usr/local/lib/runner-scaler/runner',
  ]) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), '', { mode: 0o755 });
  }
  const file = join(root, `runner-scaler-${name}.service`);
  const text = machine.file(unit);
  expect(text).toContain('ExecSt');
  // Without --root, so that the targets it refers to are those of this machine.
  writeFileSync(file, text.replaceAll('/usr/local/', `${root}/usr/local/`));
  expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toBe('');
});

test('systemd would find a fault', () => {
  const file = join(machine.root, 'wrong.service');
  writeFileSync(file, '[Service]\nType=exec\nExecStart=/bin/true\nKillMood=mixed\n');
  expect(complaints('systemd-analyze', ['verify', '--man=no', file])).toContain('KillMood');
});
