/** Hold-backs: how often there is one without cause, and what they are worth when there is one. */
import type { Parameters } from '../../../world/parameters.ts';
import { SCENARIOS } from '../../scenarios.ts';
import { BUILT_INS } from '../../workloads.ts';
import * as columns from '../../columns.ts';
import type { Table } from '../../table.ts';
import type { Case, Work } from '../../case.ts';
import { type Change, CAUSES } from '../../variants.ts';
import { NOTHING, ONE, TWO_CLASSES, batches, builtIn, withForeign, withStuck } from '../../work.ts';
import type { Given, Topic } from './topic.ts';

const HEALTHY_SEEDS = 64;
/** Slow, tight or told late, but with nothing futile about it. */
const HEALTHY = new Set([
  'slow-exit',
  'tight-cap',
  'launch-lag',
  'slow-release',
  'old-counts',
  'slow-pass',
  'two-containers',
  'long-proceed',
]);
const HOUR = 3600;

export const HOLD_BACKS: Topic = {
  name: 'hold-backs',
  about: 'how often launches are held back on healthy days, and what that saves on others',
  tables: (given) => [
    healthy(given),
    ...troubles(given),
    ...inPart(given),
    ...alone(given),
    ...weekend(given),
  ],
};

function healthy({ seeds, hours, trace }: Given): Table {
  const work = trace?.work ?? builtIn('bursty', hours);
  const of = (what: string, parameters: Partial<Parameters>, rest: Partial<Case> = {}): Case => ({
    name: [`${work.name}, ${what}`],
    work,
    parameters,
    ...rest,
    ...(trace && { fleet: { ...trace.fleet, ...rest.fleet } }),
  });
  const plain: readonly Case[] =
    trace === undefined
      ? BUILT_INS.map(({ name }) => ({ name: [name], work: builtIn(name, hours) }))
      : [of('plain', {})];
  return {
    title: 'hold-backs, healthy days',
    labels: ['day'],
    seeds: seeds ?? (trace === undefined ? HEALTHY_SEEDS : 1),
    listsHoldings: true,
    columns: [
      ...CAUSES.map(columns.holdingsOf),
      columns.HELD_BACK_MINUTES,
      columns.WAIT_MEAN,
      columns.LAUNCHES_PER_TASK,
    ],
    cases: [
      ...plain,
      ...SCENARIOS.filter(({ name }) => HEALTHY.has(name)).map(
        ({ name, parameters, capOfNeed }): Case =>
          of(name, parameters, capOfNeed === undefined ? {} : { capOfNeed }),
      ),
      of('counts 5 s old', { countLag: 5 }),
      of('1 % of the boots fail', { bootFailure: 0.01 }),
      of('spot, 5 % interrupted an hour', { spotInterruptions: 0.05 }, { fleet: { spot: true } }),
    ],
  };
}

interface Trouble {
  readonly title: string;
  readonly work: Work;
  readonly parameters?: Partial<Parameters>;
}

/** The first class has the trouble beside its work; the second has work only. */
function troubles({ seeds, trace }: Given): readonly Table[] {
  if (trace !== undefined) return [];
  const group = 'fleet-1';
  const scenes: readonly Trouble[] = [
    {
      title: 'boots hang from 13:00 to 16:00',
      work: TWO_CLASSES,
      parameters: { bootHangWindows: [{ from: 13 * HOUR, to: 16 * HOUR, group }] },
    },
    {
      title: '20 tasks nobody can claim, from 6:00 for a day',
      work: withStuck(TWO_CLASSES, { tasks: 20, fromHour: 6, toHour: 30, resourceClass: ONE }),
    },
    {
      title: 'no capacity from 13:00 to 15:00',
      work: TWO_CLASSES,
      parameters: { noCapacityWindows: [{ from: 13 * HOUR, to: 15 * HOUR, group }] },
    },
  ];
  return scenes.map(({ title, work, parameters }) => ({
    title: `hold-backs, trouble: ${title}`,
    labels: ['first class'],
    seeds: seeds ?? 8,
    columns: [
      columns.inClass(0, 'first', columns.LAUNCHES),
      columns.inClass(0, 'first', columns.NEVER_USED),
      columns.inClass(0, 'first', columns.COST),
      columns.inClass(0, 'first', columns.WAIT_MEAN),
      columns.inClass(0, 'first', columns.WAIT_P99),
      columns.inClass(0, 'first', columns.WAIT_MAX),
      columns.inClass(1, 'second', columns.LAUNCHES),
      columns.inClass(1, 'second', columns.WAIT_MEAN),
      columns.inClass(1, 'second', columns.WAIT_P99),
      columns.HOLDINGS,
      columns.HELD_BACK_MINUTES,
    ],
    cases: [
      { name: ['no trouble'], work: TWO_CLASSES },
      { name: ['trouble, with hold-backs'], work, ...(parameters && { parameters }) },
      {
        name: ['trouble, without hold-backs'],
        work,
        change: { holdBacks: false },
        ...(parameters && { parameters }),
      },
    ],
  }));
}

/** Trouble beside success: what is held back there, work waits for. */
function inPart({ seeds, hours, trace }: Given): readonly Table[] {
  if (trace !== undefined) return [];
  const work = builtIn('bursty', hours);
  const rows: readonly Case[] = [
    { name: ['no trouble'], work },
    { name: ['20 % of the boots fail'], work, parameters: { bootFailure: 0.2 } },
    { name: ['50 % of the boots fail'], work, parameters: { bootFailure: 0.5 } },
    { name: ['20 % of the boots hang'], work, parameters: { bootHang: 0.2 } },
    { name: ['20 % of the agents die'], work, parameters: { agentDeath: 0.2 } },
    { name: ['10 foreign machines'], work: withForeign(work, { machines: 10 }) },
    {
      name: ['20 tasks nobody can claim, for 12 hours'],
      work: withStuck(work, { tasks: 20, fromHour: 6, toHour: 18 }),
    },
  ];
  return [
    {
      title: 'hold-backs, trouble in part, on a bursty day',
      labels: ['trouble', 'hold-backs'],
      seeds: seeds ?? 8,
      columns: [
        columns.LAUNCHES,
        columns.LAUNCHES_PER_TASK,
        columns.MACHINE_HOURS,
        columns.WAIT_MEAN,
        columns.WAIT_P99,
        columns.CANCELS,
        columns.KILLED,
        columns.HELD_MINUTES,
      ],
      cases: rows.flatMap((row): readonly Case[] => [
        { ...row, name: [...row.name, 'on'] },
        { ...row, name: [...row.name, 'off'], change: { holdBacks: false } },
      ]),
    },
  ];
}

const STUCK_ALONE = withStuck(NOTHING, { tasks: 20, fromHour: 0, toHour: 24 });
const BATCH = batches({ tasks: 40, atHours: [8] });

/** Tasks that cannot be claimed, and nothing else in the class. */
function alone({ seeds, trace }: Given): readonly Table[] {
  if (trace !== undefined) return [];
  const rows: readonly Case[] = [
    { name: ['20 that nobody can claim, for a day'], work: STUCK_ALONE },
    {
      name: ['40 of which the plan lets 5 run, maximum 20'],
      work: BATCH,
      parameters: { planConcurrency: 5 },
      fleet: { max: 20 },
    },
  ];
  return [
    {
      title: 'hold-backs, trouble alone in its class',
      labels: ['tasks', 'hold-backs'],
      seeds: seeds ?? 8,
      columns: [
        columns.LAUNCHES,
        columns.NEVER_USED,
        columns.COST,
        columns.WAIT_MEAN,
        columns.HOLDINGS,
        columns.HELD_BACK_MINUTES,
      ],
      cases: rows.flatMap((row): readonly Case[] => [
        { ...row, name: [...row.name, 'on'] },
        { ...row, name: [...row.name, 'off'], change: { holdBacks: false } },
      ]),
    },
  ];
}

const WEEKEND_HOURS = 60;

/** From Friday evening to Monday morning tasks wait and every boot fails; then there is other work. */
function weekend({ seeds, trace }: Given): readonly Table[] {
  if (trace !== undefined) return [];
  const monday = batches({ tasks: 20, atHours: [WEEKEND_HOURS] });
  const work = withStuck(monday, { tasks: 20, fromHour: 0, toHour: WEEKEND_HOURS });
  const parameters = { bootHangWindows: [{ from: 0, to: WEEKEND_HOURS * HOUR }] };
  const variants: readonly { readonly name: string; readonly change: Change }[] = [
    { name: 'as shipped', change: {} },
    { name: 'off', change: { holdBacks: false } },
  ];
  return [
    {
      title: `hold-backs, weekend: no boot succeeds for ${WEEKEND_HOURS} hours, 20 tasks wait`,
      labels: ['hold-backs'],
      seeds: seeds ?? 8,
      columns: [
        columns.LAUNCHES,
        columns.NEVER_USED,
        columns.COST,
        columns.HOLDINGS,
        columns.HELD_BACK_MINUTES,
      ],
      cases: variants.map(({ name, change }) => ({ name: [name], work, parameters, change })),
    },
  ];
}
