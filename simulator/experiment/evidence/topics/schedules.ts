/** Schedules: what machines kept ready in office hours are worth, against all hours and none. */
import { DAY_MINUTES, DAYS, type Schedule } from '../../../../lambda/scaler/contract.ts';
import { BUILT_IN_START } from '../../../workload/built-in-start.ts';
import type { TaskSpec } from '../../../world/task.ts';
import { BUILT_INS } from '../../workloads.ts';
import * as columns from '../../columns.ts';
import type { Column, Table } from '../../table.ts';
import type { Case, Work } from '../../case.ts';
import type { Given, Topic } from './topic.ts';

const SEEDS = 3;
const DAY_MS = 24 * 3_600_000;
/** As `headroom` and `min` are documented to be used. */
const IDLE_TIMEOUT_MS = 1_800_000;

export const SCHEDULES: Topic = {
  name: 'schedules',
  about: 'what min and headroom in office hours are worth, against all hours and none',
  tables: (given) => (given.trace === undefined ? [weeks(given)] : []),
};

/** Five working days and a weekend without a job but the last, with which the week ends. */
const WEEK: Work = {
  name: 'working week',
  of(seed) {
    const day = BUILT_INS.find(({ name }) => name === 'working-day');
    const tasks: TaskSpec[] = [];
    for (let number = 0; number < 5; number += 1) {
      const first = tasks.length;
      const startAt = BUILT_IN_START + number * DAY_MS;
      for (const task of day?.tasks(seed * 5 + number, startAt) ?? []) {
        const { id, pipeline, after } = task;
        tasks.push({
          ...task,
          id: `${number}/${id}`,
          pipeline: `${number}/${pipeline}`,
          after: after.map((index) => first + index),
        });
      }
    }
    const [one] = tasks;
    const last = { id: 'last', pipeline: 'last', after: [], durationMs: 60_000 };
    const releaseAt = BUILT_IN_START + 7 * DAY_MS - 600_000;
    if (one !== undefined) tasks.push({ ...last, resourceClass: one.resourceClass, releaseAt });
    return { startAt: BUILT_IN_START, tasks, hours: 7 * 24 };
  },
};

const ALL_HOURS = { days: DAYS, from: 0, to: DAY_MINUTES, timeZone: 'UTC' };
const OFFICE_HOURS = { ...ALL_HOURS, days: DAYS.slice(0, 5), from: 8 * 60, to: 18 * 60 };

function weeks({ seeds }: Given): Table {
  const of = (name: string, fleet: NonNullable<Case['fleet']> = {}): Case => ({
    name: [name],
    work: WEEK,
    fleet: { idleTimeoutMs: IDLE_TIMEOUT_MS, ...fleet },
  });
  const scheduled = (schedule: Schedule) => ({ schedules: [schedule] });
  return {
    title: 'schedules, a working week',
    labels: ['kept ready, in each of three classes'],
    seeds: seeds ?? SEEDS,
    columns: [
      columns.WAIT_MEAN,
      columns.WAIT_P99,
      columns.LAUNCHES_PER_TASK,
      columns.KILLED,
      MONTHLY_COST,
    ],
    cases: [
      of('nothing'),
      of('headroom 1, all hours', { headroom: 1 }),
      of('headroom 1, office hours', scheduled({ ...OFFICE_HOURS, headroom: 1 })),
      of("min 2, all hours, the group's", { min: 2 }),
      of("min 2, all hours, a schedule's", scheduled({ ...ALL_HOURS, min: 2 })),
      of('min 2, office hours', scheduled({ ...OFFICE_HOURS, min: 2 })),
      of('min 2 and headroom 1, office hours', scheduled({ ...OFFICE_HOURS, min: 2, headroom: 1 })),
    ],
  };
}

const MONTHLY_COST: Column = {
  heading: 'machines $/month',
  decimals: 0,
  of: ({ whole }) => whole.machineCost,
};
