/** Whether one look may raise a group by only so much. */
import type { Parameters } from '../../../world/parameters.ts';
import * as columns from '../../columns.ts';
import type { Table } from '../../table.ts';
import type { Case, Work } from '../../trial.ts';
import type { Change } from '../../variants.ts';
import { batches, builtIn, withStuck } from '../../work.ts';
import type { Topic } from './topic.ts';

const CAPS: readonly { readonly name: string; readonly change: Change }[] = [
  { name: 'none', change: {} },
  { name: 'doubling', change: { growth: doubled } },
  { name: '+10', change: { growth: (desired) => desired + 10 } },
  { name: '+5', change: { growth: (desired) => desired + 5 } },
  { name: 'doubling, a look a minute', change: { everySeconds: 60, growth: doubled } },
  { name: '+10, a look a minute', change: { everySeconds: 60, growth: (desired) => desired + 10 } },
];

function doubled(desired: number): number {
  return Math.max(2 * desired, 1);
}

const BATCH_HOURS = [8, 11, 14, 17] as const;

/** From half an hour before the batch at 11:00 to half an hour after it, in seconds. */
const TROUBLE = { from: 10.5 * 3600, to: 11.5 * 3600 };

export const GROWTH_CAP: Topic = {
  name: 'growth-cap',
  about: 'how much one look may raise a group',
  tables({ seeds, hours, trace }) {
    if (trace !== undefined) {
      return [table({ title: 'a trace', work: trace.work, fleet: trace.fleet ?? {} }, seeds ?? 1)];
    }
    const bursty = builtIn('bursty', hours);
    const batch = batches({ tasks: 200, atHours: BATCH_HOURS });
    // A minute in which the queue is not what it seems: the tasks go before a machine could be ready.
    const mistaken = withStuck(bursty, { tasks: 300, fromHour: 11, toHour: 11 + 1 / 60 });
    return [
      { title: 'bursty', work: bursty },
      { title: 'four batches of 200 at once', work: batch },
      {
        title: 'the same, no capacity from 10:30 to 11:30',
        work: batch,
        parameters: { noCapacityWindows: [TROUBLE] },
      },
      {
        title: 'the same, boots hang from 10:30 to 11:30',
        work: batch,
        parameters: { bootHangWindows: [TROUBLE] },
      },
      {
        title: 'the same, boots hang, no hold-backs',
        work: batch,
        parameters: { bootHangWindows: [TROUBLE] },
        change: { holdBacks: false },
      },
      {
        title: 'bursty, 300 more in the queue for one minute, maximum 100',
        work: mistaken,
        fleet: { max: 100 },
      },
    ].map((scene) => table(scene, seeds ?? 8));
  },
};

interface Scene {
  readonly title: string;
  readonly work: Work;
  readonly parameters?: Partial<Parameters>;
  readonly fleet?: Case['fleet'];
  readonly change?: Change;
}

function table({ title, work, parameters, fleet, change }: Scene, seeds: number): Table {
  return {
    title: `growth-cap: ${title}`,
    labels: ['one look raises by'],
    seeds,
    columns: [
      columns.WAIT_MEAN,
      columns.WAIT_P99,
      columns.WAIT_MAX,
      columns.WAIT_RATIO,
      columns.LAUNCHES_PER_TASK,
      columns.NEVER_USED,
      columns.MONTH,
      columns.MORE_PER_MONTH,
      columns.HOLDINGS,
    ],
    cases: CAPS.map((cap): Case => ({
      name: [cap.name],
      work,
      change: { ...change, ...cap.change },
      ...(parameters && { parameters }),
      ...(fleet && { fleet }),
    })),
  };
}
