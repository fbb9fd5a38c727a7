import { afterEach, describe, expect, test } from '@jest/globals';
import type { Trace, TraceOptions } from '../../../simulator/workload/trace.ts';
import { removeFiles, traceOf } from './trace-file.ts';

afterEach(removeFiles);

/** For every task, by the line it is from, the lines of the tasks it waits for. */
function waits({ tasks }: Trace): Record<string, readonly string[]> {
  return Object.fromEntries(
    tasks.map(({ id, after }) => [id, after.map((index) => tasks[index]?.id ?? 'none')]),
  );
}

describe('a dependency column', () => {
  const HEADER = 'queued_at,duration,build,job,depends_on';
  const row = (build: string, job: string, after: string) =>
    `2025-03-01T08:00Z,60,${build},${job},${after}`;

  test('makes a job wait for the named jobs of its own build', async () => {
    const trace = await traceOf([
      HEADER,
      row('1', 'deploy', 'test;lint'),
      row('1', 'test', 'build'),
      row('1', 'build', ''),
      row('1', 'lint', ''),
      row('2', 'build', ''),
      row('2', 'test', 'build'),
    ]);
    expect(trace.report.graph).toBe('column');
    expect(waits(trace)).toEqual({
      'line-2': ['line-3', 'line-5'],
      'line-3': ['line-4'],
      'line-4': [],
      'line-5': [],
      'line-6': [],
      'line-7': ['line-6'],
    });
  });

  test.each([
    ['"lint,build"'],
    ['lint; build'],
    ['"[""lint"", ""build""]"'],
    ["\"['lint','build']\""],
    ['lint;build;lint'],
  ])('understands the list %s', async (text) => {
    const trace = await traceOf([
      HEADER,
      row('1', 'lint', ''),
      row('1', 'build', ''),
      row('1', 'test', text),
    ]);
    expect(waits(trace)['line-4']).toEqual(['line-2', 'line-3']);
  });

  test('takes a job whose own name holds a comma as one', async () => {
    const trace = await traceOf([
      HEADER,
      row('1', '"lint, fast"', ''),
      row('1', 'test', '"lint, fast"'),
    ]);
    expect(waits(trace)['line-3']).toEqual(['line-2']);
  });

  test('waits for every run and every part of a job that is named', async () => {
    const trace = await traceOf([
      `${HEADER},parallelism`,
      `${row('1', 'build', '')},2`,
      `${row('1', 'build', '')},1`,
      `${row('1', 'test', 'build')},1`,
    ]);
    expect(waits(trace)['line-4']).toEqual(['line-2.1', 'line-2.2', 'line-3']);
  });

  test('releases a waiting job by its predecessors, not at its recorded queue time', async () => {
    const { tasks, report } = await traceOf([
      HEADER,
      '2025-03-01T08:00Z,60,1,build,',
      '2025-03-01T08:20Z,60,1,test,build',
    ]);
    expect(tasks[1]?.releaseAt).toBe(Date.UTC(2025, 2, 1, 8));
    expect(report.assumptions).toContain(
      'a job that depends on others is released when they end, not at its own queue time',
    );
  });

  test('does not wait for a job that never ran', async () => {
    const trace = await traceOf([
      HEADER,
      '2025-03-01T08:00Z,,1,approve,',
      row('1', 'deploy', 'approve'),
    ]);
    expect(waits(trace)).toEqual({ 'line-3': [] });
  });

  test('that names a job the build does not have is an error with its line', async () => {
    const lines = [HEADER, row('1', 'build', ''), row('1', 'test', 'biuld'), row('2', 'biuld', '')];
    await expect(traceOf(lines)).rejects.toMatchObject({
      line: 3,
      column: 'depends_on',
      problem: '"biuld" is no job of build 1; its jobs are "build", "test"',
    });
  });

  test('with a circle is an error that shows the circle', async () => {
    const lines = [
      HEADER,
      row('1', 'a', 'c'),
      row('1', 'b', 'a'),
      row('1', 'c', 'b'),
      row('1', 'd', 'c'),
    ];
    await expect(traceOf(lines)).rejects.toMatchObject({
      line: 2,
      column: 'depends_on',
      problem: 'jobs of build 1 wait for each other in a circle: a -> c -> b -> a',
    });
  });

  test('that makes a job wait for itself is an error', async () => {
    await expect(traceOf([HEADER, row('1', 'a', 'a')])).rejects.toMatchObject({ line: 2 });
  });

  test('without a build column is an error that names the option', async () => {
    const lines = ['queued_at,duration,job,depends_on', '2025-03-01T08:00Z,1,a,b'];
    await expect(traceOf(lines)).rejects.toThrow('name one with --column build=NAME');
  });
});

describe('stages', () => {
  const HEADER = 'build_created_at,build,job,duration_s';
  const row = (build: string, job: string) => `2025-03-01 08:00,${build},${job},60`;
  const STAGED = [
    HEADER,
    row('1', ':linux: test x86_64'),
    row('1', ':linux: build x86_64'),
    row('1', '"Unlock secrets, launch pipelines"'),
    row('1', 'Launch build jobs'),
    row('2', 'upload docs'),
    row('2', 'Launch test jobs'),
  ];
  const staged = async (stages: TraceOptions['stages'], lines: readonly string[] = STAGED) =>
    traceOf(lines, { ...(stages && { stages }) });

  test('make jobs wait for the stage before, within their build, and the first word decides', async () => {
    const trace = await staged(['launch', 'build', '*']);
    expect(waits(trace)).toEqual({
      'line-2': ['line-3'],
      'line-3': ['line-4', 'line-5'],
      'line-4': [],
      'line-5': [],
      // Build 2 has no build stage: what comes next waits for the stage before that.
      'line-6': ['line-7'],
      'line-7': [],
    });
    expect(trace.report.graph).toBe('stages');
    expect(trace.report.assumptions[0]).toBe(
      'the job graph is assumed, not known: within a build, jobs whose name holds launch, then build, then * run stage after stage',
    );
  });

  test('count a word only when it stands whole, in any case', async () => {
    const lines = [HEADER, row('1', 'BUILD'), row('1', 'pdf_build'), row('1', 'rebuild all')];
    const trace = await staged(['build', '*'], lines);
    expect(waits(trace)).toEqual({
      'line-2': [],
      'line-3': [],
      'line-4': ['line-2', 'line-3'],
    });
  });

  test('take the rest where the star stands', async () => {
    const trace = await staged(['*', 'upload'], [HEADER, row('1', 'upload'), row('1', 'test')]);
    expect(waits(trace)).toEqual({ 'line-2': ['line-3'], 'line-3': [] });
  });

  test('without a star leave other jobs free, and the report names them', async () => {
    const trace = await staged(['launch', 'build']);
    expect(waits(trace)['line-2']).toEqual([]);
    expect(trace.report.assumptions.join('\n')).toContain(
      '2 job names belong to no stage and wait for nothing: :linux: test x86_64; upload docs',
    );
  });

  test('share one list among the tasks of a stage, so that wide builds stay small', async () => {
    const lines = [HEADER, row('1', 'build a'), row('1', 'test a'), row('1', 'test b')];
    const { tasks } = await staged(['build', 'test'], lines);
    expect(tasks[1]?.after).toBe(tasks[2]?.after);
  });

  test('are not used where the trace has its own graph, and the report says so', async () => {
    const lines = [`${HEADER},needs`, `${row('1', 'b')},a`, `${row('1', 'a')},`];
    const trace = await staged(['b', 'a'], lines);
    expect(waits(trace)).toEqual({ 'line-2': ['line-3'], 'line-3': [] });
    expect(trace.report.assumptions).toContain(
      '--stages is not used: the trace has its own job graph',
    );
  });

  test('need a job and a build column', async () => {
    const lines = ['queued_at,duration', '2025-03-01T08:00Z,1'];
    await expect(staged(['a'], lines)).rejects.toThrow(
      '--stages needs the build of every job, and no column says it',
    );
  });

  test.each([[['a', 'a']], [['a', ' ']]])('are refused when they are %j', async (stages) => {
    await expect(staged(stages)).rejects.toThrow('allowed: different words, none of them empty');
  });
});
