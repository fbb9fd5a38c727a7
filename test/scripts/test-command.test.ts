import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROGRAMS, programsFor } from '../../scripts/programs.ts';

const FILES = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/${name}`);

test('each program of the list is needed by a test file that exists, or by another suite', () => {
  for (const { names, tests, suites } of PROGRAMS) {
    const needing = tests ? FILES.filter((file) => tests.test(file)) : (suites ?? []);
    expect({ names, needing }).not.toEqual({ names, needing: [] });
  }
});

test('the daily loop needs no program that npm does not bring', () => {
  const quick = FILES.filter((file) => /^test\/(?:lambda|lib|config)\//.test(file));
  expect(quick.length).toBeGreaterThan(0);
  expect(programsFor(quick)).toEqual([]);
});

test('where a program is missing, the rest is run, and the run fails and says how to get it', () => {
  const empty = mkdtempSync(join(tmpdir(), 'no-programs-'));
  const [without, runs] = ['test/workflows.test.ts', 'test/simulator/report/escape.test.ts'];
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'scripts/test.ts', without, runs],
      { env: { PATH: empty }, encoding: 'utf8' },
    );
    expect(stderr).toContain(`PASS ${runs}`);
    expect(stderr).not.toContain(`PASS ${without}`);
    expect(stderr).toContain(
      '1 of 2 test files were not run, because programs are missing: shellcheck, shfmt, tar, git\n' +
        `  ${without}\n`,
    );
    expect(status).toBe(1);
  } finally {
    rmSync(empty, { recursive: true });
  }
});
