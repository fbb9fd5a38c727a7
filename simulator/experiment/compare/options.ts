/** What `npm run compare` is told on its command line. */
import { type RunOptionsFromCli, UsageError, count, parseOptions } from '../../cli/options.ts';
import { parseArgs } from 'node:util';
import { RULES } from '../rules/all.ts';
import { SCENARIOS } from '../scenarios.ts';
import { BUILT_INS } from '../workloads.ts';

export interface CompareOptions {
  /** Names of rules, workloads and scenarios, in the order of their lists. */
  readonly rules: readonly string[];
  /** Empty with a trace. */
  readonly workloads: readonly string[];
  readonly scenarios: readonly string[];
  readonly seeds: number;
  readonly markdown: string | undefined;
  /** Where the page goes; undefined: no page. */
  readonly out: string | undefined;
  readonly processes: number;
  /** What it has in common with the local run: the trace, the boot time, the hours, the JSON. */
  readonly run: RunOptionsFromCli;
}

export const COMPARE_USAGE = `usage: npm run compare -- [options]

Runs scaling rules side by side in the twin, on identical jobs, boots and faults, and
prints what each makes of waits, waste and cost. Nothing leaves this machine.

  --rules A,B          only these; default all:
                       ${list(RULES, 3)}
  --workload A,B       only these built-in workloads; default all:
                       ${list(BUILT_INS, 5)}
  --scenario A,B       circumstances; default plain; "all" for each of
                       ${list(SCENARIOS, 5)}
  --seeds N            runs of each, with other luck; default 8
  --processes N        that run at the same time; default: one per processor
  --out FILE           also write a page with plots
  --markdown FILE      also write the tables as Markdown
  --json FILE          also write the figures as JSON
  --hours N            only the first N hours of each workload
  --boot-seconds N     median boot time; default 50
  --parameters FILE    JSON with parameters of the world over its defaults, as npm run probe
                       measures them; what a scenario changes stays changed
  --trace FILE         a CSV of real jobs instead of the built-in workloads, with the options
                       of npm start for it: --column, --duration-unit, --zone, --stages,
                       --class, --default-class

  --help               this text
`;

function list(items: readonly { readonly name: string }[], perLine: number): string {
  const names = items.map(({ name }) => name);
  const lines: string[] = [];
  for (let at = 0; at < names.length; at += perLine) {
    lines.push(names.slice(at, at + perLine).join(', '));
  }
  return lines.join(`,\n${' '.repeat(23)}`);
}

const OWN = ['rules', 'workload', 'scenario', 'seeds', 'processes', 'markdown', 'out'] as const;
type Own = (typeof OWN)[number];

/**
 * @returns undefined when help was asked for
 * @throws UsageError naming the option, its value and what is allowed
 */
export function parseCompareOptions(
  args: readonly string[],
  processors: number,
): CompareOptions | undefined {
  const { own, others } = split(args);
  const run = parseOptions(others);
  if (run === undefined) return undefined;
  const trace = run.trace !== undefined;
  if (trace && own.workload !== undefined) {
    throw new UsageError('--workload and --trace are both given; allowed: one of them');
  }
  return {
    rules: chosen('--rules', own.rules, RULES),
    workloads: trace ? [] : chosen('--workload', own.workload, BUILT_INS),
    scenarios: chosen('--scenario', own.scenario ?? 'plain', SCENARIOS),
    seeds: count('--seeds', own.seeds) ?? 8,
    processes: count('--processes', own.processes) ?? processors,
    markdown: own.markdown,
    out: own.out,
    run,
  };
}

/** Divides the options of the comparison from those of the local run. */
function split(args: readonly string[]) {
  const own: Partial<Record<Own, string>> = {};
  const others: string[] = [];
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(OWN.map((name) => [name, { type: 'string' as const }])),
  });
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const name = OWN.find((each) => each === token.name);
    if (name === undefined) continue;
    if (token.value === undefined) {
      throw new UsageError(
        `--${name} has no value; npm run compare -- --help tells what is allowed`,
      );
    }
    own[name] = token.value;
    taken.add(token.index);
    if (!token.inlineValue) taken.add(token.index + 1);
  }
  others.push(...args.filter((_, index) => !taken.has(index)));
  return { own, others };
}

function chosen(
  option: string,
  text: string | undefined,
  known: readonly { readonly name: string }[],
): readonly string[] {
  const names = known.map(({ name }) => name);
  if (text === undefined || text === 'all') return names;
  const asked = text.split(',').map((name) => name.trim());
  for (const name of asked) {
    if (!names.includes(name)) {
      throw new UsageError(
        `${option} names ${JSON.stringify(name)}; allowed: ${names.join(', ')}, or all`,
      );
    }
  }
  return names.filter((name) => asked.includes(name));
}
