/** Figures that several records show. */
import type { Cause } from '../../lambda/scaler/policy.ts';
import type { Column } from './table.ts';
import type { Part, Trial } from './trial.ts';

export const WAIT_MEAN = sure(figure('wait mean s', 1, ({ waitMean }) => waitMean));
export const WAIT_P99 = sure(figure('p99 s', 0, ({ waitP99 }) => waitP99));
export const WAIT_MAX = figure('longest s', 0, ({ waitMax }) => waitMax);
export const LAUNCHES = figure('launches', 0, ({ launches }) => launches);
export const LAUNCHES_PER_TASK = figure('launches/task', 3, (part) => part.launchesPerTask);
export const NEVER_USED = figure('never used', 1, ({ neverUsed }) => neverUsed);
export const CANCELS = figure('cancels', 1, ({ pendingCancels }) => pendingCancels);
export const KILLED = figure('killed by lowering', 1, (part) => part.killedByLowering);
export const MACHINE_HOURS = figure('machine h', 1, ({ machineHours }) => machineHours);
export const HELD_MINUTES = figure('held min', 1, ({ heldMinutes }) => heldMinutes);
export const COST = figure('machines $', 2, ({ cost }) => cost);

export const HOLDINGS: Column = {
  heading: 'held back',
  decimals: 0,
  over: 'sum',
  of: ({ holdings }) => holdings.length,
};

export function holdingsOf(cause: Cause): Column {
  return {
    heading: cause,
    decimals: 0,
    over: 'sum',
    of: ({ holdings }) => holdings.filter((holding) => holding.cause === cause).length,
  };
}

export const HELD_BACK_MINUTES: Column = {
  heading: 'minutes held back',
  decimals: 0,
  over: 'sum',
  of: ({ holdings }) => holdings.reduce((sum, { heldMs }) => sum + heldMs, 0) / 60_000,
};

/** Booting machines that a write of the scaler cancelled: what machines and operators lower is not its own. */
export const CANCELLED_BY_WRITES: Column = {
  heading: 'cancelled by a write',
  decimals: 0,
  over: 'sum',
  of: ({ whole }) => whole.pendingCancels - whole.cancelsByDecrement - whole.cancelsByBounds,
};
export const KILLED_IN_ALL: Column = {
  heading: 'killed by lowering',
  decimals: 0,
  over: 'sum',
  of: ({ whole }) => whole.killedByLowering,
};

/** The same figure of one class alone. */
export function inClass(number: number, where: string, column: PartColumn): Column {
  return {
    ...column,
    heading: `${where}: ${column.heading}`,
    of: ({ classes }: Trial) => {
      const part = classes[number];
      return part === undefined ? Number.NaN : column.from(part);
    },
  };
}

export interface PartColumn extends Column {
  readonly from: (part: Part) => number;
}

function figure(heading: string, decimals: number, from: PartColumn['from']): PartColumn {
  return { heading, decimals, from, of: ({ whole }) => from(whole) };
}

function sure(column: PartColumn): PartColumn {
  return { ...column, sure: true };
}
