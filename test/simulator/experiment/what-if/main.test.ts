import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnerScaler } from '../../../cli/run.ts';
import { type Session, startSession } from '../../../cli/session.ts';
import type { WhatIf } from '../../../../simulator/experiment/what-if/what-if.ts';

let folder: string;
let session: Session;

beforeAll(async () => {
  session = startSession();
  folder = await mkdtemp(join(tmpdir(), 'what-if-'));
});

afterAll(async () => {
  await session.end();
  await rm(folder, { recursive: true });
});

describe('runner-scaler what-if', () => {
  test('shows what a smaller maximum does to waits, on the same tasks', async () => {
    const few = await config('few.ts', [{ resourceClass: 'acme/linux', max: 2 }]);
    const many = await config('many.ts', [{ resourceClass: 'acme/linux', max: 10 }]);
    const [page, json] = [join(folder, 'page.html'), join(folder, 'figures.json')];
    const files = ['--out', page, '--json', json];
    const { code, stdout } = await start(few, many, '--hours', '3', ...files);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^figure +few\.ts +many\.ts +2nd − 1st$/m);
    const result = JSON.parse(await readFile(json, 'utf8')) as WhatIf;
    const [first, second] = result.configs;
    expect(first?.figures.tasksServed).toBeGreaterThan(10);
    expect(second?.differences?.tasksServed).toBe(0);
    expect(second?.differences?.waitMean).toBeLessThan(-60);
    expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/);
  });

  test('takes trace and prices of the user, and counts the class that one config does not serve', async () => {
    const trace = join(folder, 'jobs.csv');
    const rows = ['linux', 'arm', 'arm', 'mac'].map(
      (name, minute) => `2026-03-02T10:0${minute}:00Z,60,acme/${name}`,
    );
    await writeFile(trace, ['queued_at,duration_seconds,resource_class', ...rows].join('\n'));
    const prices = join(folder, 'prices.json');
    await writeFile(prices, '{ "x9.large": 3600 }');
    const linux = { resourceClass: 'acme/linux', max: 2, instanceTypes: ['x9.large'] };
    const one = await config('one.ts', [linux]);
    const two = await config('two.ts', [linux, { resourceClass: 'acme/arm', max: 4, headroom: 1 }]);
    const [page, json] = [join(folder, 'traced.html'), join(folder, 'traced.json')];
    const files = ['--trace', trace, '--prices', prices, '--out', page, '--json', json];
    const { code, stdout } = await start(one, two, ...files);
    expect(code).toBe(0);
    expect(stdout).toContain('one.ts: no fleet serves acme/arm; its tasks (2)');
    expect(stdout).toContain('two.ts: no fleet serves acme/mac; its tasks (1)');
    const result = JSON.parse(await readFile(json, 'utf8')) as WhatIf;
    const [first, second] = result.configs;
    expect(first?.figures).toMatchObject({ tasksServed: 1, tasksUnserved: 3 });
    expect(second?.figures).toMatchObject({ tasksServed: 3, tasksUnserved: 1 });
    expect(result.configs.map(({ interrupted }) => interrupted)).toEqual([false, false]);
    // A machine that runs for a minute at least, at a dollar a second.
    expect(first?.figures.machineCost).toBeGreaterThan(60);
  });

  test.each([
    ['the built-in day', '', 'acme/linux, umbrella/linux'],
    ['a trace', '2026-03-02T10:00:00Z,60,acme/linux', 'acme/linux'],
  ])('refuses configs that serve no task of %s in common', async (_what, row, asked) => {
    const one = await config('ours.ts', [{ resourceClass: 'acme/linux', max: 2 }]);
    const two = await config('theirs.ts', [{ resourceClass: 'umbrella/linux', max: 2 }]);
    const trace = join(folder, 'ours.csv');
    await writeFile(trace, `queued_at,duration_seconds,resource_class\n${row}\n`);
    const { code, stdout, stderr } = await start(
      one,
      two,
      ...(row === '' ? [] : ['--trace', trace]),
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'ours.ts and theirs.ts serve no task in common, so their costs and waits do not compare: ' +
        'ours.ts serves acme/linux; theirs.ts serves umbrella/linux; ' +
        `the tasks ask for ${asked}; give the same class the same name in all configs\n`,
    );
  });

  test('stops on Ctrl-C, and says whose figures are not whole', async () => {
    const one = await config('long.ts', [{ resourceClass: 'acme/linux', max: 10 }]);
    const page = join(folder, 'stopped.html');
    const { code, stdout } = await startAndStop(one, one, '--out', page);
    expect(code).toBe(130);
    expect(stdout).toContain('long.ts: stopped early');
    expect(await readFile(page, 'utf8')).toContain('</html>');
  });

  test('reports the mistakes of every config with its file', async () => {
    const one = await config('bad-one.ts', [{ resourceClass: 'acme/linux', max: 0 }]);
    const two = await config('bad-two.ts', [{ resourceClass: 'x', max: 1 }]);
    const { code, stderr } = await start(one, two);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ {2}- .*bad-one\.ts: .*max/m);
    expect(stderr).toMatch(/^ {2}- .*bad-two\.ts: .*resourceClass/m);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

async function config(name: string, resourceClasses: readonly object[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(
    path,
    `export const config = ${JSON.stringify({ name: 'ci-runners', resourceClasses })};`,
  );
  return path;
}

async function start(...args: readonly string[]) {
  return session.run(['what-if', ...args]);
}

/** Presses Ctrl-C as soon as there is progress. */
async function startAndStop(...args: readonly string[]) {
  let asked = false;
  return runnerScaler(['what-if', ...args], {
    onStderr(text, child) {
      if (!asked && text.includes('%')) asked = child.kill('SIGINT');
    },
  });
}
