import { execFile } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const ROWS = 1_000_000;

/** One row in so many asks for a class of the config; the others are taken to run elsewhere. */
const SERVED_EVERY = 1000;

const START = Date.parse('2026-01-05T00:00:00Z');
const DAY_MS = 24 * 3_600_000;

/**
 * Megabytes of heap. The run needs about 270; it dies of this limit, having read four fifths of the file,
 * when it keeps the cells of each row.
 */
const HEAP_MB = 400;

/** Far beyond what it takes: a busy machine is no failure. */
const LIMIT_MS = 400_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runner-scaler-rows-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test(
  'a trace of a million rows is read, run and reported in a bounded heap, and progress is shown',
  async () => {
    const trace = join(folder, 'jobs.csv');
    await pipeline(Readable.from(csv()), createWriteStream(trace));
    const megabytes = Math.round((await stat(trace)).size / 1e6);

    const program = ['bin/runner-scaler.mjs', 'simulate'];
    const files = ['--trace', trace, '--out', join(folder, 'page.html')];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...program, ...files], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        NODE_OPTIONS: `--max-old-space-size=${HEAP_MB} --import=${TERMINAL}`,
      },
      maxBuffer: 64 * 1024 * 1024,
    });

    const served = ROWS / SERVED_EVERY;
    const written = (count: number) => count.toLocaleString('en-US');
    expect(stdout).toContain(`The trace has ${written(ROWS)} jobs;`);
    expect(stdout).toContain(
      `No fleet serves other/linux: ${written(ROWS - served)} jobs left out`,
    );
    expect(stdout).toMatch(/^all +1,000 +1,000 /m);
    const read = [...stderr.matchAll(/\rreading (\d+) MB/g)].map(([, said]) => Number(said));
    expect(read).toEqual(read.toSorted((one, other) => one - other));
    expect(read.at(-1)).toBe(megabytes);
    expect(new Set(read).size).toBeGreaterThan(megabytes / 2);
    expect(stderr).toMatch(/\r100 % .* 1,000 tasks served/);
  },
  LIMIT_MS,
);

/** Makes the program believe that somebody watches: how far a file is read is shown on terminals only. */
const TERMINAL = 'data:text/javascript,process.stderr.isTTY=true';

/** The columns of CircleCI's usage export that matter, over one day. */
function* csv(): Generator<string> {
  yield 'JOB_ID,PIPELINE_ID,RESOURCE_CLASS,JOB_RUN_QUEUED_AT,JOB_RUN_SECONDS\n';
  const id = (number: number) => `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;
  let rows: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    const resourceClass = row % SERVED_EVERY === 0 ? 'acme/linux' : 'other/linux';
    const queuedAt = new Date(START + Math.floor((row * DAY_MS) / ROWS)).toISOString();
    rows.push(`${id(row)},${id(row >> 3)},${resourceClass},${queuedAt},${20 + (row % 100)}\n`);
    if (rows.length < 1000) continue;
    yield rows.join('');
    rows = [];
  }
}
