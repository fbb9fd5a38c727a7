import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from '@jest/globals';
import { readTrace } from '../../../simulator/workload/trace.ts';
import { file, removeFiles } from './trace-file.ts';

afterEach(removeFiles);

const JOBS = [
  {
    id: 1,
    run_id: 7,
    name: 'build',
    labels: ['self-hosted', 'linux'],
    created_at: '2026-03-02T10:00:00Z',
    started_at: '2026-03-02T10:00:30Z',
    completed_at: '2026-03-02T10:02:30Z',
    steps: [{ name: 'checkout' }],
    runner: { id: 3 },
    conclusion: null,
  },
  {
    id: 2,
    run_id: 7,
    name: 'test',
    labels: ['ubuntu'],
    created_at: '2026-03-02T10:02:30Z',
    started_at: '2026-03-02T10:02:40Z',
    completed_at: '2026-03-02T10:03:40Z',
  },
];

async function read(content: string) {
  return readTrace(file(content, 'jobs.json'));
}

describe('a JSON trace', () => {
  test.each([
    ['an array', JSON.stringify(JOBS)],
    ['an indented array', JSON.stringify(JOBS, null, 2)],
    ['an object per line', JOBS.map((job) => `${JSON.stringify(job)}\n`).join('')],
    ['the answer of an API', JSON.stringify({ total_count: 2, jobs: JOBS })],
    [
      'the pages of an answer, in one array',
      JSON.stringify(JOBS.map((job) => ({ total_count: 2, jobs: [job] }))),
    ],
    [
      'a page of an answer per line',
      JOBS.map((job) => `${JSON.stringify({ total_count: 2, jobs: [job] })}\n`).join(''),
    ],
    ['an array after a byte order mark', `\uFEFF${JSON.stringify(JOBS)}`],
  ])('is read from %s', async (_what, content) => {
    const { tasks, report, realWaits } = await read(content);
    expect(tasks.map(({ durationMs }) => durationMs)).toEqual([120_000, 60_000]);
    expect(report).toMatchObject({
      delimiter: 'json',
      columns: {
        time: 'created_at',
        start: 'started_at',
        end: 'completed_at',
        class: 'labels',
        build: 'run_id',
        job: 'name',
        id: 'id',
      },
    });
    expect(report.ignoredColumns).toEqual(['steps', 'conclusion', 'runner_id']);
    expect(realWaits).toEqual(
      new Map([
        ['self-hosted,linux', [30]],
        ['ubuntu', [10]],
      ]),
    );
  });

  test('may have inner objects, whose keys are joined', async () => {
    const job = {
      queued_at: 1_772_445_600,
      duration: 60.5,
      pipeline: { id: 4, created_at: '2026-03-02T09:00:00Z' },
    };
    const { tasks, report } = await read(JSON.stringify([job]));
    expect(tasks[0]).toMatchObject({
      durationMs: 60_500,
      pipeline: '4',
      releaseAt: 1_772_445_600_000,
    });
    expect(report.columns.build).toBe('pipeline_id');
  });

  test('names the entry of an array at fault, and the line of a file with one object per line', async () => {
    const [first, second] = JOBS;
    const wrong = { ...second, started_at: 'soon' };
    await expect(read(JSON.stringify([first, wrong]))).rejects.toThrow(
      /jobs\.json, entry 2, column started_at: "soon"/,
    );
    const lines = [first, wrong].map((job) => JSON.stringify(job)).join('\n');
    await expect(read(lines)).rejects.toThrow(/jobs\.json, line 2, column started_at: "soon"/);
  });

  test.each([
    ['[{"a": 1}, 2]', /jobs\.json, entry 2: is no object; a JSON trace is an array of objects/],
    ['{"a": 1}\nnothing', /jobs\.json, line 2: is not JSON; allowed: CSV with a header, one JSON/],
    ['[{"a": 1}', /jobs\.json, line 1: is not JSON; allowed/],
    ['[]', /there is no job/],
    ['[{"a": 1}]', /no column says when a job was queued.*the columns are "a"/],
  ])('%s is refused', async (content, words) => {
    await expect(read(content)).rejects.toThrow(words);
  });
});

describe('standard input', () => {
  const program = `
    import { readTrace } from './simulator/workload/trace.ts';
    try {
      const { tasks } = await readTrace('-');
      console.log(JSON.stringify(tasks.map(({ durationMs }) => durationMs)));
    } catch (error) {
      console.log(error.message);
    }`;
  const run = (input: string) => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
    return spawnSync(process.execPath, args, { input, encoding: 'utf8' }).stdout.trim();
  };

  test('is read as a file is, CSV or JSON', () => {
    expect(run('queued_at,duration\n2026-03-02T10:00Z,60\n')).toBe('[60000]');
    expect(run(JSON.stringify(JOBS))).toBe('[120000,60000]');
  });

  test('is named in an error', () => {
    expect(run('')).toBe('standard input: the file is empty; a header line is needed');
    expect(run('queued_at,duration\nsoon,60\n')).toContain(
      'standard input, line 2, column queued_at',
    );
  });
});
