/**
 * Gets what the machine suite needs before its first case: programs, and the root file systems. Installs them
 * where it may (Debian and Ubuntu, as root or by sudo); elsewhere the run fails here and says what is missing.
 */
import { adviceFor, ensurePrograms, namesOf, thisHost } from '../../scripts/install-programs.ts';
import { programsOf } from '../../scripts/programs.ts';
import { step } from '../deploy/step.ts';
import { prepareRoots } from './roots.ts';

function installPrograms(): void {
  const host = thisHost();
  const missing = ensurePrograms(programsOf('machine'), host);
  if (missing.length > 0) {
    throw new Error(
      `the machine suite needs ${namesOf(missing)}; install with: ${adviceFor(missing, host)}`,
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
