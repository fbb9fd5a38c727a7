import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-run-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('the local run', () => {
  test('serves a morning over the wire and writes summary, page and figures', async () => {
    const page = join(folder, 'page.html');
    const json = join(folder, 'figures.json');
    const { code, stdout, stderr } = await start(['--hours', '3', '--out', page, '--json', json]);
    expect(code).toBe(0);
    expect(stdout).toContain(`The page with the charts: ${page}`);
    expect(stderr).toContain('100 %');
    expect(stderr).not.toContain('Warning');
    const { summary } = JSON.parse(await readFile(json, 'utf8')) as {
      summary: { all: { tasksServed: number; tasksArrived: number; tasksCancelled: number } };
    };
    const { tasksServed, tasksArrived, tasksCancelled } = summary.all;
    expect(tasksServed).toBeGreaterThan(10);
    expect(tasksServed + tasksCancelled).toBe(tasksArrived);
    expect(await readFile(page, 'utf8')).toMatch(
      /^<!doctype html>[\s\S]*acme\/linux-arm[\s\S]*<\/html>\s*$/,
    );
  });

  test('stops cleanly on Ctrl-C, with what was seen so far', async () => {
    const page = join(folder, 'stopped.html');
    let asked = false;
    const { code, stdout } = await start(['--out', page], (text, child) => {
      if (asked || !text.includes('%')) return;
      asked = child.kill('SIGINT');
    });
    expect(code).toBe(130);
    expect(stdout).toMatch(/stopped|interrupted/);
    expect(await readFile(page, 'utf8')).toContain('</html>');
  });

  test('reports every mistake of a config together, without a stack trace', async () => {
    const config = join(folder, 'bad.ts');
    await writeFile(
      config,
      "export const config = { name: '1', resourceClasses: [{ resourceClass: 'x', max: 0 }] };",
    );
    const { code, stderr } = await start(['--config', config]);
    expect(code).toBe(1);
    expect(stderr).toContain('name');
    expect(stderr).toContain('max');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test.each([
    [['--seed', 'x'], '--seed is "x"; allowed: a whole number of at least 0'],
    [['--trace', 'nowhere.csv'], 'nowhere.csv'],
    [['--config', 'nowhere.ts'], 'nowhere.ts cannot be read: ENOENT'],
  ])('answers %j with one clear error', async (args, words) => {
    const { code, stderr } = await start(args);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('explains itself', async () => {
    const { code, stdout } = await start(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('usage: npm start');
  });
});

type OnStderr = (text: string, child: ReturnType<typeof spawn>) => void;

async function start(args: readonly string[], onStderr?: OnStderr) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'simulator/main.ts', ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part) => (stdout += String(part)));
  child.stderr.on('data', (part) => {
    stderr += String(part);
    onStderr?.(String(part), child);
  });
  const code = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  return { code, stdout, stderr };
}
