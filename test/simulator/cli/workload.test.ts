import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SIMULATE, type SimulateGiven } from '../../../simulator/cli/simulate.ts';
import { loadWorkload } from '../../../simulator/cli/workload.ts';
import { typed } from '../../cli/typed.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workload-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the workload of a run', () => {
  test('is the built-in day over the classes of the config', async () => {
    const { title, tasks } = await load([]);
    expect(title).toBe('One working day');
    expect(new Set(tasks.map((task) => task.resourceClass))).toEqual(
      new Set(['acme/linux', 'acme/large']),
    );
  });

  test('can be cut to its first hours', async () => {
    const { startAt, tasks, notes } = await load(['--hours', '9']);
    expect(Math.max(...tasks.map(({ releaseAt }) => releaseAt))).toBeLessThan(
      startAt + 9 * 3_600_000,
    );
    expect(tasks.length).toBeGreaterThan(50);
    for (const { after } of tasks) {
      for (const index of after) expect(tasks[index]).toBeDefined();
    }
    expect(notes).toContain('Only the first 9 hours of the workload were run.');
  });

  test('of a trace without classes goes to the first class of the config', async () => {
    const file = await csv('created_at,duration_s\n2026-03-02 08:00:30,60\n');
    const { startAt, tasks, notes } = await load(['--trace', file]);
    expect(startAt).toBe(Date.parse('2026-03-02T08:00:00Z'));
    expect(tasks.map(({ resourceClass }) => resourceClass)).toEqual(['acme/linux']);
    expect(notes[0]).toBe('The trace has 1 job; time from created_at, duration from duration_s.');
  });

  test('names and counts the classes of a trace that no fleet serves', async () => {
    const rows = '2026-03-02 08:00,60,big gpu\n'.repeat(3);
    const file = await csv(
      `created_at,duration_s,resource_class\n${rows}2026-03-02 08:00,60,acme/linux\n`,
    );
    const { leftOut } = await load(['--trace', file]);
    expect(leftOut).toEqual([
      "No fleet serves big gpu: 3 jobs left out, taken to run elsewhere. To serve them: --class 'big gpu=acme/linux'.",
    ]);
    const served = await load(['--trace', file, '--class', 'big gpu=acme/large']);
    expect(served.tasks[0]?.resourceClass).toBe('acme/large');
    expect(served.leftOut).toEqual([]);
  });

  test('of a trace whose jobs nobody serves is refused, as is a class that nobody serves', async () => {
    const file = await csv(
      'created_at,duration_s,labels\n2026-03-02 08:00,60,big gpu\n2026-03-02 08:00,60,\n',
    );
    const args = ['--trace', file];
    await expect(load([...args, '--default-class', 'acme/nope'])).rejects.toThrow(
      '--default-class acme/nope: no fleet of the config serves acme/nope; allowed: acme/linux, acme/large',
    );
    await expect(load([...args, '--class', 'big gpu=acme/nope'])).rejects.toThrow(
      "--class 'big gpu=acme/nope': no fleet of the config serves acme/nope; allowed: acme/linux, acme/large",
    );
    const { tasks } = await load([...args, '--class', '*=acme/large']);
    expect(tasks.map(({ resourceClass }) => resourceClass)).toEqual(['acme/large', 'acme/large']);
    await expect(
      load(['--trace', await csv('created_at,duration_s,label\n2026-03-02 08:00,60,gpu\n')]),
    ).rejects.toThrow(
      "no fleet of the config serves any of the trace's 1 job: they ask for gpu (1); " +
        'the config serves acme/linux, acme/large; say which class serves which label, ' +
        "as in --class gpu=acme/linux, or --class '*=acme/linux' for all of them",
    );
  });

  test('says which option was not needed', async () => {
    const file = await csv('created_at,duration_s\n2026-03-02 08:00,60\n');
    const { leftOut } = await load(['--trace', file, '--class', 'gpu=acme/large']);
    expect(leftOut).toEqual(['--class gpu=… was not needed: no job of the trace asks for gpu.']);
  });

  test('has the waits that the trace itself shows', async () => {
    const file = await csv(
      'queued_at,started_at,duration_s\n2026-03-02 08:00:00,2026-03-02 08:01:30,60\n',
    );
    const { realWaits } = await load(['--trace', file]);
    expect(realWaits).toEqual(new Map([['acme/linux', [90]]]));
  });

  test('says which line of a trace is at fault', async () => {
    const file = await csv('created_at,duration_s\n2026-03-02 08:00,60\n2026-03-02 08:01,-5\n');
    await expect(load(['--trace', file])).rejects.toThrow(/line 3, column duration_s: .*-5/);
  });
});

async function csv(text: string) {
  const file = join(folder, 'jobs.csv');
  await writeFile(file, text);
  return file;
}

async function load(args: readonly string[]) {
  return loadWorkload({
    given: await typed<SimulateGiven>(SIMULATE, args),
    resourceClasses: ['acme/linux', 'acme/large'],
    onRead: () => undefined,
    signal: new AbortController().signal,
  });
}
