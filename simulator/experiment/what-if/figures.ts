/** What a config comes to on a workload, in figures that can be compared with those of another. */
import { controlPlanePerMonth, HOURS_PER_MONTH, SCALER_FUNCTION } from '../control-plane-cost.ts';
import type { RunRecord } from '../../record.ts';
import { summarise } from '../../report/summary.ts';

/** The month that costs are given for, 30 days. */
const MONTH_HOURS = 30 * 24;

const HOUR_MS = 3_600_000;

/** In the order in which they are read: what decides first, then what it is made of. */
export const ROWS = [
  { key: 'costPerMonth', label: 'together per month (USD)', decimals: 2 },
  { key: 'waitMean', label: 'wait mean (s)', decimals: 1 },
  { key: 'waitP95', label: 'wait p95 (s)', decimals: 1 },
  { key: 'tasksKilled', label: 'tasks killed', decimals: 0 },
  { key: 'tasksUnserved', label: 'tasks no fleet serves', decimals: 0 },
  { key: 'waitP50', label: 'wait p50 (s)', decimals: 1 },
  { key: 'waitP99', label: 'wait p99 (s)', decimals: 1 },
  { key: 'tasksServed', label: 'tasks served', decimals: 0 },
  { key: 'tasksCancelled', label: 'tasks cancelled in the queue', decimals: 0 },
  { key: 'tasksLeft', label: 'tasks left over', decimals: 0 },
  { key: 'launchesPerTask', label: 'launches per task', decimals: 3 },
  { key: 'busyHours', label: 'instance hours busy', decimals: 1 },
  { key: 'idleHours', label: 'instance hours idle', decimals: 1 },
  { key: 'overheadHours', label: 'instance hours overhead', decimals: 1 },
  { key: 'peakInstances', label: 'peak instances', decimals: 0 },
  { key: 'machineCost', label: 'machines, this run (USD)', decimals: 2 },
  { key: 'machineCostPerMonth', label: 'machines per month (USD)', decimals: 2 },
  { key: 'controlCostPerMonth', label: 'control plane per month (USD)', decimals: 2 },
] as const;

export type Row = (typeof ROWS)[number];

/** Null where there is nothing to say, for example the wait of no tasks. */
export type ConfigFigures = Readonly<Record<Row['key'], number | null>>;

export interface Circumstances {
  /** Tasks of classes that no fleet of the config serves. */
  readonly tasksUnserved: number;
  /** Length of the workload, not of the run: a config that lags behind would else look cheap. */
  readonly workloadHours: number;
}

export function figuresOf(record: RunRecord, circumstances: Circumstances): ConfigFigures {
  const { all } = summarise(record);
  const machineCostPerMonth = perMonth(all.machineCost, circumstances.workloadHours);
  const controlCostPerMonth = controlCost(record);
  return {
    tasksServed: all.tasksServed,
    tasksCancelled: all.tasksCancelled,
    tasksKilled: all.tasksKilled,
    tasksLeft: all.tasksArrived - all.tasksServed - all.tasksCancelled - all.tasksKilled,
    tasksUnserved: circumstances.tasksUnserved,
    waitMean: all.wait?.mean ?? null,
    waitP50: all.wait?.p50 ?? null,
    waitP95: all.wait?.p95 ?? null,
    waitP99: all.wait?.p99 ?? null,
    launchesPerTask: all.launchesPerTask,
    busyHours: all.busyHours,
    idleHours: all.idleHours,
    overheadHours: all.overheadHours,
    peakInstances: all.peakInstances,
    machineCost: all.machineCost,
    machineCostPerMonth,
    controlCostPerMonth,
    costPerMonth:
      machineCostPerMonth === null || controlCostPerMonth === null
        ? null
        : machineCostPerMonth + controlCostPerMonth,
  };
}

/** What can be held against each other even where other tasks were served. */
const COUNTED: ReadonlySet<Row['key']> = new Set(['tasksServed', 'tasksUnserved']);

/**
 * Each figure minus the same figure of the first config; null where either has none, and where they did not
 * serve as many tasks: what serves less costs less.
 */
export function differencesOf(figures: ConfigFigures, first: ConfigFigures): ConfigFigures {
  const difference = (key: Row['key']) => {
    const [here, there] = [figures[key], first[key]];
    const isSame = figures.tasksUnserved === first.tasksUnserved || COUNTED.has(key);
    return here === null || there === null || !isSame ? null : here - there;
  };
  return { ...figures, ...Object.fromEntries(ROWS.map(({ key }) => [key, difference(key)])) };
}

function perMonth(dollars: number | null, hours: number): number | null {
  return dollars !== null && hours > 0 ? (dollars * MONTH_HOURS) / hours : null;
}

function controlCost({ from, to, invocations, functionSeconds, traffic }: RunRecord) {
  const hours = (to - from) / HOUR_MS;
  if (hours <= 0) return null;
  const usage = { invocations, ranMs: 1000 * functionSeconds, ...traffic };
  const month = controlPlanePerMonth({ host: SCALER_FUNCTION, usage, hours });
  return (month * MONTH_HOURS) / HOURS_PER_MONTH;
}
