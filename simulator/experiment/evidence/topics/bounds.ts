/** What the scaler promises, tried in every circumstance that the simulator knows. */
import { SCENARIOS } from '../../scenarios.ts';
import type { Parameters } from '../../../world/parameters.ts';
import * as columns from '../../columns.ts';
import type { Column, Table } from '../../table.ts';
import type { Case, Work } from '../../case.ts';
import { NOTHING, ONE, batches, builtIn, inScenario, withForeign, withStuck } from '../../work.ts';
import type { Given, Topic } from './topic.ts';

const SEEDS = 8;
const HOUR = 3600;
const TROUBLED_HOURS = [0.5, 2, 8, 24];

export const BOUNDS: Topic = {
  name: 'bounds',
  about: 'machines cancelled and jobs killed, launches that are futile, and the time to recover',
  tables: (given) =>
    given.trace === undefined
      ? [noHarm(given), futile(given), ...TROUBLED_HOURS.map((hours) => recovery(given, hours))]
      : [],
};

/** How the function's invocations may go: how long a call takes, and who serves them. */
const WAYS: readonly (readonly [name: string, parameters: Partial<Parameters>])[] = [
  ['passes of 0.2 s', { callTime: { min: 0.05, max: 0.05 } }],
  ['0.8 s, two containers in turn', { ...eachCall(0.2), containers: 2, routing: 'round-robin' }],
  ['0.8 s, four containers at random', { ...eachCall(0.2), containers: 4, routing: 'random' }],
  ['2.6 s', eachCall(0.65)],
  ['2.6 s, four containers at random', { ...eachCall(0.65), containers: 4, routing: 'random' }],
];

function eachCall(seconds: number): Partial<Parameters> {
  return { callTime: { min: seconds, max: seconds } };
}

function noHarm({ seeds, hours }: Given): Table {
  return {
    title: 'bounds, harm done',
    labels: ['scenario', 'passes'],
    seeds: seeds ?? SEEDS,
    columns: [
      columns.CANCELLED_BY_WRITES,
      columns.KILLED_IN_ALL,
      columns.LAUNCHES_PER_TASK,
      columns.WAIT_MEAN,
      columns.HELD_BACK_MINUTES,
    ],
    cases: SCENARIOS.flatMap((scenario) =>
      WAYS.map(([way, parameters]): Case => ({
        name: [scenario.name, way],
        work: inScenario(builtIn('bursty', hours), scenario),
        parameters: { ...parameters, ...scenario.parameters },
        ...(scenario.capOfNeed !== undefined && { capOfNeed: scenario.capOfNeed }),
      })),
    ),
  };
}

/** With one more hour, so that what follows the first one is a day. */
const SHORT = 1;
const LONG = 25;

const FIRST_HOUR: Column = {
  heading: 'first hour',
  decimals: 0,
  over: 'most',
  of: (_trial, base) => base.whole.launches,
};

const A_DAY_AFTER: Column = {
  heading: 'a day after it',
  decimals: 0,
  over: 'most',
  of: ({ whole }, base) => whole.launches - base.whole.launches,
};

/** What is futile goes on for a whole day, for a few tasks or many. */
function futile({ seeds }: Given): Table {
  const rows: readonly (readonly [what: string, waiting: number, Partial<Parameters>])[] = [
    ['boots fail, 5 wait', 5, { bootFailure: 1 }],
    ['boots fail, 200 wait', 200, { bootFailure: 1 }],
    ['boots hang, 5 wait', 5, { bootHang: 1 }],
    ['boots hang, 200 wait', 200, { bootHang: 1 }],
    ['agents end at once, 5 wait', 5, { agentDeath: 1, agentDeathAfter: { min: 0, max: 0 } }],
    ['agents end within 40 s, 5 wait', 5, { agentDeath: 1, agentDeathAfter: { min: 0, max: 40 } }],
    ['agents end at once, 200 wait', 200, { agentDeath: 1, agentDeathAfter: { min: 0, max: 0 } }],
    ['agents end, one word in five lost', 5, { agentDeath: 1, wordLoss: 0.2 }],
    ['nobody can claim 5', 5, {}],
    ['nobody can claim 200', 200, {}],
    ['nobody can claim 5, four containers at random', 5, { containers: 4, routing: 'random' }],
  ];
  const stuck = (count: number, hours: number) =>
    count === 0 ? NOTHING : withStuck(NOTHING, { tasks: count, fromHour: 0, toHour: hours });
  const beside: readonly (readonly [what: string, waiting: number, Partial<Parameters>])[] = [
    ...rows.filter(([, waiting]) => waiting === 5),
    ['nothing waits', 0, {}],
  ];
  const pair = (
    name: string,
    work: (hours: number) => Work,
    parameters: Partial<Parameters>,
  ): readonly Case[] => {
    const whole = `${name}, for ${LONG} h`;
    const hour = `${name}, for ${SHORT} h`;
    const fleet = { max: 1000 };
    return [
      { name: [hour], work: work(SHORT), parameters, fleet, against: [hour] },
      { name: [whole], work: work(LONG), parameters, fleet, against: [hour] },
    ];
  };
  return {
    title: 'bounds, launches that are futile',
    labels: ['trouble'],
    seeds: seeds ?? SEEDS,
    columns: [FIRST_HOUR, A_DAY_AFTER, columns.CANCELLED_BY_WRITES, columns.KILLED_IN_ALL],
    cases: [
      ...rows.flatMap(([what, count, parameters]) =>
        pair(what, (hours) => stuck(count, hours), parameters),
      ),
      ...beside.flatMap(([what, count, parameters]) =>
        pair(
          `${what}, beside 5 foreign machines`,
          (hours) => withForeign(lasting(stuck(count, hours), hours), { machines: 5 }),
          parameters,
        ),
      ),
    ],
  };
}

/** So long that foreign machines work until then. */
function lasting(work: Work, hours: number): Work {
  return { name: work.name, of: async (seed) => ({ ...(await work.of(seed)), hours }) };
}

/** Five tasks wait from the beginning until, some time after the trouble, all have a machine. */
function recovery({ seeds }: Given, hours: number): Table {
  const minutes: Column = {
    heading: 'minutes after it until all have a machine, at most',
    decimals: 1,
    over: 'most',
    of: ({ whole }) => whole.waitMax / 60 - hours * 60,
  };
  const windows = [{ from: 0, to: hours * HOUR }];
  const work = batches({ tasks: 5, atHours: [0], resourceClass: ONE });
  return {
    title: `bounds, recovery after ${hours} h`,
    labels: ['boots'],
    seeds: seeds ?? SEEDS,
    columns: [minutes, columns.CANCELLED_BY_WRITES, columns.KILLED_IN_ALL],
    cases: [
      { name: ['failed'], work, parameters: { bootFailureWindows: windows } },
      { name: ['hung'], work, parameters: { bootHangWindows: windows } },
    ],
  };
}
