/** How fast the simulator simulates, in both of its forms, on the built-in working day. */
import { localRun } from '../simulator/local-run.ts';
import { BUILT_IN_START } from '../simulator/workload/built-in-start.ts';
import { workingDay } from '../simulator/workload/working-day.ts';
import { type Row, short, spreadOf } from './table.ts';

const CLASSES = ['acme/linux', 'acme/linux-arm', 'acme/large'];
const DAY_S = 86_400;
const RUNS = { direct: 5, wire: 3 } as const;

export async function measureSimulator(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const form of ['direct', 'wire'] as const) {
    const seconds: number[] = [];
    for (let run = 0; run < RUNS[form]; run += 1) seconds.push(await day(form));
    rows.push([
      `a working day, ${form}`,
      `${spreadOf(seconds)} s`,
      `${short(DAY_S / (seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? 1))} simulated seconds per second`,
    ]);
  }
  return rows;
}

async function day(form: 'direct' | 'wire'): Promise<number> {
  const tasks = workingDay({ seed: 1, startAt: BUILT_IN_START, resourceClasses: CLASSES });
  const start = performance.now();
  await localRun({
    title: 'bench',
    seed: 1,
    startAt: BUILT_IN_START,
    tasks,
    fleets: CLASSES.map((resourceClass, index) => ({
      group: `bench-${index}`,
      resourceClass,
      min: 0,
      max: 20,
      headroom: 0,
      idleTimeoutMs: 300_000,
      maxRunTimeMs: 5 * 3_600_000,
      spot: false,
      pricePerHour: 0.1,
    })),
    parameters: {},
    scalerName: 'bench',
    passIntervalSeconds: 10,
    wakeUps: true,
    form,
    report: { outcome: () => undefined, warning: () => undefined },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  return (performance.now() - start) / 1000;
}
