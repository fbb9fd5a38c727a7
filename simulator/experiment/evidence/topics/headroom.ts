/** Runners kept ready beyond the demand, and how long they stay. */
import * as columns from '../../columns.ts';
import type { Table } from '../../table.ts';
import type { Case, Work } from '../../trial.ts';
import { builtIn } from '../../work.ts';
import type { Topic } from './topic.ts';

interface Choices {
  readonly headrooms: readonly number[];
  readonly idleSeconds: readonly number[];
  readonly fleet?: Case['fleet'];
}

const FOR_A_DAY: Choices = { headrooms: [1, 2, 5], idleSeconds: [60, 120, 300, 1800] };
/** Idle machines that come and go through the nights of a year take long to simulate. */
const FOR_A_YEAR: Choices = { headrooms: [1, 2], idleSeconds: [300, 1800] };
const SHIPPED_IDLE_SECONDS = 300;

export const HEADROOM: Topic = {
  name: 'headroom',
  about: 'runners kept ready beyond the demand, with several idle timeouts',
  tables({ seeds, hours, trace }) {
    if (trace !== undefined) return [table(trace.work, seeds ?? 1, { ...FOR_A_YEAR, ...trace })];
    return ['bursty', 'sparse', 'working-day'].map((name) =>
      table(builtIn(name, hours), seeds ?? 8, FOR_A_DAY),
    );
  },
};

function table(work: Work, seeds: number, choices: Choices): Table {
  const { headrooms, idleSeconds, fleet = {} } = choices;
  const none: Case = { name: ['0', `${SHIPPED_IDLE_SECONDS}`], work, fleet };
  return {
    title: `headroom: ${work.name}`,
    labels: ['headroom', 'idle timeout s'],
    seeds,
    columns: [
      columns.WAIT_MEAN,
      columns.WAIT_P99,
      columns.WAIT_RATIO,
      columns.MONTH,
      columns.MORE_PER_MONTH,
      columns.PRICE_OF_WAIT,
      columns.CONTROL,
      columns.LAUNCHES_PER_TASK,
      columns.NEVER_USED,
      columns.HOLDINGS,
    ],
    cases: [
      none,
      ...headrooms.flatMap((headroom) =>
        idleSeconds.map((seconds): Case => ({
          name: [`${headroom}`, `${seconds}`],
          work,
          fleet: { ...fleet, headroom, idleTimeoutMs: seconds * 1000 },
        })),
      ),
    ],
  };
}
