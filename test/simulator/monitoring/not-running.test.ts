/**
 * The alarm `not-running` as the template has it, against invocations anywhere in the minute, as the schedule may make
 * them: it comes in time, and for nothing less than a scaler that does not run.
 */
import { describe, expect, test } from '@jest/globals';
import { stateOf } from '../../../simulator/monitoring/alarm.ts';
import { metricKey } from '../../../simulator/monitoring/emf.ts';
import { createMetricStore } from '../../../simulator/monitoring/metric-store.ts';
import { FUNCTION_NAME } from '../../../simulator/monitoring/watched-run.ts';
import { stream } from '../../../simulator/world/random.ts';
import { configOf } from '../../lib/stack-fixture.ts';
import { alarmsOf } from './stage.ts';

const ALARM = alarmsOf(configOf()).find(({ AlarmName }) => AlarmName === 'ci-not-running');
const KEY = metricKey('AWS/Lambda', 'Invocations', { FunctionName: FUNCTION_NAME });
const MINUTES = 30;
const LATE = [0, 1, 2];
/** Seconds of the minute: its edges, and one in the middle. */
const PHASES = [0, 1, 31, 58, 59];

/** Evaluated at the end of each minute; when it is on, in seconds. */
function onAt(invocations: readonly number[], lateMinutes: number): readonly number[] {
  if (ALARM === undefined) throw new Error('the template has no alarm not-running');
  const store = createMetricStore();
  for (const second of invocations) store.put({ key: KEY, at: 1000 * second, value: 1 });
  const on: number[] = [];
  for (let minute = 10; minute <= MINUTES; minute += 1) {
    const how = { store, now: 60_000 * minute, lateMinutes, extraPeriods: 2, aligned: true };
    if (stateOf(ALARM, how) === 'ALARM') on.push(60 * minute);
  }
  return on;
}

/** Once a minute, counted from a second, and each up to a minute later. */
function schedule(phase: number, jitter: (minute: number) => number): readonly number[] {
  return Array.from({ length: MINUTES }, (_, minute) => 60 * minute + phase + jitter(minute));
}

/** The first is as early as can be and the next as late, from minute to minute and once. */
const JITTERS: readonly (readonly [string, (minute: number) => number])[] = [
  ['none', () => 0],
  ['in turn', (minute) => (minute % 2) * 59],
  ['two and two', (minute) => (minute % 4 < 2 ? 0 : 59)],
  ['late from then on', (minute) => (minute < 15 ? 0 : 59)],
  ['at random', (minute) => Math.floor(60 * stream(1, 'jitter')(minute))],
];

describe('a scaler that runs', () => {
  test.each(JITTERS)('sets off nothing with one invocation lost; jitter: %s', (_, jitter) => {
    for (const lateMinutes of LATE) {
      for (const phase of PHASES) {
        const all = schedule(phase, jitter);
        for (let lost = 12; lost < 20; lost += 1) {
          const made = all.filter((__, minute) => minute !== lost);
          expect([lateMinutes, phase, lost, onAt(made, lateMinutes)]).toEqual([
            lateMinutes,
            phase,
            lost,
            [],
          ]);
        }
      }
    }
  });
});

describe('a scaler that does not run', () => {
  test('sets it off five to six minutes after the last invocation, which is three to six after it was stopped', () => {
    const delays = new Set<number>();
    for (const [, jitter] of JITTERS) {
      for (const lateMinutes of LATE) {
        for (const phase of PHASES) {
          for (let stopped = 900; stopped < 960; stopped += 7) {
            const made = schedule(phase, jitter).filter((second) => second < stopped);
            const [on = Number.NaN] = onAt(made, lateMinutes);
            const last = Math.max(...made);
            expect(on - last).toBeGreaterThan(300);
            expect(on - last).toBeLessThanOrEqual(360);
            delays.add(on - stopped);
          }
        }
      }
    }
    expect(Math.min(...delays)).toBeGreaterThan(180);
    expect(Math.max(...delays)).toBeLessThanOrEqual(360);
  });

  test('is over when it has run again and the minute is there', () => {
    const made = schedule(30, () => 0).filter((second) => second < 600 || second > 1_200);
    expect(LATE.map((lateMinutes) => onAt(made, lateMinutes).at(-1))).toEqual([
      1_200, 1_260, 1_320,
    ]);
  });
});
