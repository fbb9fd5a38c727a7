/** Installs programs where that needs no question: on Debian and Ubuntu, as root or by a sudo that asks for no password. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { findProgram } from './find-program.ts';
import type { Manager, Program } from './programs.ts';

/** The computer this runs on. */
export interface Host {
  readonly env: NodeJS.ProcessEnv;
  /** The user is root. */
  readonly root: boolean;
  /** ID of /etc/os-release, such as `debian`; empty where there is no such file. */
  readonly system: string;
  readonly say: (line: string) => void;
}

export function thisHost(): Host {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return {
    env: process.env,
    root: process.getuid?.() === 0,
    system: /^ID="?([\w.-]+)"?$/m.exec(release)?.[1] ?? '',
    say: (line) => process.stderr.write(`${line}\n`),
  };
}

export function missingPrograms(programs: readonly Program[], host: Host): readonly Program[] {
  return programs.filter((program) => findProgram(program, host.env) === undefined);
}

/** Installs what is missing where it may. Returns what is missing after that. */
export function ensurePrograms(programs: readonly Program[], host: Host): readonly Program[] {
  const missing = missingPrograms(programs, host);
  if (missing.length === 0 || managerOf(host) !== 'apt') return missing;
  const privileged = privilegeOf(host);
  if (privileged === undefined) return missing;
  const packages = packagesOf(missing, host);
  if (packages.length > 0) {
    host.say(`installing ${packages.join(', ')}; this takes a minute or two`);
    const updated = run(['apt-get', ...APT, 'update'], privileged, host);
    const install = (names: readonly string[]) =>
      run([...INSTALL, ...names], [...privileged, ...QUIETLY], host);
    // One name that this release does not have refuses the whole command, so then each is tried.
    if (!install(packages) && updated) for (const one of packages) install([one]);
  }
  for (const { command } of downloadsOf(missing, host)) {
    host.say(`downloading: ${command.join(' ')}`);
    run(command, [], host);
  }
  return missingPrograms(missing, host);
}

/** One line that installs what is missing, for a person to paste; or a sentence where there is none. */
export function adviceFor(missing: readonly Program[], host: Host): string {
  const manager = managerOf(host);
  const misnamed = missing
    .filter((program) => isChosen(program, host))
    .map(
      ({ variable = '' }) =>
        `${variable}=${host.env[variable]} does not run: correct it, or unset it`,
    );
  const packages = packagesOf(missing, host);
  const commands = [
    ...(manager && packages.length > 0 ? [packageCommand(manager, packages, host)] : []),
    ...downloadsOf(missing, host).map(({ command }) => command.join(' ')),
  ];
  const without = missing.filter(
    ({ packages, download }) => !(manager && packages[manager]) && download === undefined,
  );
  return [
    ...(commands.length > 0 ? [commands.join(' && ')] : []),
    ...misnamed,
    ...(without.length > 0
      ? [
          `there is no package known here for ${namesOf(without)}: install it by hand, or run this on Debian or Ubuntu`,
        ]
      : []),
  ].join('\n');
}

export function namesOf(programs: readonly Program[]): string {
  return programs
    .map(({ names: [name], packages, proof, variable }) =>
      // The module of an interpreter is known by its package.
      proof && variable === undefined ? packages.apt : name,
    )
    .join(', ');
}

/** No installation that goes on takes as long; one that hangs must not hang the tests. */
const LONGEST_MS = 10 * 60_000;

/** Waits for another apt for a while, and gives up on a mirror that does not answer. */
const APT = ['-qq', '-o', 'Acquire::http::Timeout=20', '-o', 'DPkg::Lock::Timeout=120'];
const INSTALL = ['apt-get', ...APT, 'install', '-y', '--no-install-recommends'];
const QUIETLY = ['env', 'DEBIAN_FRONTEND=noninteractive'];

/** What a command is put behind to act as root, or undefined where that would ask, or is not possible. */
function privilegeOf(host: Host): readonly string[] | undefined {
  if (host.root) return [];
  const { status } = spawnSync('sudo', ['-n', 'true'], { env: host.env });
  return status === 0 ? ['sudo', '-n'] : undefined;
}

function managerOf(host: Host): Manager | undefined {
  if (isHere('apt-get', host)) return 'apt';
  if (isHere('dnf', host)) return 'dnf';
  return isHere('brew', host) ? 'brew' : undefined;
}

function isHere(name: string, { env }: Host): boolean {
  return findProgram({ names: [name], packages: {} }, env) !== undefined;
}

function packagesOf(missing: readonly Program[], host: Host): readonly string[] {
  const manager = managerOf(host);
  const downloaded = downloadsOf(missing, host);
  const names = missing.flatMap((program) =>
    isChosen(program, host) || (program.download && downloaded.includes(program.download))
      ? []
      : (manager && program.packages[manager]) || [],
  );
  return [...new Set(names)].sort();
}

/** What is downloaded because the package manager has nothing that works. */
function downloadsOf(missing: readonly Program[], host: Host) {
  const manager = managerOf(host);
  return missing.flatMap((program) => {
    const { packages, download } = program;
    if (download === undefined || isChosen(program, host)) return [];
    const packaged = manager && packages[manager];
    return !packaged || download.insteadOfPackageIn.includes(host.system) ? [download] : [];
  });
}

/** The user named one, so that no other is used. */
function isChosen({ variable }: Program, { env }: Host): boolean {
  return Boolean(variable && env[variable]);
}

function packageCommand(manager: Manager, packages: readonly string[], host: Host): string {
  const names = packages.join(' ');
  const commands = {
    apt: ['apt-get update', `apt-get install -y --no-install-recommends ${names}`],
    dnf: [`dnf install -y ${names}`],
    brew: [`brew install ${names}`],
  }[manager];
  if (host.root || manager === 'brew') return commands.join(' && ');
  if (isHere('sudo', host)) return commands.map((command) => `sudo ${command}`).join(' && ');
  return `su -c '${commands.join(' && ')}'`;
}

/** Whether it succeeded. What a command printed is shown only where it failed. */
function run(command: readonly string[], behind: readonly string[], host: Host): boolean {
  const [program = '', ...args] = [...behind, ...command];
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    env: host.env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    timeout: LONGEST_MS,
  });
  if (status === 0) return true;
  const said = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n  ');
  host.say(`failed: ${[program, ...args].join(' ')}\n  ${said}`);
  return false;
}
