/** A status as a person reads it, also in a narrow terminal. */
import type { Capacity } from './capacity.ts';
import type { ClassStatus, Demand, Status } from './status.ts';
import { ago, clockTime, wrapped } from './words.ts';

/** @param columns of the terminal; undefined: lines may be of any length */
export function statusText(status: Status, columns: number | undefined): string {
  const { at, lastPassAt, notes, classes } = status;
  const passed =
    lastPassAt === undefined
      ? 'no pass is in the log of late'
      : `the last pass in the log is ${ago(at - lastPassAt)} old`;
  const lines = [`${clockTime(at)} UTC: ${passed}`, ...notes];
  return [
    ...lines.map((line) => wrapped(line, { columns })),
    ...classes.map((each) => classText(each, { at, columns })),
  ].join('\n');
}

interface Showing {
  readonly at: number;
  readonly columns: number | undefined;
}

const LABEL_WIDTH = 11;

function classText(status: ClassStatus, { at, columns }: Showing): string {
  const { resourceClass, demand, capacity, holds, suspended, failure, lastFailedBoot } = status;
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ['demand', demandText(demand, at)],
    ['waiting', waitText(demand, at)],
    ['machines', capacityText(capacity)],
    ...holds.map((hold) => ['held', hold] as const),
    [
      'suspended',
      suspended.length === 0
        ? undefined
        : suspended.map(({ process, because }) => `${process} (${because})`).join(', '),
    ],
    ['failing', failure],
    [
      'boot',
      lastFailedBoot &&
        `the last that failed: ${clockTime(lastFailedBoot.at)} ${lastFailedBoot.instanceId}: ${lastFailedBoot.reason}`,
    ],
  ];
  const shown = rows.flatMap(([label, text]) =>
    text === undefined
      ? []
      : [wrapped(`  ${label.padEnd(LABEL_WIDTH - 2)}${text}`, { columns, indent: LABEL_WIDTH })],
  );
  return ['', resourceClass, ...shown].join('\n');
}

function demandText(demand: Demand | undefined, now: number): string {
  if (demand === undefined) return 'unknown: the log has no count of late';
  const { unclaimed = 0, running, at } = demand;
  const runs = running === undefined ? '' : `, ${running} running`;
  return `${unclaimed} waiting${runs} (${ago(now - at)} ago)`;
}

/** What is proven of one task may be far less than for how long the queue was never empty: both are told. */
function waitText(demand: Demand | undefined, now: number): string | undefined {
  if (demand?.wait === undefined) return undefined;
  const { someSince, atLeastSeconds = 0 } = demand.wait;
  const some = `some task, not always the same, for ${ago(now - someSince)}`;
  if (atLeastSeconds === 0) return some;
  const oldest = `the oldest for at least ${ago(1000 * atLeastSeconds)}`;
  return demand.at - someSince > 1000 * atLeastSeconds ? `${oldest}; ${some}` : oldest;
}

function capacityText({ present, serving, booting, ending, desired, min, max }: Capacity): string {
  const ends = ending === 0 ? '' : `, ${ending} ending`;
  const least = min === 0 ? '' : `at least ${min}, `;
  return `${present} present: ${serving} serving, ${booting} booting${ends}; desired ${desired}, ${least}at most ${max}`;
}
