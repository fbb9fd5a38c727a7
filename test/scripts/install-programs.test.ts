import { afterEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { adviceFor, ensurePrograms, namesOf } from '../../scripts/install-programs.ts';
import type { Program } from '../../scripts/programs.ts';
import { aptWith, stage, type Stage } from './stage.ts';

const A: Program = {
  names: ['test-a-program'],
  packages: { apt: 'test-a', dnf: 'test-a-fedora', brew: 'test-a-brew' },
};
const INSTALL_A = 'apt-get install -y --no-install-recommends test-a';
const B: Program = { names: ['test-b-program'], packages: { apt: 'test-b' } };

let here: Stage;
afterEach(() => here.remove());

describe('installing', () => {
  test('runs nothing where all is there', () => {
    here = stage();
    for (const name of ['test-a-program', 'test-b-program']) here.add(name);
    here.add('apt-get', aptWith());
    expect(ensurePrograms([A, B], here.host)).toEqual([]);
    expect(here.calls()).toEqual([]);
  });

  test('as root, takes what is missing from apt, without a question', () => {
    here = stage();
    here.add('test-a-program');
    here.add('apt-get', aptWith('test-b'));
    expect(ensurePrograms([A, B], here.host)).toEqual([]);
    const [update, install, ...rest] = here.calls();
    expect(update).toMatch(/ update$/);
    expect(install).toMatch(/ install -y --no-install-recommends test-b$/);
    expect(rest).toEqual(['frontend noninteractive']);
  });

  test('goes through a sudo that asks for no password', () => {
    here = stage({ root: false });
    here.add('apt-get', aptWith('test-a'));
    here.add(
      'sudo',
      'echo "sudo $*" >>"$CALLS"; [[ $1 == -n ]] && shift; [[ $1 == true ]] || exec "$@"',
    );
    expect(ensurePrograms([A], here.host)).toEqual([]);
    const [asked, ...rest] = here.calls().filter((call) => call.startsWith('sudo'));
    expect(asked).toBe('sudo -n true');
    expect(rest).toHaveLength(2);
    for (const call of rest) expect(call).toMatch(/^sudo -n .*apt-get/);
  });

  test.each([
    [
      'a sudo that asks for a password',
      { sudo: 'echo "sudo: a password is required" >&2; exit 1' },
    ],
    ['no sudo', {}],
  ])('installs nothing with %s', (_, commands: Readonly<Record<string, string>>) => {
    here = stage({ root: false });
    here.add('apt-get', aptWith('test-a'));
    for (const [name, script] of Object.entries(commands)) here.add(name, script);
    expect(ensurePrograms([A], here.host)).toEqual([A]);
    expect(here.calls()).toEqual([]);
  });

  test('without a network says what apt said, and gives up', () => {
    here = stage();
    here.add(
      'apt-get',
      'echo "$*" >>"$CALLS"; echo "E: Could not resolve deb.example.org" >&2; exit 100',
    );
    expect(ensurePrograms([A, B], here.host)).toEqual([A, B]);
    expect(here.calls()).toHaveLength(2);
    expect(here.said.join('\n')).toContain('E: Could not resolve deb.example.org');
  });

  test('a package that this release does not have spoils none of the others', () => {
    here = stage();
    here.add('apt-get', aptWith('test-b'));
    expect(ensurePrograms([A, B], here.host)).toEqual([A]);
    expect(here.said.join('\n')).toContain('no installation candidate for test-a');
  });
});

describe('a browser', () => {
  const proven = (path: () => string): Program => ({
    names: ['test-browser'],
    variable: 'TEST_BROWSER',
    proof: ['--version'],
    refused: /\bsnap\b/,
    packages: { apt: 'test-c' },
    download: { command: ['fetch-browser'], path, insteadOfPackageIn: ['ubuntu'] },
  });
  const downloaded = () => join(here.folder, 'downloaded');
  const FETCH =
    'echo fetched >>"$CALLS"; printf "#!/bin/bash\\n" >"$FOLDER/downloaded"; /bin/chmod +x "$FOLDER/downloaded"';

  test.each([
    ['a stub that asks for the snap', 'echo "requires the chromium snap to be installed"; exit 1'],
    ['the snap itself', 'echo "Chromium 156.0 snap"'],
  ])('that is %s counts as missing, and on Ubuntu one is downloaded', (_, script) => {
    here = stage({ system: 'ubuntu' });
    here.add('test-browser', script);
    here.add('apt-get', aptWith());
    here.add('fetch-browser', FETCH);
    expect(ensurePrograms([proven(downloaded)], here.host)).toEqual([]);
    expect(here.calls()).toEqual(['fetched']);
  });

  test('that works is taken as it is', () => {
    here = stage();
    here.add('test-browser', 'echo "Chromium 156.0 built on Debian"');
    expect(ensurePrograms([proven(downloaded)], here.host)).toEqual([]);
  });

  test('that the environment names and that does not run is told, and none is put in its place', () => {
    here = stage();
    here.add('apt-get', aptWith('test-c'));
    here.add('test-browser');
    const host = { ...here.host, env: { ...here.host.env, TEST_BROWSER: '/nonexistent' } };
    const missing = ensurePrograms([proven(downloaded)], host);
    expect(missing).toHaveLength(1);
    expect(here.calls().filter((call) => call.includes('install'))).toEqual([]);
    expect(adviceFor(missing, host)).toBe(
      'TEST_BROWSER=/nonexistent does not run: correct it, or unset it',
    );
  });
});

describe('the line to paste', () => {
  test.each([
    ['root', true, ['apt-get'], `apt-get update && ${INSTALL_A}`],
    ['a user', false, ['apt-get', 'sudo'], `sudo apt-get update && sudo ${INSTALL_A}`],
    ['a user without sudo', false, ['apt-get'], `su -c 'apt-get update && ${INSTALL_A}'`],
    ['a user of Fedora', false, ['dnf', 'sudo'], 'sudo dnf install -y test-a-fedora'],
    ['a user of Homebrew', false, ['brew', 'sudo'], 'brew install test-a-brew'],
  ])('for %s', (_, root, programs, line) => {
    here = stage({ root });
    for (const program of programs) here.add(program);
    expect(adviceFor([A], here.host)).toBe(line);
  });

  test('names what has no package there', () => {
    here = stage();
    here.add('dnf');
    expect(adviceFor([A, B], here.host)).toBe(
      'dnf install -y test-a-fedora\n' +
        'there is no package known here for test-b-program: install it by hand, or run this on Debian or Ubuntu',
    );
  });
});

test("a module is named by its package, since the interpreter's name would mislead", () => {
  here = stage();
  const module: Program = { ...A, names: ['python3'], proof: ['-c', 'import ensurepip'] };
  expect(namesOf([module, B])).toBe('test-a, test-b-program');
});
