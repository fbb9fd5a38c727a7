/** What GitLab does not publish, at the ends of its ranges: how late its counts are, and how it holds requests. */
import type { Parameters } from '../../../world/parameters.ts';
import type { Case, Work } from '../../case.ts';
import * as columns from '../../columns.ts';
import type { Table } from '../../table.ts';
import { builtIn } from '../../work.ts';
import type { Given, Topic } from './topic.ts';

export const GITLAB: Topic = {
  name: 'gitlab',
  about: "what GitLab's late counts and held requests do to waits and launches",
  tables: (given) => [delays(given)],
};

const SEEDS = 4;

/** `check_interval` in the machine's config of GitLab Runner. */
const POLL: Partial<Parameters> = { pollPause: 3 };

const ROWS: readonly (readonly [what: string, parameters: Partial<Parameters>])[] = [
  ['counts at once, requests not held', {}],
  ['requests held for 50 s', { requestHeld: 50 }],
  ['counts 5 s old', { countLag: 5 }],
  ['counts 10 s old', { countLag: 10 }],
  ['pending jobs 2 s later', { unclaimedLag: 2 }],
  ['pending jobs 5 s later', { unclaimedLag: 5 }],
  ['pending jobs 10 s later', { unclaimedLag: 10 }],
  ['pending jobs 30 s later', { unclaimedLag: 30 }],
  ['all of it: 50 s, 10 s and 30 s', { requestHeld: 50, countLag: 10, unclaimedLag: 30 }],
];

function delays({ seeds = SEEDS, hours, trace }: Given): Table {
  const works: readonly Work[] =
    trace === undefined ? ['bursty', 'sparse'].map((name) => builtIn(name, hours)) : [trace.work];
  return {
    title: 'gitlab, late counts and held requests',
    labels: ['work', 'GitLab'],
    seeds,
    columns: [
      columns.WAIT_MEAN,
      columns.WAIT_P99,
      columns.LAUNCHES_PER_TASK,
      columns.NEVER_USED,
      columns.MACHINE_HOURS,
      columns.KILLED_IN_ALL,
      columns.HELD_BACK_MINUTES,
    ],
    cases: works.flatMap((work) =>
      ROWS.map(([what, parameters]): Case => ({
        name: [work.name, what],
        work,
        parameters: { ...POLL, ...parameters },
        against: [work.name, ROWS[0]?.[0] ?? ''],
        ...(trace?.fleet && { fleet: trace.fleet }),
      })),
    ),
  };
}
