/** What the local run is told on its command line. */
import { parseArgs } from 'node:util';
import { ROLES, type Role } from '../workload/trace-columns.ts';
import { DURATION_UNITS, type DurationUnit } from '../workload/trace-values.ts';

export interface RunOptionsFromCli {
  readonly config: string;
  /** Configs to compare with each other; none: `config` is run. */
  readonly compare: readonly string[];
  readonly trace: string | undefined;
  readonly out: string;
  readonly json: string | undefined;
  /** Where a stand-alone SVG of the first class goes; undefined: none. */
  readonly chart: string | undefined;
  readonly prices: string | undefined;
  readonly seed: number;
  /** Median seconds from a started machine to a started agent; undefined: the world's default. */
  readonly bootSeconds: number | undefined;
  /** A JSON file with parameters of the world; undefined: its defaults. */
  readonly parameters: string | undefined;
  /** Hours of the workload to run; undefined: all. */
  readonly hours: number | undefined;
  readonly direct: boolean;
  readonly columns: Readonly<Partial<Record<Role, string>>>;
  readonly durationUnit: DurationUnit | undefined;
  readonly zone: string | undefined;
  readonly stages: readonly string[] | undefined;
  readonly classes: Readonly<Record<string, string>>;
  readonly defaultClass: string | undefined;
}

export const USAGE = `usage: npm start -- [options]

Runs the real scaler against local emulators of CircleCI and AWS, in virtual time, and
writes a page with what happened. Nothing leaves this machine.

  --config FILE        the config to run; default config.ts
  --compare A B …      instead: two to six configs side by side on the same workload, without
                       HTTP; the page then goes to out/what-if.html
  --trace FILE         a CSV of real jobs instead of the built-in working day
  --out FILE           where the page goes; default out/local-run.html
  --json FILE          also write the figures as JSON
  --chart FILE         also write the chart of the first class as SVG
  --seed N             another seed, other luck: a whole number; default 1
  --hours N            only the first N hours of the workload
  --boot-seconds N     median boot time, from a started machine to a started agent; default 50
  --parameters FILE    JSON with parameters of the world over its defaults, as npm run probe
                       measures them: { "launchLag": { "min": 2, "max": 8 } }
  --prices FILE        JSON with USD per hour by instance type, over the built-in table
  --direct             without HTTP: the same decisions, many times faster

for a trace:
  --column ROLE=NAME   names a column that is not recognised; may be repeated; ROLE is one of
                       ${ROLES.join(', ')}
  --duration-unit U    ${Object.keys(DURATION_UNITS).join(', ')}; default: what the column's name ends in, else seconds
  --zone Z             zone of times that name none: UTC, +02:00 or Europe/Berlin; default UTC
  --stages A,B,*       assume a job graph: jobs whose name holds A, then B, then the rest
  --class FROM=TO      a class of the trace is served by a class of the config; may be repeated
  --default-class TO   for jobs without a class; default: the first class of the config

  --help               this text
`;

/** Thrown for a command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @returns undefined when help was asked for */
export function parseOptions(args: readonly string[]): RunOptionsFromCli | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const compare = configsToCompare(values, positionals);
  return {
    config: values.config ?? 'config.ts',
    compare,
    trace: values.trace,
    out: values.out ?? (compare.length > 0 ? 'out/what-if.html' : 'out/local-run.html'),
    json: values.json,
    chart: values.chart,
    prices: values.prices,
    seed: number('--seed', values.seed, { whole: true, least: 0 }) ?? 1,
    bootSeconds: number('--boot-seconds', values['boot-seconds'], { least: 1 }),
    parameters: values.parameters,
    hours: number('--hours', values.hours, { least: 0.1 }),
    direct: values.direct ?? false,
    columns: Object.fromEntries(
      pairs('--column', values.column).map(([role, name]) => [
        oneOf('--column', role, ROLES),
        name,
      ]),
    ),
    durationUnit:
      values['duration-unit'] === undefined
        ? undefined
        : oneOf('--duration-unit', values['duration-unit'], UNITS),
    zone: values.zone,
    stages: values.stages?.split(',').map((word) => word.trim()),
    classes: Object.fromEntries(pairs('--class', values.class)),
    defaultClass: values['default-class'],
  };
}

const UNITS = Object.keys(DURATION_UNITS).filter(
  (unit): unit is DurationUnit => unit in DURATION_UNITS,
);

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const texts = { type: 'string', multiple: true } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      // The further configs of --compare a.ts b.ts; without --compare they are refused.
      allowPositionals: true,
      options: {
        config: text,
        compare: texts,
        trace: text,
        out: text,
        json: text,
        chart: text,
        prices: text,
        seed: text,
        'boot-seconds': text,
        parameters: text,
        hours: text,
        direct: flag,
        column: texts,
        'duration-unit': text,
        zone: text,
        stages: text,
        class: texts,
        'default-class': text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** As many as can be told apart in a chart and read in a table. */
const MOST_CONFIGS = 6;

function configsToCompare(
  { compare = [], config, chart }: ReturnType<typeof parsed>['values'],
  positionals: readonly string[],
): readonly string[] {
  const [stray] = positionals;
  if (compare.length === 0) {
    if (stray === undefined) return [];
    throw new UsageError(`Unexpected argument ${JSON.stringify(stray)}; allowed: options only`);
  }
  const configs = [...compare, ...positionals];
  if (configs.length < 2 || configs.length > MOST_CONFIGS) {
    throw new UsageError(
      `--compare names ${configs.length} config${configs.length === 1 ? '' : 's'}; ` +
        `allowed: two to ${MOST_CONFIGS}, as in --compare a.ts b.ts`,
    );
  }
  const other = config === undefined ? chart && '--chart' : '--config';
  if (other) throw new UsageError(`${other} is given with --compare; allowed: one of the two`);
  return configs;
}

interface NumberRule {
  readonly least: number;
  readonly whole?: boolean;
}

function number(name: string, text: string | undefined, rule: NumberRule): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const fits = text.trim() !== '' && Number.isFinite(value) && value >= rule.least;
  if (fits && (!rule.whole || Number.isSafeInteger(value))) return value;
  const allowed = `a ${rule.whole ? 'whole ' : ''}number of at least ${rule.least}`;
  throw new UsageError(`${name} is ${JSON.stringify(text)}; allowed: ${allowed}`);
}

/** A number of things: seeds, processes, machines. */
export function count(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(
    `${option} is ${JSON.stringify(text)}; allowed: a whole number from 1 to 9999`,
  );
}

function pairs(
  name: string,
  texts: readonly string[] = [],
): readonly (readonly [string, string])[] {
  return texts.map((text) => {
    const at = text.indexOf('=');
    if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
    throw new UsageError(`${name} is ${JSON.stringify(text)}; allowed: two words joined by =`);
  });
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === text);
  if (found !== undefined) return found;
  throw new UsageError(`${name} names ${JSON.stringify(text)}; allowed: ${allowed.join(', ')}`);
}
