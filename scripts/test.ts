/**
 * `npm test`: Jest, with the programs that its tests need. What is missing is installed where that is possible
 * without a question. Elsewhere the test files that need it are left out, and the run fails and says what to install.
 * Arguments are those of Jest.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from './find-program.ts';
import { adviceFor, ensurePrograms, namesOf, thisHost } from './install-programs.ts';
import { programsFor } from './programs.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const JEST = createRequire(import.meta.url).resolve('jest/bin/jest');

const args = process.argv.slice(2);
const host = thisHost();
const files = chosenFiles();
const programs = programsFor(files);
const missing = ensurePrograms(programs, host);
const leftOut = files.filter((file) => missing.some(({ tests }) => tests?.test(file)));

const passed = (leftOut.length > 0 && leftOut.length === files.length) || jest();
if (leftOut.length > 0) {
  host.say(
    `\n${leftOut.length} of ${files.length} test files were not run, because programs are missing: ${namesOf(missing)}\n` +
      `${leftOut.map((file) => `  ${file}`).join('\n')}\n` +
      `Install them, then run this again:\n\n  ${adviceFor(missing, host)}\n`,
  );
}
process.exitCode = passed && leftOut.length === 0 ? 0 : 1;

/** The test files that Jest would run, relative to the project. */
function chosenFiles(): readonly string[] {
  const { stdout } = spawnSync(process.execPath, [JEST, '--listTests', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout
    .split('\n')
    .map((path) => relative(ROOT, path).split(sep).join('/'))
    .filter((path) => path.startsWith('test/'));
}

function jest(): boolean {
  const env = { ...process.env };
  for (const program of programs) {
    if (program.variable) env[program.variable] = findProgram(program, process.env);
  }
  const without = leftOut.map(
    (file) => `--testPathIgnorePatterns=/${file.replaceAll('.', '\\.')}$`,
  );
  const { status } = spawnSync(process.execPath, [JEST, ...args, ...without], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  });
  return status === 0;
}
