import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TRACE_CLASS, unservedClasses } from '../../../simulator/workload/trace-classes.ts';
import { readTrace } from '../../../simulator/workload/trace.ts';
import { file, removeFiles, traceOf } from './trace-file.ts';

afterEach(removeFiles);

/** In the form of the Julia project's Buildkite jobs: the build's time only, no class, no graph. */
const BUILDKITE_LIKE = [
  'build_created_at_utc_minute,build,job,duration_s',
  '2024-12-27 08:00,7,"Unlock secrets, launch pipelines",9',
  '2024-12-27 08:00,7,:linux: build x86_64,730',
  '2024-12-27 08:00,7,:linux: test x86_64,5905',
  '2024-12-28 21:45,8,Launch build jobs,6',
];

test('a list of builds and jobs is read without options', async () => {
  const { tasks, report } = await traceOf(BUILDKITE_LIKE);
  expect(tasks).toHaveLength(4);
  expect(tasks[1]).toEqual({
    id: 'line-3',
    resourceClass: TRACE_CLASS,
    pipeline: '7',
    releaseAt: Date.UTC(2024, 11, 27, 8),
    durationMs: 730_000,
    after: [],
  });
  expect(report).toMatchObject({
    rows: 4,
    outOfOrder: 0,
    duplicates: 0,
    tasks: 4,
    builds: 2,
    graph: 'none',
    columns: {
      time: 'build_created_at_utc_minute',
      duration: 'duration_s',
      build: 'build',
      job: 'job',
    },
  });
  expect(report.assumptions).toContain(
    'the trace has no job graph: every job is released at its own time',
  );
});

test('a usage export of CircleCI is read without options', async () => {
  const { tasks, report } = await traceOf([
    'PIPELINE_ID,PIPELINE_CREATED_AT,WORKFLOW_ID,JOB_NAME,JOB_ID,JOB_RUN_QUEUED_AT,JOB_RUN_STARTED_AT,JOB_RUN_STOPPED_AT,RESOURCE_CLASS,PARALLELISM,JOB_RUN_SECONDS',
    'p,2025-03-01T08:00:00Z,w,test,j1,2025-03-01 08:01:00,2025-03-01 08:02:00,2025-03-01 08:05:00,acme/linux,2,180',
    String.raw`p,2025-03-01T08:00:00Z,w,wait,j2,\N,\N,\N,acme/linux,1,\N`,
  ]);
  expect(tasks.map(({ id, releaseAt, durationMs }) => ({ id, releaseAt, durationMs }))).toEqual([
    { id: 'line-2.1', releaseAt: Date.UTC(2025, 2, 1, 8, 1), durationMs: 180_000 },
    { id: 'line-2.2', releaseAt: Date.UTC(2025, 2, 1, 8, 1), durationMs: 180_000 },
  ]);
  expect(tasks[0]).toMatchObject({ resourceClass: 'acme/linux', pipeline: 'w' });
  expect(report.neverRan).toBe(1);
});

describe('the columns', () => {
  test.each([
    ['created_at,started_at,completed_at'],
    ['createdAt,startedAt,finishedAt'],
    ['Queued At,Started At,Stopped At'],
    ['JOB_RUN_QUEUED_AT,JOB_BUILD_STARTED_AT,JOB_BUILD_STOPPED_AT'],
  ])('%s give the release and, by difference, the duration', async (header) => {
    const { tasks } = await traceOf([
      header,
      '2025-03-01T08:00Z,2025-03-01T08:10Z,2025-03-01T08:12Z',
    ]);
    expect(tasks[0]).toMatchObject({ releaseAt: Date.UTC(2025, 2, 1, 8), durationMs: 120_000 });
  });

  test.each([
    ['duration', '90', 90_000],
    ['duration_s', '90', 90_000],
    ['duration_seconds', '1.5', 1500],
    ['duration_ms', '90', 90],
    ['durationMs', '90', 90],
    ['Duration (min)', '2', 120_000],
    ['run_time', '90', 90_000],
    ['JOB_RUN_SECONDS', '90', 90_000],
    ['build_time_millis', '90', 90],
    ['duration', '1:02:03', 3_723_000],
    ['duration', '0', 0],
  ])('%s with the value %s lasts %i ms', async (name, value, expected) => {
    const { tasks } = await traceOf([`queued_at,${name}`, `2025-03-01T08:00Z,${value}`]);
    expect(tasks[0]?.durationMs).toBe(expected);
  });

  test.each(['created_at_ms', 'timestamp_s', 'start_time_utc', 'queued_utc'])(
    '%s is a moment',
    async (name) => {
      const { tasks } = await traceOf([`${name},duration`, '2025-03-01T08:00,60']);
      expect(tasks[0]?.releaseAt).toBe(Date.UTC(2025, 2, 1, 8));
    },
  );

  test.each(['queue_time', 'queued_seconds', 'time_ms', 'queued_duration'])(
    '%s is no moment: it may be the length of a wait',
    async (name) => {
      const lines = [`${name},created_at,duration`, '5,2025-03-01T08:00Z,60'];
      expect((await traceOf(lines)).report.columns.time).toBe('created_at');
    },
  );

  test('of unknown names are named by options', async () => {
    const { tasks } = await traceOf(
      ['begin,took,where,run,what', '2025-03-01T08:00Z,2,gpu,r1,train'],
      {
        columns: { time: 'begin', duration: 'took', class: 'where', build: 'RUN', job: 'what' },
        durationUnit: 'minutes',
      },
    );
    expect(tasks[0]).toMatchObject({ durationMs: 120_000, resourceClass: 'gpu', pipeline: 'r1' });
  });

  test('of a job come before those of its pipeline', async () => {
    const { report } = await traceOf([
      'pipeline_created_at,queued_at,duration',
      '2025-03-01T08:00Z,2025-03-01T09:00Z,1',
    ]);
    expect(report.columns.time).toBe('queued_at');
    expect(report.ignoredColumns).toEqual(['pipeline_created_at']);
  });

  test('without a queue time release a job when it started, and the report says so', async () => {
    const { tasks, report } = await traceOf(['started_at,duration', '2025-03-01T08:00Z,60']);
    expect(tasks[0]?.releaseAt).toBe(Date.UTC(2025, 2, 1, 8));
    expect(report.assumptions.join('\n')).toContain('no queue time is known');
  });

  test('with an end and a duration only release a job that much earlier', async () => {
    const { tasks } = await traceOf(['finished_at,duration', '2025-03-01T08:01Z,60']);
    expect(tasks[0]?.releaseAt).toBe(Date.UTC(2025, 2, 1, 8));
  });
});

describe('a time', () => {
  const eight = Date.UTC(2025, 2, 1, 8);
  test.each([
    ['2025-03-01 08:00', eight],
    ['2025-03-01T08:00', eight],
    ['2025-03-01T08:00Z', eight],
    ['2025-03-01 08:00:00 UTC', eight],
    ['2025-03-01T08:00:00.250Z', eight + 250],
    ['2025-03-01 08:00:00.123456+00', eight + 123],
    ['2025-03-01T10:00:00+02:00', eight],
    ['2025-03-01T03:00:00-0500', eight],
    ['2025-03-01T13:30:00 +0530', eight],
    [String(eight / 1000), eight],
    [`${eight / 1000}.5`, eight + 500],
    [String(eight), eight],
  ])('of the form %s is understood', async (text, expected) => {
    const { tasks } = await traceOf(['queued_at,duration', `${text},1`]);
    expect(tasks[0]?.releaseAt).toBe(expected);
  });

  test.each([
    ['Europe/Berlin', '2025-03-01 09:00', eight],
    ['Europe/Berlin', '2025-07-01 10:00', Date.UTC(2025, 6, 1, 8)],
    // The clocks go forward at 02:00 local time on this day.
    ['Europe/Berlin', '2025-03-30 03:00', Date.UTC(2025, 2, 30, 1)],
    ['Europe/Berlin', '2025-03-30 01:59', Date.UTC(2025, 2, 30, 0, 59)],
    ['+02:00', '2025-03-01 10:00', eight],
    ['America/New_York', '2025-03-01 08:00Z', eight],
  ])('without a zone is taken in zone %s: %s', async (zone, text, expected) => {
    const { tasks } = await traceOf(['queued_at,duration', `${text},1`], { zone });
    expect(tasks[0]?.releaseAt).toBe(expected);
  });

  test.each([
    ['mdy', '03/02/2026 14:05:00', '2026-03-02T14:05:00Z'],
    ['mdy', '3/2/2026 2:05:07 PM', '2026-03-02T14:05:07Z'],
    ['mdy', '3/2/2026, 12:05 AM', '2026-03-02T00:05:00Z'],
    ['mdy', '3/2/26 14:05', '2026-03-02T14:05:00Z'],
    ['dmy', '02.03.2026 14:05', '2026-03-02T14:05:00Z'],
    ['dmy', '02/03/2026 14:05:30.5', '2026-03-02T14:05:30.500Z'],
    ['dmy', '2.3.2026 14:05 +02:00', '2026-03-02T12:05:00Z'],
    ['ymd', '26-03-02 14:05', '2026-03-02T14:05:00Z'],
    ['dmy', '2026-03-02 14:05', '2026-03-02T14:05:00Z'],
    [undefined, '2026/03/02 14:05', '2026-03-02T14:05:00Z'],
  ] as const)('is read in the order %s: %s', async (dateOrder, text, expected) => {
    const { tasks } = await traceOf(
      ['queued_at;duration', `${text};1`],
      dateOrder === undefined ? {} : { dateOrder },
    );
    expect(new Date(tasks[0]?.releaseAt ?? 0)).toEqual(new Date(expected));
  });

  test('of a column that says utc is UTC whatever the option says', async () => {
    const lines = ['created_at_utc,duration', '2025-03-01 08:00,1'];
    const { tasks } = await traceOf(lines, { zone: 'Europe/Berlin' });
    expect(tasks[0]?.releaseAt).toBe(eight);
  });

  test('is compared across zones in one file', async () => {
    const { tasks, report } = await traceOf([
      'queued_at,duration',
      '2025-03-01T10:00+02:00,1',
      '2025-03-01T07:59Z,2',
      '2025-03-01T03:01-05:00,3',
    ]);
    expect(tasks.map(({ durationMs }) => durationMs)).toEqual([2000, 1000, 3000]);
    expect(report.outOfOrder).toBe(1);
  });
});

describe('the file', () => {
  const rows = (delimiter: string) =>
    [
      ['queued_at', 'duration', 'job'],
      ['2025-03-01T08:00Z', '1', `"a${delimiter} b ""c"""`],
    ].map((cells) => cells.join(delimiter));

  test.each([
    ['comma', ','],
    ['semicolon', ';'],
    ['tab', '\t'],
    ['bar', '|'],
  ])('may be delimited by %s', async (name, delimiter) => {
    const { tasks, report } = await traceOf(rows(delimiter));
    expect(tasks).toHaveLength(1);
    expect(report.delimiter).toBe(name);
  });

  test.each([
    ['a byte order mark', `\uFEFF${rows(',').join('\n')}`],
    ['lines that end in CR LF', `${rows(',').join('\r\n')}\r\n`],
    ['no line end after the last row', rows(',').join('\n')],
    ['blank lines', `\n${rows(',').join('\n\n')}\n\n`],
    ['UTF-16', Buffer.from(`\uFEFF${rows(',').join('\n')}\n`, 'utf16le')],
    ['gzip', gzipSync(rows(',').join('\n'))],
  ])('may have %s', async (_what, content) => {
    const { tasks, report } = await readTrace(file(content));
    expect(tasks).toHaveLength(1);
    expect(report.columns).toEqual({ time: 'queued_at', duration: 'duration', job: 'job' });
  });

  /** 600 KB, more than is read at once. */
  const wide = `queued_at,duration,note\n${`2025-03-01T08:00Z,1,${'-'.repeat(6000)}\n`.repeat(100)}`;

  test('reports its progress up to its last byte', async () => {
    const path = file(wide);
    const seen: { bytesRead: number; bytesTotal: number }[] = [];
    await readTrace(path, { onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)?.bytesRead).toBe(seen[0]?.bytesTotal);
  });

  test('is left when the signal says so', async () => {
    const path = file(wide);
    const stop = new AbortController();
    const reading = readTrace(path, {
      signal: stop.signal,
      onProgress: () => {
        stop.abort(new Error('stopped'));
      },
    });
    await expect(reading).rejects.toThrow('stopped');
  });
});

describe('the rows', () => {
  test('out of order are sorted and counted', async () => {
    const { tasks, report } = await traceOf([
      'queued_at,duration',
      '2025-03-01T08:02Z,1',
      '2025-03-01T08:00Z,2',
      '2025-03-01T08:01Z,3',
    ]);
    expect(tasks.map(({ durationMs }) => durationMs)).toEqual([2000, 3000, 1000]);
    expect(report.outOfOrder).toBe(2);
  });

  test('that repeat a job in every column are left out and counted', async () => {
    const again = '2025-03-01T08:00Z,1,17';
    const { tasks, report } = await traceOf(['queued_at,duration,job_id', again, again]);
    expect(tasks).toHaveLength(1);
    expect(report.duplicates).toBe(1);
  });

  test('that differ in a column that is not used are different jobs', async () => {
    const { tasks } = await traceOf([
      'queued_at,duration,build,job,attempt',
      '2025-03-01T08:00Z,1,7,test,1',
      '2025-03-01T08:00Z,1,7,test,2',
    ]);
    expect(tasks).toHaveLength(2);
  });

  test('that are equal without saying which job they are stay: two jobs may be alike', async () => {
    const again = '2025-03-01T08:00Z,1';
    const { tasks, report } = await traceOf(['queued_at,duration', again, again]);
    expect(tasks).toHaveLength(2);
    expect(report.duplicates).toBe(0);
  });

  test('without any time are left out and counted', async () => {
    const { tasks, report } = await traceOf([
      'queued_at,started_at,duration',
      ',,5',
      '2025-03-01T08:01Z,,5',
      ',2025-03-01T08:02Z,5',
      ',,7',
    ]);
    expect(tasks).toHaveLength(2);
    expect(report).toMatchObject({ rows: 4, withoutTime: 2, releasedAtStart: 1 });
    expect(report.leftOut).toEqual(['2 rows without a queue time and a start left out']);
  });

  test('without a duration never ran, and are left out and counted', async () => {
    const { tasks, report } = await traceOf([
      'queued_at,duration',
      '2025-03-01T08:00Z,',
      '2025-03-01T08:01Z,5',
    ]);
    expect(tasks).toHaveLength(1);
    expect(report.neverRan).toBe(1);
    expect(report.leftOut).toEqual([
      '1 row without a duration left out: the job never ran, or has not ended',
    ]);
  });
});

describe('the classes', () => {
  const lines = [
    'queued_at,duration,resource_class',
    '2025-03-01T08:00Z,1,acme/linux',
    '2025-03-01T08:01Z,1,medium',
    '2025-03-01T08:02Z,1,medium',
    '2025-03-01T08:03Z,1,',
  ];

  test('that no fleet serves are named and counted', async () => {
    const trace = await traceOf(lines);
    expect(unservedClasses(trace.report, ['acme/linux'])).toEqual([
      { traceClass: 'medium', resourceClass: 'medium', tasks: 2 },
      { traceClass: '', resourceClass: TRACE_CLASS, tasks: 1 },
    ]);
  });

  test('are translated by a map', async () => {
    const trace = await traceOf(lines, {
      classes: { medium: 'acme/linux' },
      defaultClass: 'acme/small',
    });
    expect(trace.tasks.map(({ resourceClass }) => resourceClass)).toEqual([
      'acme/linux',
      'acme/linux',
      'acme/linux',
      'acme/small',
    ]);
    expect(unservedClasses(trace.report, ['acme/linux', 'acme/small'])).toEqual([]);
  });

  test('that the map does not name go to its class of *', async () => {
    const { tasks } = await traceOf(lines, {
      classes: { medium: 'acme/big', '*': 'acme/any' },
    });
    expect(tasks.map(({ resourceClass }) => resourceClass)).toEqual([
      'acme/any',
      'acme/big',
      'acme/big',
      'acme/any',
    ]);
  });
});
