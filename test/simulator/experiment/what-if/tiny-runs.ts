/** Two records of one hour that differ in waits and machines, small enough to reckon by hand. */
import type { RunRecord, Totals } from '../../../../simulator/record.ts';
import { figuresOf } from '../../../../simulator/experiment/what-if/figures.ts';
import { type NamedRun, compared } from '../../../../simulator/experiment/what-if/what-if.ts';

const FROM = Date.UTC(2026, 2, 2);
const MINUTE_MS = 60_000;

export function tinyRecord(waits: readonly number[], totals: Partial<Totals> = {}): RunRecord {
  const quiet = {
    unclaimed: 0,
    running: 0,
    desired: 0,
    booting: 0,
    idle: 0,
    busy: 0,
    finishing: 0,
  };
  return {
    title: 'An hour',
    rule: 'runner-scaler',
    seed: 3,
    from: FROM,
    to: FROM + 60 * MINUTE_MS,
    interrupted: false,
    invocations: 60,
    passes: 100,
    functionSeconds: 80,
    failedPasses: 0,
    traffic: { events: 8, messages: 12, passes: 300, sends: 60, logBytes: 50_000 },
    calls: { demandReads: 200, describes: 100, capacityWrites: 4, other: 0 },
    classes: [
      {
        resourceClass: 'acme/linux',
        max: 4,
        samples: [
          { ...quiet, at: FROM },
          { ...quiet, at: FROM + 10 * MINUTE_MS, desired: 4, running: 2, busy: 2, booting: 2 },
          { ...quiet, at: FROM + 40 * MINUTE_MS },
        ],
        waits,
        totals: {
          tasksArrived: waits.length,
          tasksServed: waits.length,
          tasksCancelled: 0,
          tasksKilled: 0,
          killedByLowering: 0,
          tasksElsewhere: 0,
          launches: 4,
          neverUsed: 0,
          pendingCancels: 0,
          cancelsByDecrement: 0,
          cancelsByBounds: 0,
          peakInstances: 4,
          instanceSeconds: 7200,
          busySeconds: 3600,
          idleSeconds: 1800,
          machineCost: 0.5,
          ...totals,
        },
      },
    ],
  };
}

export function tinyRun(name: string, record: RunRecord): NamedRun {
  return {
    name,
    record,
    interrupted: record.interrupted,
    unserved: [{ resourceClass: 'acme/<mac>', tasks: 7 }],
    unpriced: ['x9.large'],
    figures: figuresOf(record, {
      tasksUnserved: 7,
      workloadHours: 2,
    }),
  };
}

export function tinyComparison() {
  const runs = [
    tinyRun('few.ts', tinyRecord([100, 200, 300, 400])),
    tinyRun('many.ts', tinyRecord([50, 60, 70, 80], { machineCost: 0.75, peakInstances: 9 })),
  ];
  const head = { title: 'An hour', seed: 3, startAt: FROM, workloadHours: 2 };
  return { runs, whatIf: compared(head, runs) };
}
