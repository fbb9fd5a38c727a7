/** The examples that the README runs. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveConfig } from '../config/resolve-config.ts';
import type { ScalerConfig } from '../config/scaler-config.ts';
import { config as gitHub } from '../examples/github.ts';
import { resourcesOf } from '../lib/template.ts';
import { fleetByLabels } from '../simulator/workload/trace-labels.ts';
import { readTrace } from '../simulator/workload/trace.ts';
import { type Session, startSession } from './cli/session.ts';

// Hours of many classes: seconds on an idle machine, a minute and more on a busy one.
jest.setTimeout(300_000);

/** Of the built-in day, in whose first two hours nothing comes. */
const MORNING = ['--hours', '4'];

let folder: string;
let session: Session;

beforeAll(async () => {
  session = startSession();
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
});

afterAll(async () => {
  await session.end();
  await rm(folder, { recursive: true });
});

async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await session.run(args);
  expect({ code, stderr: /^\s+at |Warning/m.exec(stderr)?.[0] }).toEqual({ code: 0 });
  return stdout;
}

test('the trace has queue times, starts, ends and labels, and shows how long its jobs really waited', async () => {
  const { report, realWaits } = await readTrace('examples/jobs.csv');
  expect(report.tasks).toBeGreaterThan(300);
  expect(report.classes.map(({ resourceClass }) => resourceClass).toSorted()).toEqual([
    'acme/large',
    'acme/linux',
    'acme/linux-arm',
    'ubuntu-latest',
  ]);
  expect(realWaits.get('acme/linux')?.length).toBeGreaterThan(100);
});

test('npm start -- --trace examples/jobs.csv', async () => {
  const page = join(folder, 'trace.html');
  const said = await run('simulate', '--trace', 'examples/jobs.csv', '--out', page);
  expect(said).toMatch(/^- \d rows without a duration left out/m);
  expect(said).toContain('No fleet serves ubuntu-latest: 15 jobs left out');
  expect(said).toMatch(/^acme\/linux: half of .*; in the trace itself .* a month\.$/m);
  expect(await readFile(page, 'utf8')).toContain('in the trace itself');
});

test('npm run what-if -- config.ts examples/larger.ts --trace examples/jobs.csv', async () => {
  const page = join(folder, 'what-if.html');
  const configs = ['config.ts', 'examples/larger.ts'];
  const said = await run('what-if', ...configs, '--trace', 'examples/jobs.csv', '--out', page);
  expect(said).toMatch(/^figure +config\.ts +larger\.ts +2nd − 1st$/m);
  expect(said).toMatch(/^wait p95 \(s\) .* -\d/m);
  expect(await readFile(page, 'utf8')).toContain('larger.ts');
});

test('npm start -- --config examples/gitlab.ts', async () => {
  const page = join(folder, 'gitlab.html');
  const day = ['--config', 'examples/gitlab.ts', ...MORNING, '--out', page];
  const said = await run('simulate', ...day);
  expect(said).toMatch(/ passes, 0 of them failed$/m);
  expect(said).toMatch(/^linux-spot +\d+ +\d/m);
  // One request a pass for all three classes, where CircleCI takes two for each.
  const [, reads = 0, passes = 0] =
    /([\d,]+) demand reads[^]*? ([\d,]+) passes/
      .exec(said)
      ?.map((text) => Number(text.replaceAll(',', ''))) ?? [];
  expect(reads / passes).toBeCloseTo(1, 1);
  expect(await run('simulate', ...day, '--direct')).toContain(
    'The demand of GitLab was read as from CircleCI',
  );
});

test('examples/github.ts makes a stack, whose fleets jobs find by their labels', () => {
  const { fleets } = resolveConfig(gitHub);
  const serving = fleetByLabels(fleets);
  expect(Object.keys(resourcesOf(gitHub)).length).toBeGreaterThan(50);
  expect(serving('self-hosted,acme,gpu')).toBe('gpu');
  expect(serving('self-hosted,acme')).toBe('small-spot');
  expect(serving('self-hosted,acme-arm')).toBe('arm');
  expect(serving('ubuntu-latest')).toBeUndefined();
});

test('npm start -- --config examples/github.ts', async () => {
  const page = join(folder, 'github.html');
  const day = ['--config', 'examples/github.ts', ...MORNING, '--out', page];
  const said = await run('simulate', ...day);
  expect(said).toMatch(/ passes, 0 of them failed$/m);
  // The classes of the built-in day: all tasks that came were served.
  expect(said).toMatch(/^small-spot +(\d+) +\1 /m);
  expect(said).toMatch(/^gpu +(\d+) +\1 /m);
  // Four lists of runs for each of four repositories, and the jobs of those with runs.
  const [reads = 0, passes = 0] = [/([\d,]+) demand reads/, /([\d,]+) passes/].map((figure) =>
    Number(figure.exec(said)?.[1]?.replaceAll(',', '')),
  );
  expect(reads / passes).toBeGreaterThan(16);
  expect(reads / passes).toBeLessThan(18);
  expect(await run('simulate', ...day, '--direct')).toContain(
    'The demand of GitHub was read as from CircleCI',
  );
});

test('npm start -- --config FILE with CircleCI, GitHub and GitLab at once', async () => {
  const file = join(folder, 'mixed.config.ts');
  const config: ScalerConfig = {
    name: 'mixed',
    resourceClasses: [{ resourceClass: 'acme/linux', max: 20 }],
    github: {
      owners: ['acme'],
      fleets: [{ name: 'gpu', labels: ['acme', 'gpu'], max: 4, instanceTypes: ['g6.xlarge'] }],
    },
    gitlab: {
      url: 'https://gitlab.example.com',
      scope: 'instance',
      fleets: [{ name: 'deploy', runner: 42, max: 10 }],
    },
  };
  await writeFile(file, `export const config = ${JSON.stringify(config)};\n`);
  const page = join(folder, 'mixed.html');
  const said = await run('simulate', '--config', file, ...MORNING, '--out', page);
  expect(said).toMatch(/ passes, 0 of them failed$/m);
  for (const name of ['acme/linux', 'gpu', 'deploy']) {
    expect(said).toMatch(new RegExp(`^${name} +([1-9]\\d*) +\\1 `, 'm'));
  }
});

test('npm run what-if -- config.ts examples/larger.ts', async () => {
  const page = join(folder, 'built-in.html');
  const said = await run('what-if', 'config.ts', 'examples/larger.ts', '--out', page);
  expect(said).toMatch(/^wait p95 \(s\) .* -\d/m);
});
