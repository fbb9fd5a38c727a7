/** `npm run programs`: installs what any of the tests and checks need and npm does not bring. */
import { adviceFor, ensurePrograms, namesOf, thisHost } from './install-programs.ts';
import { PROGRAMS } from './programs.ts';

const host = thisHost();
const missing = ensurePrograms(PROGRAMS, host);
if (missing.length > 0) {
  host.say(`missing: ${namesOf(missing)}; install with:\n\n  ${adviceFor(missing, host)}\n`);
  process.exitCode = 1;
}
