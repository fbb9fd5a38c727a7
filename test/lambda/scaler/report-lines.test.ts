/** Which outcomes become lines of the log. */
import { describe, expect, test } from '@jest/globals';
import { outcomeLines } from '../../../lambda/scaler/report.ts';
import { NAMED, SEEN } from './report-stage.ts';

describe('the lines of a container', () => {
  const MINUTE = 60_000;
  const rest = {
    ...SEEN,
    demand: { unclaimed: 0, running: 0 },
    fleet: { ...SEEN.fleet, desired: 0, pending: [], inService: [] },
  };

  function telling() {
    const lines: string[] = [];
    const tell = outcomeLines(NAMED, (line) => lines.push(line));
    return { lines, tell };
  }

  test('are one for each class and minute with work, and for each change between', () => {
    const { lines, tell } = telling();
    tell(SEEN, 'schedule');
    for (let second = 10; second < 60; second += 10) {
      tell({ ...SEEN, at: SEEN.at + 1000 * second }, 'between');
    }
    expect(lines).toHaveLength(1);
    tell({ ...SEEN, at: SEEN.at + 55_000, demand: { unclaimed: 4, running: 1 } }, 'between');
    expect(lines).toHaveLength(2);
    tell({ ...SEEN, at: SEEN.at + MINUTE, demand: { unclaimed: 4, running: 1 } }, 'schedule');
    expect(lines).toHaveLength(3);
  });

  test('are one a minute of a class without tasks that has a trouble, and none for a longer wait alone', () => {
    const { lines, tell } = telling();
    const suspended = { ...rest, fleet: { ...rest.fleet, suspended: ['Terminate'] } };
    for (let minute = 0; minute < 5; minute += 1) {
      tell({ ...suspended, at: SEEN.at + minute * MINUTE }, 'schedule');
    }
    expect(lines).toHaveLength(5);
    tell(SEEN, 'between');
    tell({ ...SEEN, waitedMs: 50_000 }, 'between');
    expect(lines).toHaveLength(6);
  });

  test('are none where the source takes fewer requests, and nothing else has changed', () => {
    const { lines, tell } = telling();
    const limit = { of: 'GitHub acme core', limit: 5_000, resetAt: SEEN.at + MINUTE };
    tell({ ...SEEN, rateLimit: { ...limit, left: 4_000 } }, 'between');
    tell({ ...SEEN, rateLimit: { ...limit, left: 3_990 } }, 'between');
    tell(SEEN, 'between');
    expect(lines).toHaveLength(1);
  });

  test('have no metrics where none are wanted', () => {
    const lines: string[] = [];
    outcomeLines({ ...NAMED, metrics: false }, (line) => lines.push(line))(SEEN, 'schedule');
    expect(lines).toEqual([expect.not.stringContaining('_aws')]);
    expect(lines).toEqual([expect.stringContaining('"UnclaimedTasks":3')]);
  });

  test('are one in ten minutes of a class at rest', () => {
    const { lines, tell } = telling();
    for (let minute = 0; minute < 60; minute += 1) {
      tell({ ...rest, at: SEEN.at + minute * MINUTE }, 'schedule');
    }
    expect(lines).toHaveLength(6);
  });

  test('are one in any case for what a container sees first', () => {
    const { lines, tell } = telling();
    tell({ ...rest, at: SEEN.at + MINUTE }, 'between');
    expect(lines).toHaveLength(1);
  });
});
