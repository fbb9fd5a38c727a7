/**
 * GitHub gives a job to any idle runner with its labels, whichever fleet the machine was started for. The job for which it
 * was started waits on, is counted at the next pass, and gets another machine.
 */
import { describe, expect, test } from '@jest/globals';
import { resolveConfig } from '../../config/resolve-config.ts';
import { settingsOf } from '../../simulator/config-run.ts';
import { fleetsOf } from '../../simulator/fleets.ts';
import { localRun } from '../../simulator/local-run.ts';
import { BUILT_IN_PRICES } from '../../simulator/prices.ts';
import { summarise } from '../../simulator/report/summary.ts';
import { BUILT_IN_START } from '../../simulator/workload/built-in-start.ts';
import type { TaskSpec } from '../../simulator/world/task.ts';

const MINUTE = 60_000;

/** A GPU job each ten minutes, and small jobs in bursts while its machine boots: whatever is ready first takes them. */
const ROUND = 4;
const TASKS: readonly TaskSpec[] = Array.from({ length: 15 * ROUND }, (_, at) => {
  const isGpu = at % ROUND === 0;
  const round = Math.floor(at / ROUND);
  return {
    id: `task ${at}`,
    resourceClass: isGpu ? 'gpu' : 'small',
    pipeline: `round ${round}`,
    releaseAt: BUILT_IN_START + round * 10 * MINUTE + (isGpu ? 0 : 20_000 + (at % ROUND) * 5_000),
    durationMs: isGpu ? 4 * MINUTE : 2 * MINUTE,
    after: [],
  };
});

interface Day {
  readonly form: 'wire' | 'direct';
  readonly rounds: number;
  readonly gpuLabels: readonly string[];
}

async function day({ form, rounds, gpuLabels }: Day) {
  const config = resolveConfig({
    name: 'ci',
    github: {
      owners: ['acme'],
      fleets: [
        { name: 'small', labels: ['acme'], max: 10 },
        { name: 'gpu', labels: gpuLabels, max: 10, instanceTypes: ['g6.xlarge'] },
      ],
    },
  });
  const problems: string[] = [];
  const { record } = await localRun({
    title: 'stolen runners',
    seed: 1,
    startAt: BUILT_IN_START,
    tasks: TASKS.slice(0, rounds * ROUND),
    fleets: fleetsOf(config.fleets, BUILT_IN_PRICES).fleets,
    ...settingsOf(config),
    form,
    report: {
      outcome: ({ failure }) => {
        if (failure) problems.push(failure.message);
      },
      warning: (message) => problems.push(message),
    },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  expect(problems).toEqual([]);
  const [small, gpu] = summarise(record).classes;
  if (small === undefined || gpu === undefined) throw new Error('a class is missing');
  return { small, gpu };
}

const SHARED = ['acme', 'gpu'];
const OWN = ['acme-gpu'];

describe('a runner that takes the job of another', () => {
  test('strands none: every job is served, and the one it was started for waits one boot longer', async () => {
    const shared = await day({ form: 'direct', rounds: 15, gpuLabels: SHARED });
    const own = await day({ form: 'direct', rounds: 15, gpuLabels: OWN });
    for (const { small, gpu } of [shared, own]) {
      expect([small.tasksServed, gpu.tasksServed]).toEqual([45, 15]);
      expect(small.launches).toBe(45);
    }
    // Each first GPU machine is stolen, and each is replaced once.
    expect([own.gpu.launches, shared.gpu.launches]).toEqual([15, 30]);
    expect([own.small.neverUsed, shared.small.neverUsed]).toEqual([0, 15]);
    expect(
      [own.gpu.wait?.p50, shared.gpu.wait?.p50].map((seconds = 0) => Math.round(seconds)),
    ).toEqual([71, 139]);
    expect(
      [own.gpu.wait?.max, shared.gpu.wait?.max].map((seconds = 0) => Math.round(seconds)),
    ).toEqual([102, 169]);
    expect(
      [own.small.wait?.p50, shared.small.wait?.p50].map((seconds = 0) => Math.round(seconds)),
    ).toEqual([69, 59]);
  });

  test('is seen so in what GitHub answers over HTTP', async () => {
    const { small, gpu } = await day({ form: 'wire', rounds: 2, gpuLabels: SHARED });
    expect([small.tasksServed, gpu.tasksServed]).toEqual([6, 2]);
    expect([small.launches, gpu.launches]).toEqual([6, 4]);
  });
});
