/** The options that several commands share, in groups; a command takes a group whole or not at all. */
import {
  grouped,
  number,
  oneOf,
  pairs,
  pairsAmong,
  text,
  type Values,
  withDefault,
  words,
} from '../../cli/option.ts';
import { ROLES } from '../workload/trace-columns.ts';
import { DURATION_UNITS, type DurationUnit } from '../workload/trace-values.ts';

const UNITS = Object.keys(DURATION_UNITS).filter(
  (unit): unit is DurationUnit => unit in DURATION_UNITS,
);

/** Which jobs: the trace, and how its columns are to be understood. */
export const TRACE = grouped(
  'Your own jobs:',
  {
    trace: text(
      '--trace <file>',
      'real jobs, as CSV or JSON (docs/traces.md); - reads standard input',
    ),
    columns: pairsAmong(
      '--column <role=name>',
      `names a column that is not recognised; a role is one of ${ROLES.join(', ')}`,
      ROLES,
    ),
    durationUnit: oneOf(
      '--duration-unit <unit>',
      "what durations count; default: what the column's name ends in, else seconds",
      UNITS,
    ),
    dateOrder: oneOf('--date-order <order>', 'how dates in figures are written', [
      'ymd',
      'mdy',
      'dmy',
    ]),
    zone: text(
      '--zone <zone>',
      'zone of times that name none: UTC, +02:00 or Europe/Berlin; default UTC',
    ),
    stages: words(
      '--stages <a,b,*>',
      'assumes a job graph: jobs whose name holds a, then b, then the rest',
    ),
    classes: pairs(
      '--class <from=to>',
      'a class of the trace is served by a class of the config; * stands for every other class',
    ),
    defaultClass: text(
      '--default-class <to>',
      'for jobs without a class; default: the first class of the config',
    ),
  },
  'trace',
);

/** How much of the jobs is run, and with which luck. */
export const RUN = {
  seed: withDefault(number('--seed <n>', 'another seed, other luck', { least: 0, whole: true }), 1),
  hours: number('--hours <n>', 'only the first hours of the jobs', { least: 0.1 }),
};

/** How the simulated world behaves where AWS does not document it. */
export const WORLD = grouped('The simulated world:', {
  bootSeconds: number(
    '--boot-seconds <n>',
    'median boot time, from a started machine to a started agent; default 50',
    { least: 1 },
  ),
  parameters: text(
    '--parameters <file>',
    'JSON with parameters over the defaults, as the probe measures them: { "launchLag": { "min": 2, "max": 8 } }',
  ),
});

export type TraceGiven = Values<typeof TRACE>;
export type RunGiven = Values<typeof RUN>;
export type WorldGiven = Values<typeof WORLD>;
