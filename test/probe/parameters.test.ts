import { describe, expect, test } from '@jest/globals';
import type { Measured, Sample } from '../../probe/measure.ts';
import { medianOf, parametersOf, spreadOf } from '../../probe/parameters.ts';
import { tableOf } from '../../probe/table.ts';
import { drawMs, stream } from '../../simulator/world/random.ts';

const UNIFORM = { min: 0, max: 1 };
const LOGNORMAL = { median: 50, sigma: 0.2 };

describe('the spread of some seconds', () => {
  test('is from the least to the greatest where the simulator draws uniformly', () => {
    expect(spreadOf([3.21, 1.04, 2.5], UNIFORM)).toEqual({ min: 1, max: 3.2 });
  });

  test('is about the median where the simulator draws lognormally, as wide as the seconds are', () => {
    const draw = stream(1, 'boot');
    const seconds = Array.from({ length: 4000 }, (_, index) => {
      return drawMs({ median: 80, sigma: 0.3 }, draw, index) / 1000;
    });
    const spread = spreadOf(seconds, LOGNORMAL);
    if (spread === undefined || 'min' in spread) throw new Error('not lognormal');
    expect(Math.abs(spread.median - 80)).toBeLessThan(2);
    expect(Math.abs(spread.sigma - 0.3)).toBeLessThan(0.015);
  });

  test("of one value has the simulator's own width", () => {
    expect(spreadOf([61.26], LOGNORMAL)).toEqual({ median: 61.3, sigma: 0.2 });
  });

  test('of none is none', () => {
    expect(spreadOf([], UNIFORM)).toBeUndefined();
  });

  test.each([
    [[4], 4],
    [[1, 9, 2], 2],
    [[1, 2, 4, 9], 3],
  ])('the median of %j is %d', (seconds, median) => {
    expect(medianOf(seconds)).toBe(median);
  });
});

describe('what is printed', () => {
  const measured: Measured = {
    durations: {
      launchLag: of([2, 4, 3]),
      pendingToRunning: of([]),
      boot: of([100]),
      proceed: of([1], 'the launch hook was not completed'),
      firstClaim: of([], 'the agent asked for no task within 120 s'),
      terminate: of([1]),
      shutdown: of([30]),
      noticeLag: of([61]),
      launchInstancesAnswer: of([1.5, 2]),
      launchInstancesListed: of([0.5, 0]),
      launchInstancesRunning: of([], 'the machine ended before that was seen'),
    },
    pendingCancel: {
      value: 'pending',
      seen: { Pending: { ended: 3, of: 3 }, 'Pending:Wait': { ended: 0, of: 3 } },
      reasons: [],
    },
    launchInstances: { raised: 2, of: 2 },
  };

  test('is a row for each parameter, with its spread as the simulator takes it', () => {
    const table = tableOf(measured);
    expect(table).toMatch(/^launchLag +3 +2\.0 +3\.0 +4\.0 +\{ min: 2, max: 4 \}$/m);
    expect(table).toMatch(/^boot +1 +100\.0 +100\.0 +100\.0 +\{ median: 100, sigma: 0\.2 \}$/m);
    expect(table).toMatch(/^pendingToRunning +0 +- +- +- +not measured$/m);
    expect(table).toContain(
      'pendingCancel: pending (3 of 3 Pending instances were ended, 0 of 3 Pending:Wait instances were ended)',
    );
  });

  test('has LaunchInstances beside the parameters', () => {
    const table = tableOf(measured);
    expect(table).toMatch(/^launchInstancesAnswer +2 +1\.5 +1\.8 +2\.0 +\{ min: 1\.5, max: 2 \}$/m);
    expect(table).toContain('LaunchInstances: 2 of 2 calls raised the desired capacity');
    expect(table).toContain(
      'launchInstancesRunning: not measured: the machine ended before that was seen',
    );
  });

  test('says why something is missing, wholly or in a round', () => {
    expect(tableOf(measured)).toContain(
      'firstClaim: not measured: the agent asked for no task within 120 s',
    );
    expect(tableOf(measured)).toContain(
      'proceed: missing in a round: the launch hook was not completed',
    );
  });

  test('for the simulator holds only what was measured', () => {
    expect(parametersOf(measured)).toEqual({
      launchLag: { min: 2, max: 4 },
      boot: { median: 100, sigma: 0.2 },
      proceed: { min: 1, max: 1 },
      terminate: { min: 1, max: 1 },
      shutdown: { min: 30, max: 30 },
      noticeLag: { min: 61, max: 61 },
      pendingCancel: 'pending',
    });
  });
});

function of(seconds: readonly number[], ...reasons: readonly string[]): Sample {
  return { seconds, reasons };
}
