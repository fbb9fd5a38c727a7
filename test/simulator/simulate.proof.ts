import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnerScaler } from '../cli/run.ts';
import { type Session, startSession } from '../cli/session.ts';

let folder: string;
let session: Session;

beforeAll(async () => {
  session = startSession();
  folder = await mkdtemp(join(tmpdir(), 'local-run-'));
});

afterAll(async () => {
  await session.end();
  await rm(folder, { recursive: true });
});

describe('runner-scaler simulate', () => {
  test('serves a morning over the wire and writes summary, page and figures', async () => {
    const page = join(folder, 'page.html');
    const json = join(folder, 'figures.json');
    const { code, stdout, stderr } = await simulate([
      '--hours',
      '3',
      '--out',
      page,
      '--json',
      json,
    ]);
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
    const { code, stdout } = await simulate(['--out', page], {
      onStderr(text, child) {
        if (asked || !text.includes('%')) return;
        asked = child.kill('SIGINT');
      },
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
    const { code, stderr } = await session.run(['simulate', '--config', config]);
    expect(code).toBe(1);
    expect(stderr).toContain('name');
    expect(stderr).toContain('max');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('runs a trace directly, says so first, and has the same figures over HTTP', async () => {
    const trace = join(folder, 'jobs.csv');
    const rows = Array.from({ length: 30 }, (_, index) => {
      const at = new Date(Date.parse('2026-03-02T10:00:00Z') + 97_000 * index).toISOString();
      return `${at},${60 + 37 * (index % 11)},acme/linux`;
    });
    await writeFile(trace, ['queued_at,duration_seconds,resource_class', ...rows].join('\n'));
    const runs = [];
    for (const option of [[], ['--over-http']]) {
      const json = join(folder, `figures${option.join('')}.json`);
      const files = ['--out', join(folder, 'trace.html'), '--json', json];
      const { code, stdout } = await session.run([
        'simulate',
        '--trace',
        trace,
        ...files,
        ...option,
      ]);
      expect(code).toBe(0);
      runs.push({ stdout, figures: JSON.parse(await readFile(json, 'utf8')) as Figures });
    }
    const [direct, http] = runs;
    expect(direct?.stdout).toMatch(/^The trace runs directly, without HTTP/);
    expect(http?.stdout).toMatch(/^The trace runs through the real clients over HTTP/);
    expect(direct?.figures.summary.all.tasksServed).toBe(rows.length);
    // Over HTTP the containers read the token from its secret, too.
    expect(withoutSecrets(http?.figures)).toEqual(withoutSecrets(direct?.figures));
  });

  test('notes the command that repeats it, as a shell takes it', async () => {
    const page = join(folder, 'a page.html');
    const { code } = await session.run(['simulate', '--hours', '0.5', '--direct', '--out', page]);
    expect(code).toBe(0);
    expect(await readFile(page, 'utf8')).toContain(
      `npx runner-scaler simulate --hours 0.5 --direct --out &#39;${page}&#39;`,
    );
  });
});

interface Figures {
  readonly summary: {
    readonly all: { readonly tasksServed: number };
    readonly calls: { readonly other: number; readonly total: number };
  };
}

function withoutSecrets(figures: Figures | undefined): object {
  return { ...figures, summary: { ...figures?.summary, calls: undefined } };
}

type OnRun = Parameters<typeof runnerScaler>[1];

async function simulate(args: readonly string[], options?: OnRun) {
  return runnerScaler(['simulate', ...args], options);
}
