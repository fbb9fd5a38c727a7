/** The figures of a run, computed once for the terminal, the page and the JSON. */
import { sum } from 'd3-array';
import type { CallCounts, ClassRecord, RunRecord } from '../record.ts';
import { NOTHING, UNKNOWN, counted, formatNumber, formatPeriod } from './format.ts';
import { peakInstances } from './series.ts';
import { fitted, printable, textTable } from './text-table.ts';
import { type WaitStatistics, waitStatistics } from './waits.ts';

/** The figures of one resource class, or of all together. */
export interface Figures {
  readonly tasksArrived: number;
  readonly tasksServed: number;
  readonly tasksCancelled: number;
  readonly tasksKilled: number;
  /** Seconds from release to claim; null when no task was served. */
  readonly wait: WaitStatistics | null;
  readonly instanceHours: number;
  readonly busyHours: number;
  readonly idleHours: number;
  /** Instance hours neither busy nor idle: booting, finishing, and what billing rounds up. */
  readonly overheadHours: number;
  readonly launches: number;
  /** Null when no task was served. */
  readonly launchesPerTask: number | null;
  readonly neverUsed: number;
  readonly pendingCancels: number;
  /** Greatest number of instances at one moment; over all classes at the same moment. */
  readonly peakInstances: number;
  /** Estimated, in USD; null where the price of a machine is not known. */
  readonly machineCost: number | null;
}

export interface ClassFigures extends Figures {
  readonly resourceClass: string;
  readonly max: number;
}

export interface Summary {
  readonly title: string;
  readonly rule: string;
  readonly seed: number;
  /** Milliseconds since the epoch, in virtual time. */
  readonly from: number;
  readonly to: number;
  readonly interrupted: boolean;
  readonly invocations: number;
  readonly passes: number;
  readonly failedPasses: number;
  readonly calls: CallCounts & { readonly total: number };
  readonly all: Figures;
  /** In the record's order. */
  readonly classes: readonly ClassFigures[];
}

export function summarise(record: RunRecord): Summary {
  const { title, rule, seed, from, to, interrupted, invocations, passes, failedPasses } = record;
  const { demandReads, describes, capacityWrites, other } = record.calls;
  return {
    title,
    rule,
    seed,
    from,
    to,
    interrupted,
    invocations,
    passes,
    failedPasses,
    calls: { ...record.calls, total: demandReads + describes + capacityWrites + other },
    all: figures(record.classes),
    classes: record.classes.map((one) => ({
      resourceClass: one.resourceClass,
      max: one.max,
      ...figures([one]),
    })),
  };
}

function figures(classes: readonly ClassRecord[]): Figures {
  const total = (of: Exclude<keyof ClassRecord['totals'], 'peakInstances' | 'machineCost'>) =>
    sum(classes, (one) => one.totals[of]);
  const hours = (seconds: number) => seconds / 3600;
  const served = total('tasksServed');
  const [instances, busy, idle] = [
    total('instanceSeconds'),
    total('busySeconds'),
    total('idleSeconds'),
  ];
  return {
    tasksArrived: total('tasksArrived'),
    tasksServed: served,
    tasksCancelled: total('tasksCancelled'),
    tasksKilled: total('tasksKilled'),
    wait: waitStatistics(classes.flatMap((one) => one.waits)),
    instanceHours: hours(instances),
    busyHours: hours(busy),
    idleHours: hours(idle),
    overheadHours: hours(instances - busy - idle),
    launches: total('launches'),
    launchesPerTask: served > 0 ? total('launches') / served : null,
    neverUsed: total('neverUsed'),
    pendingCancels: total('pendingCancels'),
    peakInstances: peakInstances(classes),
    machineCost: machineCostOf(classes),
  };
}

/** Null as soon as one part of the sum is not known. */
function machineCostOf(classes: readonly ClassRecord[]): number | null {
  return classes.reduce<number | null>(
    (cost, { totals }) =>
      cost === null || totals.machineCost === null ? null : cost + totals.machineCost,
    0,
  );
}

/** Width of the names in the printed tables, so that the tables align. */
const NAME_WIDTH = 26;

/** The summary as plain text for a terminal, without colours, at most 96 columns wide. */
export function printSummary(summary: Summary): string {
  const { calls, all } = summary;
  const rows: readonly ClassFigures[] =
    summary.classes.length === 1
      ? summary.classes
      : [...summary.classes, { resourceClass: 'all', max: 0, ...all }];
  const name = ({ resourceClass }: ClassFigures) => fitted(printable(resourceClass), NAME_WIDTH);
  const part = (label: string, count: number) => `${formatNumber(count)} ${label}`;
  return [
    `${printable(summary.title)} (simulation)`,
    `${formatPeriod(summary.from, summary.to)}, rule ${printable(summary.rule)}, seed ${summary.seed}`,
    ...(summary.interrupted ? ['stopped early: the figures cover what was seen until then'] : []),
    '',
    textTable([
      [
        'tasks and waits (seconds)'.padEnd(NAME_WIDTH),
        'arrived',
        'served',
        'mean',
        'p50',
        'p95',
        'p99',
        'max',
      ],
      ...rows.map((row) => [
        name(row),
        ...[row.tasksArrived, row.tasksServed].map((count) => formatNumber(count)),
        ...(['mean', 'p50', 'p95', 'p99', 'max'] as const).map((key) => figure(row.wait?.[key], 1)),
      ]),
    ]),
    '',
    textTable([
      [
        'instance hours'.padEnd(NAME_WIDTH),
        'total',
        'busy',
        'idle',
        'boot+finish',
        'peak instances',
        'cost (USD)',
      ],
      ...rows.map((row) => [
        name(row),
        ...[row.instanceHours, row.busyHours, row.idleHours].map((hours) => figure(hours, 1)),
        figure(row.overheadHours, 1),
        figure(row.peakInstances, 0),
        row.machineCost === null ? UNKNOWN : figure(row.machineCost, 2),
      ]),
    ]),
    '',
    textTable([
      [
        'launches'.padEnd(NAME_WIDTH),
        'total',
        'per task',
        'never used',
        'pending cancels',
        'tasks killed',
        'cancelled',
      ],
      ...rows.map((row) => [
        name(row),
        figure(row.launches, 0),
        figure(row.launchesPerTask, 3),
        ...[row.neverUsed, row.pendingCancels, row.tasksKilled, row.tasksCancelled].map((count) =>
          figure(count, 0),
        ),
      ]),
    ]),
    '',
    `API calls ${formatNumber(calls.total)}: ${part('demand reads', calls.demandReads)}, ` +
      `${part('describes', calls.describes)}, ${part('capacity writes', calls.capacityWrites)}, ` +
      part('other', calls.other),
    `${counted(summary.invocations, 'invocation')}, ${counted(summary.passes, 'pass')}, ` +
      `${formatNumber(summary.failedPasses)} of them failed`,
    '',
  ].join('\n');
}

function figure(value: number | null | undefined, decimals: number): string {
  return value === null || value === undefined ? NOTHING : formatNumber(value, decimals);
}
