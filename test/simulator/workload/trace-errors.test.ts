import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TraceError } from '../../../simulator/workload/trace-error.ts';
import { readTrace } from '../../../simulator/workload/trace.ts';
import type { TraceOptions } from '../../../simulator/workload/trace.ts';
import { file, removeFiles } from './trace-file.ts';

afterEach(removeFiles);

/** The one error that reading these lines gives, without the file's name. */
async function errorOf(
  content: string | Uint8Array | readonly string[],
  options?: TraceOptions,
): Promise<Pick<TraceError, 'line' | 'column' | 'problem'>> {
  const isLines = typeof content !== 'string' && !(content instanceof Uint8Array);
  return errorAt(file(isLines ? content.join('\n') : content), options);
}

async function errorAt(
  path: string,
  options?: TraceOptions,
): Promise<Pick<TraceError, 'line' | 'column' | 'problem'>> {
  const error = await readTrace(path, options).then(
    () => new Error('no error'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TraceError)) throw error;
  expect(error.message.startsWith(path)).toBe(true);
  expect(error.message).not.toContain('\n');
  const { line, column, problem } = error;
  return { line, column, problem };
}

const HEADER = 'queued_at,duration,job';
const GOOD = '2025-03-01T08:00Z,60,test';

test('an error names the file, the line, the column, the value and what is allowed', async () => {
  const path = file([HEADER, GOOD, '2025-03-01T08:00Z,-5,test'].join('\n'));
  await expect(readTrace(path)).rejects.toThrow(
    `${path}, line 3, column duration: "-5"; allowed: a number of at least 0, or h:mm:ss`,
  );
});

describe('a duration is refused', () => {
  test.each(['-5', '-0.5', 'soon', '5 s', '1:99:00', '1e400', '0x10', 'Infinity'])(
    'when it is %s',
    async (value) => {
      expect(await errorOf([HEADER, GOOD, `2025-03-01T08:00Z,${value},test`])).toMatchObject({
        line: 3,
        column: 'duration',
      });
    },
  );

  test('when the job ends before it starts', async () => {
    const lines = ['started_at,finished_at', '2025-03-01T08:00Z,2025-03-01T07:59Z'];
    expect(await errorOf(lines)).toEqual({
      line: 2,
      column: 'finished_at',
      problem: '"2025-03-01T07:59Z"; allowed: a time that is not before that of column started_at',
    });
  });
});

describe('a time is refused', () => {
  test.each([
    'yesterday',
    '2025-02-30 08:00',
    '2025-13-01 08:00',
    '2025-03-01 24:00',
    '2025-03-01 08:60',
    '2025-03-01',
    '03/01/2025 08:00',
    '2025-03-01T08:00+25:00',
    '2025-03-01T08:00 CET',
    '-5',
    '1e20',
  ])('when it is %s', async (value) => {
    const error = await errorOf([HEADER, GOOD, GOOD, `${value},60,test`]);
    expect(error).toMatchObject({ line: 4, column: 'queued_at' });
    expect(error.problem).toContain(JSON.stringify(value));
  });

  test.each(['03/02/2026 14:05:00', '02.03.2026 14:05', '3/2/26 2:05 PM'])(
    'when its order is not known: %s',
    async (value) => {
      expect(await errorOf([HEADER, GOOD, `${value},60,test`])).toEqual({
        line: 3,
        column: 'queued_at',
        problem: `"${value}" can be read in two ways; say its order with --date-order mdy (month first) or --date-order dmy (day first)`,
      });
    },
  );

  test.each([
    ['mdy', '25/02/2026 14:05'],
    ['dmy', '31.02.2026 14:05'],
    ['mdy', '03/02/2026 14:05 PM'],
    ['ymd', '03/02/2026 14:05'],
  ] as const)('when in the order %s it is %s', async (dateOrder, value) => {
    const error = await errorOf([HEADER, GOOD, `${value},60,test`], { dateOrder });
    expect(error).toMatchObject({ line: 3, column: 'queued_at' });
    expect(error.problem).toContain('allowed: a date with a time');
  });

  test('when there is none', async () => {
    const { problem } = await errorOf([HEADER, ',60,test', ',61,test']);
    expect(problem).toBe(
      'none of the 2 rows says when its job was queued or started; name the column with --column time=queued_at',
    );
  });
});

describe('the header is refused', () => {
  test('without a time, and the columns it has are listed', async () => {
    const error = await errorOf(['duration,job', '5,test']);
    expect(error.line).toBe(1);
    expect(error.problem).toBe(
      'no column says when a job was queued or its build was created; the columns are "duration", "job"; ' +
        'name one with --column time=NAME, or call it queued_at or created_at',
    );
  });

  test('without a duration', async () => {
    const error = await errorOf(['queued_at,job', '2025-03-01T08:00Z,test']);
    expect(error.line).toBe(1);
    expect(error.problem).toContain('no column says how long a job ran');
  });

  test('when it lacks a column that an option names', async () => {
    const error = await errorOf([HEADER, GOOD], { columns: { class: 'pool' } });
    expect(error.line).toBe(1);
    expect(error.problem).toContain('there is no column "pool", which --column class= names');
  });

  test('when it names a column twice', async () => {
    const lines = ['queued_at,duration,duration', '2025-03-01T08:00Z,1,2'];
    expect(await errorOf(lines)).toMatchObject({ line: 1, column: 'duration' });
  });

  test('when nothing follows it', async () => {
    expect(await errorOf([HEADER])).toEqual({
      line: 1,
      column: undefined,
      problem: 'there is no job after the header',
    });
  });
});

describe('the rows are refused', () => {
  test.each([
    ['too few values', '2025-03-01T08:00Z,60', 'the row has 2 values and the header 3'],
    ['too many values', `${GOOD},x`, 'the row has 4 values and the header 3'],
    ['text after a quote', '2025-03-01T08:00Z,60,"a" b', 'text follows a closing quote'],
    ['a quote inside a value', '2025-03-01T08:00Z,60,a "b"', 'a quote stands inside a value'],
    ['an open quote', '2025-03-01T08:00Z,60,"a', 'a quote is opened and not closed'],
  ])('with %s', async (_what, row, problem) => {
    const error = await errorOf([HEADER, GOOD, row, GOOD, GOOD]);
    expect(error.line).toBe(3);
    expect(error.problem).toContain(problem);
  });

  test('when an open quote would swallow a large file, on the line of the quote', async () => {
    const rest = `${'-'.repeat(20_000)}\n`.repeat(60);
    const error = await errorOf(`${HEADER}\n${GOOD}\n2025-03-01T08:00Z,60,"a\n${rest}`);
    expect(error).toMatchObject({ line: 3 });
    expect(error.problem).toContain('longer than a million characters');
  });

  test('when none of them has a duration', async () => {
    const error = await errorOf([HEADER, '2025-03-01T08:00Z,,a', '2025-03-01T08:00Z,,b']);
    expect(error.problem).toContain('none of the 2 rows says how long its job ran');
  });

  test.each(['0', '1.5', 'many', '10001'])('with a parallelism of %s', async (value) => {
    const lines = ['queued_at,duration,parallelism', `2025-03-01T08:00Z,1,${value}`];
    expect(await errorOf(lines)).toMatchObject({ line: 2, column: 'parallelism' });
  });

  test('with the line of the file also after a value that spans lines', async () => {
    const lines = [HEADER, '2025-03-01T08:00Z,60,"a', 'b"', '', 'never,60,test'];
    expect(await errorOf(lines)).toMatchObject({ line: 5, column: 'queued_at' });
  });
});

describe('the file is refused', () => {
  test('when there is none', async () => {
    const missing = `${file('')}.not-there`;
    expect((await errorAt(missing)).problem).toBe('there is no such file');
  });

  test('when it is a directory', async () => {
    const error = await errorAt(dirname(file('')));
    expect(error.problem).toBe('is a directory; give the path of one file');
  });

  test.each([
    ['empty', '', 'the file is empty; a header line is needed'],
    ['blank', '\n \n', 'the file has no header line'],
    ['binary', Uint8Array.of(0x89, 0x50, 0, 1, 2, 0), 'the file is not text'],
    ['damaged gzip', Uint8Array.of(0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 'gzip'],
    ['cut gzip', gzipSync(`${HEADER}\n${GOOD}\n`.repeat(50)).subarray(0, 60), 'gzip'],
  ])('when it is %s', async (_what, content, problem) => {
    expect((await errorOf(content)).problem).toContain(problem);
  });
});

test('an unknown zone is refused', async () => {
  const error = await errorOf([HEADER, GOOD], { zone: 'Mars/Olympus' });
  expect(error.problem).toContain('--zone is "Mars/Olympus"; allowed: UTC');
});
