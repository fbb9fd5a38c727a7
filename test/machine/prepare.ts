/**
 * Gets what the machine suite needs before its first case: programs, and the root file systems. Installs them
 * where it may (Debian and Ubuntu, as root or by sudo); elsewhere the run fails here and says what is missing.
 */
import { spawnSync } from 'node:child_process';
import { step } from '../deploy/step.ts';
import { prepareRoots } from './roots.ts';

/** Each program with the package of Debian and Ubuntu that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  socat: 'socat',
  openssl: 'openssl',
  'dpkg-deb': 'dpkg',
  nsenter: 'util-linux',
  python3: 'python3',
  journalctl: 'systemd',
};

function here(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

function installPrograms(): void {
  const packages = Object.entries(PROGRAMS)
    .filter(([program]) => !here(program))
    .map(([, name]) => name);
  // The keys of Debian's archive, which Ubuntu packages too.
  if (spawnSync('dpkg', ['--status', 'debian-archive-keyring']).status !== 0) {
    packages.push('debian-archive-keyring');
  }
  if (packages.length === 0) return;
  const command = `apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends ${packages.join(' ')}`;
  const done =
    here('apt-get') && spawnSync('sh', ['-c', command], { stdio: 'inherit' }).status === 0;
  if (!done) {
    throw new Error(
      `the machine suite needs ${packages.join(', ')}; install them, on Debian and Ubuntu with: ${command}`,
    );
  }
}

if (process.platform !== 'linux' || process.getuid?.() !== 0) {
  process.stderr.write(
    'the machine suite boots machines in containers of systemd, with networks and control groups of their own: ' +
      'it runs as root on Linux only; run it by sudo, or in CI\n',
  );
  process.exitCode = 1;
} else {
  await step('programs', async () => {
    installPrograms();
  });
  await step('root file systems of Debian 12 and 13', async () => {
    prepareRoots();
  });
}
