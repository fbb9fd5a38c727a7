import { afterEach, describe, expect, test } from '@jest/globals';
import { removeFiles, traceOf } from './trace-file.ts';

afterEach(removeFiles);

/** Jobs of two to four minutes, with a duration in this unit. */
function jobs(header: string, factor: number): readonly string[] {
  const rows = [120, 180, 240].map(
    (seconds) =>
      `2026-03-02T10:00:00Z,${new Date(Date.UTC(2026, 2, 2, 10, 0, seconds)).toISOString()},${seconds * factor}`,
  );
  return [header, ...rows];
}

describe('durations that disagree with start and end', () => {
  test.each([
    ['duration', 1000, 'taken as seconds, it is 1,000 times', '--duration-unit milliseconds'],
    ['duration_s', 1000, 'taken as seconds, it is 1,000 times', '--duration-unit milliseconds'],
    ['duration', 1 / 60, 'taken as seconds, it is 1/60 of', '--duration-unit minutes'],
    ['duration_ms', 1, 'taken as milliseconds, it is 1/1,000 of', '--duration-unit seconds'],
    ['duration', 12_345_678, 'times', "name another column with --column 'duration=NAME'"],
  ])('are refused: %s, times %d', async (name, factor, what, advice) => {
    const trace = traceOf(jobs(`started_at,finished_at,${name}`, factor));
    await expect(trace).rejects.toThrow(new RegExp(`column ${name}: .*${what}.*${advice}`));
  });

  test('are read in the unit that the option says', async () => {
    const { tasks } = await traceOf(jobs('started_at,finished_at,duration', 1000), {
      durationUnit: 'milliseconds',
    });
    expect(tasks.map(({ durationMs }) => durationMs)).toEqual([120_000, 180_000, 240_000]);
  });

  test('by set-up and clean-up only are read', async () => {
    const { tasks } = await traceOf(jobs('started_at,finished_at,duration', 0.5));
    expect(tasks[0]?.durationMs).toBe(60_000);
  });
});

describe('durations without a unit, a start and an end', () => {
  const long = ['queued_at,duration', '2026-03-02T10:00Z,180000', '2026-03-02T10:00Z,240000'];

  test('are refused where half of the jobs would run for days', async () => {
    await expect(traceOf(long)).rejects.toThrow(
      'column duration: taken as seconds, half of the jobs ran for 67 h or longer; ' +
        'say the unit: --duration-unit milliseconds, or --duration-unit seconds if they did',
    );
  });

  test('are taken as the option says', async () => {
    const { tasks } = await traceOf(long, { durationUnit: 'seconds' });
    expect(tasks[0]?.durationMs).toBe(180_000_000);
  });
});
