/**
 * Every program that npm does not bring, with its packages and with what needs it. This is the only list of them:
 * `npm test`, `npm run test:machine` and `.ci/run` install from it.
 */
import { chromium } from 'playwright-core';

/** What needs more than `npm test` does: `npm run test:deploy`, `lint:template` and `test:machine`. */
export type Suite = 'deploy' | 'template' | 'machine';

export interface Program {
  /** Names it goes by, the usual one first; an absolute path is a file that has to exist. */
  readonly names: readonly string[];
  /** Environment variable that holds the path of the one to use; it is set for the tests. */
  readonly variable?: string;
  /** Arguments with which it must succeed. Default: to be there is enough. */
  readonly proof?: readonly string[];
  /** What its answer to `proof` must not match. */
  readonly refused?: RegExp;
  /** Its package in Debian and Ubuntu, Fedora, Homebrew. Without a name there is none. */
  readonly packages: Partial<Record<Manager, string>>;
  /** A way to get it where the package manager has none that works. */
  readonly download?: Download;
  /** Paths of the test files of `npm test` that need it. */
  readonly tests?: RegExp;
  readonly suites?: readonly Suite[];
}

export type Manager = 'apt' | 'dnf' | 'brew';

export interface Download {
  readonly command: readonly string[];
  /** Where it then is. */
  readonly path: () => string;
  /** Systems, by their ID in /etc/os-release, whose package does not work. */
  readonly insteadOfPackageIn: readonly string[];
}

const SHELL_LINT = /^test\/(?:workflows|runner-userdata\/(?:.+\/)?lint)\.test\.ts$/;
const MACHINES = /^test\/runner-userdata\//;
const RELEASE = /^test\/workflows\.test\.ts$/;

export const PROGRAMS: readonly Program[] = [
  {
    names: ['shellcheck'],
    packages: { apt: 'shellcheck', dnf: 'ShellCheck', brew: 'shellcheck' },
    tests: SHELL_LINT,
  },
  {
    names: ['shfmt'],
    packages: { apt: 'shfmt', dnf: 'shfmt', brew: 'shfmt' },
    tests: SHELL_LINT,
  },
  {
    names: ['systemd-analyze'],
    packages: { apt: 'systemd', dnf: 'systemd' },
    tests: /^test\/runner-userdata\/(?:.+\/)?units\.test\.ts$/,
    suites: ['machine'],
  },
  {
    names: ['curl'],
    packages: { apt: 'curl', dnf: 'curl', brew: 'curl' },
    tests: MACHINES,
  },
  {
    names: ['flock'],
    packages: { apt: 'util-linux', dnf: 'util-linux-core', brew: 'flock' },
    tests: MACHINES,
  },
  {
    names: ['timeout'],
    packages: { apt: 'coreutils', dnf: 'coreutils', brew: 'coreutils' },
    tests: MACHINES,
  },
  {
    names: ['python3'],
    packages: { apt: 'python3', dnf: 'python3', brew: 'python3' },
    tests: MACHINES,
    suites: ['deploy', 'template', 'machine'],
  },
  {
    names: ['tar'],
    packages: { apt: 'tar', dnf: 'tar', brew: 'gnu-tar' },
    tests: new RegExp(`${MACHINES.source}|${RELEASE.source}`),
    suites: ['machine'],
  },
  {
    names: ['git'],
    packages: { apt: 'git', dnf: 'git', brew: 'git' },
    tests: RELEASE,
  },
  {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    variable: 'CHROMIUM_PATH',
    // A snap names itself in its version. It has its own /tmp, so it cannot open the pages of the tests.
    proof: ['--version'],
    refused: /\bsnap\b/,
    packages: { apt: 'chromium', dnf: 'chromium' },
    download: {
      command: ['npx', 'playwright-core', 'install', '--with-deps', '--no-shell', 'chromium'],
      path: () => chromium.executablePath(),
      insteadOfPackageIn: ['ubuntu'],
    },
    tests: /\.browser\.test\.ts$/,
  },
  {
    // The module that makes environments, which Debian packages apart from the interpreter.
    names: ['python3'],
    proof: ['-c', 'import ensurepip'],
    packages: { apt: 'python3-venv', dnf: 'python3', brew: 'python3' },
    suites: ['deploy', 'template'],
  },
  { names: ['g++'], packages: { apt: 'g++', dnf: 'gcc-c++' }, suites: ['deploy'] },
  { names: ['make'], packages: { apt: 'make', dnf: 'make', brew: 'make' }, suites: ['deploy'] },
  { names: ['cmake'], packages: { apt: 'cmake', dnf: 'cmake', brew: 'cmake' }, suites: ['deploy'] },
  {
    // The proxy of test/deploy/private-network.deploy.ts.
    names: ['squid'],
    packages: { apt: 'squid', dnf: 'squid', brew: 'squid' },
    suites: ['deploy'],
  },
  { names: ['systemd-nspawn'], packages: { apt: 'systemd-container' }, suites: ['machine'] },
  { names: ['journalctl'], packages: { apt: 'systemd' }, suites: ['machine'] },
  { names: ['mmdebstrap'], packages: { apt: 'mmdebstrap' }, suites: ['machine'] },
  { names: ['ip'], packages: { apt: 'iproute2' }, suites: ['machine'] },
  { names: ['socat'], packages: { apt: 'socat' }, suites: ['machine'] },
  { names: ['tinyproxy'], packages: { apt: 'tinyproxy' }, suites: ['machine'] },
  { names: ['openssl'], packages: { apt: 'openssl' }, suites: ['machine', 'deploy'] },
  { names: ['dpkg-deb'], packages: { apt: 'dpkg' }, suites: ['machine'] },
  { names: ['nsenter'], packages: { apt: 'util-linux' }, suites: ['machine'] },
  {
    // The keys of Debian's archive, with which the machines' file systems are made. Ubuntu packages them too.
    names: ['/usr/share/keyrings/debian-archive-keyring.gpg'],
    packages: { apt: 'debian-archive-keyring' },
    suites: ['machine'],
  },
];

export function programsOf(...suites: readonly Suite[]): readonly Program[] {
  return PROGRAMS.filter((program) => program.suites?.some((suite) => suites.includes(suite)));
}

/** What the tests of these files need; paths are relative to the project. */
export function programsFor(files: readonly string[]): readonly Program[] {
  return PROGRAMS.filter(({ tests }) => tests && files.some((file) => tests.test(file)));
}
