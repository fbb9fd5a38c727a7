import { expect, test } from '@jest/globals';
import type { Schedule } from '../../lambda/scaler/contract.ts';
import { type LocalRunOptions, localRun } from '../../simulator/local-run.ts';
import type { FleetSpec } from '../../simulator/world/fleet-spec.ts';
import { workingDay } from '../../simulator/workload/working-day.ts';

/** A Monday. */
const START = Date.parse('2026-03-02T00:00:00Z');
const HOUR_MS = 3_600_000;
const MONDAYS: Omit<Schedule, 'min'> = {
  days: ['mon'],
  from: 8 * 60,
  to: 18 * 60,
  timeZone: 'Europe/Berlin',
};

async function day(schedules?: readonly Schedule[], others: Partial<LocalRunOptions> = {}) {
  const decisions: string[] = [];
  const fleet: FleetSpec = {
    group: 'linux',
    resourceClass: 'acme/linux',
    min: 0,
    max: 30,
    headroom: 0,
    idleTimeoutMs: 300_000,
    maxRunTimeMs: 4 * HOUR_MS,
    spot: false,
    pricePerHour: 1,
    ...(schedules && { schedules }),
  };
  const options: LocalRunOptions = {
    title: 'a day',
    seed: 1,
    startAt: START,
    tasks: workingDay({ seed: 1, startAt: START, resourceClasses: ['acme/linux'] }),
    fleets: [fleet],
    parameters: {},
    scalerName: 'ci',
    passIntervalSeconds: 10,
    wakeUps: true,
    form: 'direct',
    report: {
      outcome: ({ at, decision, failure }) =>
        decisions.push(JSON.stringify({ at, decision, failure })),
      warning: (message) => decisions.push(message),
    },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...others,
  };
  const { record } = await localRun(options);
  return { decisions, record };
}

/** Seconds in which no machine was there at all, between two hours of the day. */
function emptySeconds({ record }: Awaited<ReturnType<typeof day>>, [from, to]: [number, number]) {
  const samples = record.classes[0]?.samples ?? [];
  let empty = 0;
  for (const [index, sample] of samples.entries()) {
    const begin = Math.max(sample.at, START + from * HOUR_MS);
    const end = Math.min(samples[index + 1]?.at ?? record.to, START + to * HOUR_MS);
    const machines = sample.booting + sample.idle + sample.busy + sample.finishing;
    if (machines === 0 && end > begin) empty += (end - begin) / 1000;
  }
  return empty;
}

test('in its hours a schedule keeps machines ready, by the clocks of its place, and not in others', async () => {
  const plain = await day();
  const kept = await day([{ ...MONDAYS, min: 2 }]);
  // Berlin's clocks are an hour ahead. The first minutes are the first machines' way.
  expect(emptySeconds(kept, [7.1, 17])).toBe(0);
  expect(emptySeconds(plain, [7.1, 17])).toBeGreaterThan(0);
  expect(emptySeconds(kept, [3, 7])).toBe(emptySeconds(plain, [3, 7]));
  expect(kept.record.classes[0]?.totals.tasksKilled).toBe(0);
  expect(kept.record.classes[0]?.totals.pendingCancels).toBe(0);
});

test('in a stop nothing is launched, no job is lost, and after it all are served', async () => {
  const { record, decisions } = await day([{ ...MONDAYS, from: 10 * 60, to: 12 * 60, stop: true }]);
  const [own] = record.classes;
  expect(own?.totals).toMatchObject({ tasksKilled: 0, pendingCancels: 0 });
  expect(own?.totals.tasksServed).toBe(
    (own?.totals.tasksArrived ?? 0) - (own?.totals.tasksCancelled ?? 0),
  );
  const raised = decisions
    .filter((each) => each.includes('"raise"'))
    .map((each) => Number(/"at":(\d+)/.exec(each)?.[1]));
  const hours = raised.map((at) => (at - START) / HOUR_MS);
  expect(hours.filter((hour) => hour >= 9 && hour < 11)).toEqual([]);
  expect(hours.filter((hour) => hour >= 11 && hour < 11.02)).not.toEqual([]);
});

test('a schedule goes the way of a tag of Auto Scaling, too', async () => {
  const startAt = START + 6.9 * HOUR_MS;
  const { record } = await day([{ ...MONDAYS, min: 2 }], {
    form: 'wire',
    startAt,
    tasks: [
      {
        id: 'late',
        pipeline: 'late',
        resourceClass: 'acme/linux',
        releaseAt: startAt + 0.3 * HOUR_MS,
        durationMs: 60_000,
        after: [],
      },
    ],
  });
  const [own] = record.classes;
  const first = own?.samples.find(({ desired }) => desired > 0);
  expect(first?.desired).toBe(2);
  expect(first?.at).toBeGreaterThanOrEqual(START + 7 * HOUR_MS);
  expect(first?.at).toBeLessThan(START + 7 * HOUR_MS + 65_000);
  // Its machine is there already.
  expect(own?.waits[0]).toBeLessThan(10);
});
