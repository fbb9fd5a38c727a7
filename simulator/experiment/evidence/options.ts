/** What `npm run evidence` is told on its command line. */
import { type RunOptionsFromCli, UsageError, count, parseOptions } from '../../cli/options.ts';
import { TOPICS } from './topics/all.ts';
import type { Topic } from './topics/topic.ts';

export interface EvidenceOptions {
  readonly topics: readonly Topic[];
  /** Only tables whose title holds this; default: all. */
  readonly table: string;
  /** Undefined: as many as each table needs. */
  readonly seeds: number | undefined;
  readonly markdown: string | undefined;
  /** Most machines for a trace; undefined: more than it needs. */
  readonly max: number | undefined;
  /** What it has in common with the local run: the trace, the hours, the first seed. */
  readonly run: RunOptionsFromCli;
}

export const EVIDENCE_USAGE = `usage: npm run evidence -- [topic …] [options]

Runs the shipped rule in the twin, each time with one thing changed, and prints the tables of
the decision records as Markdown. Topics, default all:

${TOPICS.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`).join('\n')}

  --table TEXT         only the tables whose title holds it
  --seeds N            runs of each case, with other luck; default: what the table needs
  --seed N             the first seed; default 1
  --markdown FILE      also write the tables to a file
  --hours N            only the first N hours of each built-in workload
  --trace FILE         a CSV of real jobs instead of the built-in workloads, with the options of
                       npm start for it: --column, --duration-unit, --zone, --stages, --class
  --max N              most machines, for the trace

  --help               this text
`;

/**
 * @returns undefined when help was asked for
 * @throws UsageError naming the option, its value and what is allowed
 */
export function parseEvidenceOptions(args: readonly string[]): EvidenceOptions | undefined {
  const others: string[] = [];
  const topics: Topic[] = [];
  const own: Partial<Record<Own, string>> = {};
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const name = OWN.find((each) => arg === `--${each}` || arg?.startsWith(`--${each}=`));
    if (name !== undefined) {
      const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : rest.shift();
      if (value === undefined) throw new UsageError(`--${name} has no value; allowed: one word`);
      own[name] = value;
    } else if (arg.startsWith('-')) {
      // An option of the local run, with its value where it has one.
      others.push(arg);
      const next = rest[0];
      const alone = arg.includes('=') || arg === '--help' || arg === '-h';
      if (!alone && next !== undefined) others.push(rest.shift() ?? '');
    } else topics.push(topicNamed(arg));
  }
  const run = parseOptions(others);
  if (run === undefined) return undefined;
  return {
    topics: topics.length > 0 ? topics : TOPICS,
    table: own.table ?? '',
    seeds: count('--seeds', own.seeds),
    markdown: own.markdown,
    max: count('--max', own.max),
    run,
  };
}

const OWN = ['table', 'seeds', 'markdown', 'max'] as const;
type Own = (typeof OWN)[number];

function topicNamed(text: string): Topic {
  const found = TOPICS.find(({ name }) => name === text);
  if (found !== undefined) return found;
  const allowed = TOPICS.map(({ name }) => name).join(', ');
  throw new UsageError(`there is no topic ${JSON.stringify(text)}; allowed: ${allowed}`);
}
