/** How long a runner waits for a task before it ends itself, against how long a machine boots. */
import { PARAMETERS } from '../../../world/parameters.ts';
import type { Parameters } from '../../../world/parameters.ts';
import * as columns from '../../columns.ts';
import type { Table } from '../../table.ts';
import type { Case, Work } from '../../trial.ts';
import { builtIn, withCancelled } from '../../work.ts';
import type { Topic } from './topic.ts';

const IDLE_SECONDS = [30, 60, 120, 300, 600, 1800] as const;
const SHIPPED = 300;
const BOOT_SECONDS = [50, 150] as const;

/** Fewer than a bursty day needs at its peak, and the group's maximum that does not know of it. */
const PLAN = 25;
const MAX_BEYOND_PLAN = 60;

export const IDLE_TIMEOUT: Topic = {
  name: 'idle-timeout',
  about: 'how long a runner waits for a task, against how long machines boot',
  tables({ seeds, hours, trace }) {
    const runs = seeds ?? (trace === undefined ? 8 : 1);
    const plain = trace?.work ?? builtIn('bursty', hours);
    const scenes: readonly Scene[] = [
      { title: plain.name, work: plain },
      { title: `${plain.name}, 10 % cancelled while they wait`, work: withCancelled(plain, 0.1) },
      {
        title: `${plain.name}, the plan lets ${PLAN} run, the maximum is ${MAX_BEYOND_PLAN}`,
        work: plain,
        parameters: { planConcurrency: PLAN },
        fleet: { max: MAX_BEYOND_PLAN },
        otherwise: { what: `${SHIPPED}, maximum ${PLAN}`, fleet: { max: PLAN } },
      },
    ];
    return scenes.map((scene) =>
      table({ ...scene, fleet: { ...trace?.fleet, ...scene.fleet } }, runs),
    );
  },
};

interface Scene {
  readonly title: string;
  readonly work: Work;
  readonly parameters?: Partial<Parameters>;
  readonly fleet?: Case['fleet'];
  /** One more row, with the shipped timeout. */
  readonly otherwise?: Other;
}

interface Other {
  readonly what: string;
  readonly fleet: Case['fleet'];
}

function table({ title, work, parameters, fleet, otherwise }: Scene, seeds: number): Table {
  const rows: readonly Other[] = [
    ...IDLE_SECONDS.map((seconds) => ({
      what: `${seconds}`,
      fleet: { idleTimeoutMs: seconds * 1000 },
    })),
    ...(otherwise ? [otherwise] : []),
  ];
  const cases = BOOT_SECONDS.flatMap((median) =>
    rows.map((row): Case => ({
      name: [`${median}`, row.what],
      work,
      parameters: { ...parameters, boot: { ...PARAMETERS.boot.default, median } },
      fleet: { ...fleet, ...row.fleet },
      against: [`${median}`, `${SHIPPED}`],
    })),
  );
  return {
    title: `idle-timeout: ${title}`,
    labels: ['boot s', 'idle timeout s'],
    seeds,
    columns: [
      columns.WAIT_MEAN,
      columns.WAIT_P99,
      columns.WAIT_RATIO,
      columns.LAUNCHES_PER_TASK,
      columns.NEVER_USED,
      columns.MONTH,
      columns.MORE_PER_MONTH,
      columns.HOLDINGS,
    ],
    cases,
  };
}
