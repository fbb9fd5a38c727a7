import { describe, expect, test } from '@jest/globals';
import { readBusiest, readTimeline, readWaits } from '../../../simulator/report/reading.ts';
import { summarise } from '../../../simulator/report/summary.ts';
import { viewsOf } from '../../../simulator/report/views.ts';
import { classOf, emptyRecord, sampleAt } from './sample-record.ts';

const FROM = Date.UTC(2026, 10, 16, 6);
const MINUTE = 60_000;
const DAY = { from: FROM, to: FROM + 1440 * MINUTE };

/** Six tasks arrive at 09:12, wait two minutes, run for an hour; the maximum is four. */
const rush = classOf(
  [
    sampleAt(FROM),
    sampleAt(FROM + 192 * MINUTE, { unclaimed: 6, desired: 4, booting: 4 }),
    sampleAt(FROM + 194 * MINUTE, { unclaimed: 2, running: 4, desired: 4, busy: 4 }),
    sampleAt(FROM + 254 * MINUTE),
  ],
  { waits: [120, 120, 120, 120] },
);

describe('the reading of a chart over time', () => {
  const hours = { from: FROM, to: FROM + 620 * MINUTE };
  const text = readTimeline(rush, hours);

  test('names the longest queue, its moment and the longest wait', () => {
    expect(text).toContain(
      'The queue was longest at 09:12 UTC, when 6 tasks waited; the longest wait of the run was 2 min.',
    );
  });

  test('names the most instances by their states', () => {
    expect(text).toContain('Most instances existed at 09:12 UTC: 4 (4 booting).');
  });

  test('names the share of time at the maximum and without instances', () => {
    expect(text).toContain('Desired capacity was at its maximum of 4 for 10 % of the time.');
    expect(text).toContain('For 90 % of the time there was no instance at all.');
  });

  test('says when the maximum was never reached', () => {
    expect(readTimeline({ ...rush, max: 5 }, hours)).toContain('stayed below its maximum of 5.');
    expect(readTimeline({ ...rush, max: 500 }, hours)).toContain(
      'stayed below its maximum of 500, which lies above the chart.',
    );
  });

  test('says where demand leaves the chart', () => {
    const flood = classOf([sampleAt(FROM, { unclaimed: 300, desired: 4, busy: 4, running: 4 })]);
    expect(readTimeline(flood, hours)).toContain(
      'Demand rose beyond the chart, to 304 tasks at 06:00 UTC.',
    );
  });

  test('bears the day when the run has more than one', () => {
    expect(readTimeline(rush, DAY)).toContain('at 16 Nov 09:12 UTC');
  });
});

describe('the closer look', () => {
  test('is the two hours of a day with the most instance time, from the state before', () => {
    const [, busiest] = viewsOf(rush, DAY, 1000);
    expect(busiest).toMatchObject({ from: FROM + 150 * MINUTE, to: FROM + 270 * MINUTE });
    expect(busiest?.one.samples[0]).toEqual(sampleAt(FROM + 150 * MINUTE));
  });

  test('gives the shares of instance time, which add up', () => {
    const period = { from: FROM + 192 * MINUTE, to: FROM + 200 * MINUTE };
    expect(readBusiest(rush, period)).toContain(
      'Of the instance time in it, 75 % was busy and 25 % was booting.',
    );
  });

  test('stays within the run', () => {
    const early = classOf([sampleAt(FROM, { busy: 3 }), sampleAt(FROM + MINUTE)]);
    expect(viewsOf(early, DAY, 1000)[1]).toMatchObject({ from: FROM, to: FROM + 120 * MINUTE });
  });

  test('is left out of a short run and of one without instances', () => {
    expect(viewsOf(rush, { from: FROM, to: FROM + 59 * MINUTE }, 1000)).toHaveLength(1);
    expect(viewsOf(classOf([]), DAY, 1000)).toHaveLength(1);
  });
});

describe('the reading of waits', () => {
  test('names median, mean and longest', () => {
    const record = { ...emptyRecord(), classes: [{ ...rush, waits: [10, 20, 90] }] };
    const { all } = summarise(record);
    expect(readWaits({ ...all, tasksServed: 3 })).toBe(
      'Of 3 tasks served, the median wait was 20 s and the mean 40 s; the longest was 1 min 30 s.',
    );
  });
});
