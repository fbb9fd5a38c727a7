import { afterEach, describe, expect, test } from '@jest/globals';
import { resolveConfig } from '../../../config/resolve-config.ts';
import { fleetByLabels } from '../../../simulator/workload/trace-labels.ts';
import { readTrace } from '../../../simulator/workload/trace.ts';
import { file, removeFiles } from './trace-file.ts';

afterEach(removeFiles);

const { fleets } = resolveConfig({
  name: 'ci',
  resourceClasses: [{ resourceClass: 'acme/linux', max: 4 }],
  github: {
    owners: ['acme'],
    fleets: [
      { name: 'gpu', labels: ['Acme', 'gpu'], max: 4 },
      { name: 'small', labels: ['acme'], max: 4 },
      { name: 'arm', labels: ['acme', 'arm64'], max: 4, architecture: 'arm64' },
      { name: 'any', labels: ['self-hosted'], max: 4, architecture: 'arm64' },
    ],
  },
});
const serving = fleetByLabels(fleets);

describe('the labels of a job in a trace', () => {
  test.each([
    ['self-hosted,acme,gpu', 'gpu'],
    ['GPU', 'gpu'],
    // Either may get it, as in GitHub.
    ['acme, self-hosted', 'arm'],
    ['self-hosted,linux,x64,acme', 'small'],
    ['self-hosted,acme,arm64', 'arm'],
    ['self-hosted', 'any'],
    ['ubuntu-latest', undefined],
    ['acme,gpu,windows', undefined],
    ['acme/linux', undefined],
    ['', undefined],
  ])('%s are served by %s', (labels, served) => {
    expect(serving(labels)).toBe(served);
  });

  test('lead to the fleet, and what the command line names comes first', async () => {
    const job = (id: number, labels: readonly string[]) => ({
      id,
      run_id: 7,
      name: `job-${id}`,
      labels,
      created_at: `2026-03-02T10:00:0${id}Z`,
      started_at: '2026-03-02T10:01:00Z',
      completed_at: '2026-03-02T10:06:00Z',
      steps: [{ name: 'checkout', number: 1 }],
      conclusion: 'success',
    });
    const jobs = [
      job(1, ['self-hosted', 'acme', 'gpu']),
      job(2, ['self-hosted', 'acme']),
      job(3, ['ubuntu-latest']),
      job(4, ['windows-latest']),
    ];
    const path = file(JSON.stringify({ total_count: jobs.length, jobs }), 'jobs.json');
    const { tasks, report } = await readTrace(path, {
      serving,
      classes: { 'self-hosted,acme': 'acme/linux', 'ubuntu-latest': 'small' },
    });
    expect(tasks.map(({ resourceClass }) => resourceClass)).toEqual([
      'gpu',
      'acme/linux',
      'small',
      'windows-latest',
    ]);
    expect(report.columns).toMatchObject({ class: 'labels', build: 'run_id', job: 'name' });
  });
});
