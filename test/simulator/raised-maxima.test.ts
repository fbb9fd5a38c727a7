import { expect, test } from '@jest/globals';
import { type LocalRunOptions, localRun } from '../../simulator/local-run.ts';
import { raiseMaxima } from '../../simulator/raised-maxima.ts';
import type { TaskSpec } from '../../simulator/world/task.ts';

const START = Date.parse('2026-03-02T08:00:00Z');

/** Ten jobs of ten minutes at once for one class, one for the other. */
const TASKS: readonly TaskSpec[] = Array.from({ length: 11 }, (_, index) => ({
  id: `job-${index}`,
  resourceClass: index < 10 ? 'acme/crowd' : 'acme/calm',
  pipeline: `build-${index}`,
  releaseAt: START,
  durationMs: 600_000,
  after: [],
}));

function options(signal = new AbortController().signal): LocalRunOptions {
  const fleet = {
    min: 0,
    max: 2,
    headroom: 0,
    idleTimeoutMs: 60_000,
    maxRunTimeMs: 3_600_000,
    spot: false,
    pricePerHour: 1,
  };
  return {
    title: 'crowd',
    seed: 1,
    startAt: START,
    tasks: TASKS,
    fleets: [
      { ...fleet, group: 'crowd', resourceClass: 'acme/crowd' },
      { ...fleet, group: 'calm', resourceClass: 'acme/calm' },
    ],
    parameters: {},
    scalerName: 'ci',
    passIntervalSeconds: 10,
    wakeUps: true,
    form: 'direct',
    report: { outcome: () => undefined, warning: () => undefined },
    signal,
    onProgress: () => undefined,
  };
}

test('greater maxima are tried for the class that waited for its maximum, and for no other', async () => {
  const { record } = await localRun(options());
  const raised = await raiseMaxima(options(), record);
  expect([...raised.keys()]).toEqual(['acme/crowd']);
  const tried = raised.get('acme/crowd') ?? [];
  expect(tried.map(({ max }) => max)).toEqual([4, 6, 10]);
  const waits = tried.map(({ p95 }) => p95 ?? Number.NaN);
  expect(waits[0]).toBeGreaterThan(waits[1] ?? Number.NaN);
  // With a machine for each, all wait for a boot only.
  expect(waits[2]).toBeLessThan(300);
  expect(tried.at(-1)?.machineCost).toBeGreaterThan(1);
});

test('nothing is said of greater maxima when the run was stopped', async () => {
  const { record } = await localRun(options());
  expect(await raiseMaxima(options(AbortSignal.abort()), record)).toEqual(new Map());
  expect(await raiseMaxima(options(), { ...record, interrupted: true })).toEqual(new Map());
});
