/** Looks at groups that a test makes up, through ports that write down what they are told. */
import type { Budget } from '../../../lambda/scaler/clock.ts';
import type { Demand, FleetQueue } from '../../../lambda/scaler/demand/source.ts';
import type { Activity, Fleet, Fleets } from '../../../lambda/scaler/fleet/fleets.ts';
import { reconcile } from '../../../lambda/scaler/reconcile.ts';
import type { Memories, Outcome, PassOptions } from '../../../lambda/scaler/pass.ts';
import { manualClock } from '../../manual-clock.ts';

export function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `i-${index}`);
}

export interface Scene {
  readonly fleets: readonly Fleet[] | Error;
  /** As they are described once more before a write. Default: the same. */
  readonly again?: readonly Fleet[];
  readonly rejected?: readonly { readonly group: string; readonly problem: string }[];
  readonly demand?:
    | Readonly<Record<string, Demand | Error>>
    | ((resourceClass: string, budget: Budget) => Promise<Demand>);
  /** The record of every group's activities. Default: nothing. */
  readonly record?: readonly Activity[] | Error;
  readonly onWrite?: (group: string) => void;
  readonly onResume?: (group: string) => void;
  /** Default: CircleCI alone, of which so many classes are served at once. */
  readonly sources?: 'none';
}

export const CLASSES_AT_ONCE = 100;

export function reconciling({
  fleets,
  again,
  rejected = [],
  demand = {},
  record = [],
  onWrite,
  onResume,
  sources: configured,
}: Scene) {
  const clock = manualClock();
  const writes: string[] = [];
  const described: string[][] = [];
  const reads: string[] = [];
  const outcomes: Outcome[] = [];
  const warnings: string[] = [];
  const memories: Memories = new Map();
  const port: Fleets = {
    discover: async () => {
      if (fleets instanceof Error) throw fleets;
      return { fleets, rejected, lookedFor: 'the tag of the test' };
    },
    describe: async (groups) => {
      described.push([...groups]);
      if (fleets instanceof Error) throw fleets;
      return (again ?? fleets).filter(({ group }) => groups.includes(group));
    },
    setDesiredCapacity: async (group, desired) => {
      writes.push(`${group}=${desired}`);
      onWrite?.(group);
    },
    suspend: async (group, processes) => {
      writes.push(`${group} suspend ${processes.join(',')}`);
    },
    resume: async (group, processes) => {
      writes.push(`${group} resume ${processes.join(',')}`);
      onResume?.(group);
    },
    keep: async (group, { holdBack, lastUsed }, signal) => {
      signal.throwIfAborted();
      if (holdBack !== undefined) writes.push(`${group} hold-back ${holdBack}`);
      if (lastUsed !== undefined) writes.push(`${group} last-used ${lastUsed}`);
    },
    activities: async (group) => {
      reads.push(group);
      if (record instanceof Error) throw record;
      return { activities: record, next: undefined };
    },
  };
  const currentDemand = async ({ resourceClass }: FleetQueue, budget: Budget): Promise<Demand> => {
    if (typeof demand === 'function') return demand(resourceClass, budget);
    const known = demand[resourceClass] ?? { unclaimed: 0, running: 0 };
    if (known instanceof Error) throw known;
    return known;
  };
  const circleci = { currentDemand, classesAtOnce: CLASSES_AT_ONCE };
  const sources = { circleci: configured === 'none' ? undefined : circleci };
  const run = async (options: Pick<PassOptions, 'heard'> = {}) =>
    reconcile(
      {
        fleets: port,
        clock,
        memories,
        sources,
        report: {
          outcome: (outcome) => outcomes.push(outcome),
          warning: (message) => warnings.push(message),
        },
      },
      { budgetMs: 60_000, ...options },
    );
  return { run, writes, outcomes, warnings, clock, memories, described, reads };
}
