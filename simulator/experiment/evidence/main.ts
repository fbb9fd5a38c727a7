/** The evidence of the decision records: `npm run evidence -- --help`. */
import { runCommand } from '../../cli/run-command.ts';
import { save } from '../../cli/save.ts';
import { hoursOf } from '../cell.ts';
import { traceWorkload } from '../task.ts';
import { TraceError } from '../../workload/trace-error.ts';
import { EVIDENCE_USAGE, type EvidenceOptions, parseEvidenceOptions } from './options.ts';
import { fill, markdownOf } from '../table.ts';
import type { Trace } from './topics/topic.ts';

async function main(args: readonly string[]): Promise<void> {
  const options = parseEvidenceOptions(args);
  if (options === undefined) {
    process.stdout.write(EVIDENCE_USAGE);
    return;
  }
  const { topics, seeds, run, markdown } = options;
  const given = { seeds, hours: run.hours, trace: traceOf(options) };
  const tables = topics
    .flatMap((topic) => topic.tables(given))
    .filter(({ title }) => title.includes(options.table));
  const texts: string[] = [];
  for (const table of tables) {
    const filled = await fill(table, {
      firstSeed: run.seed,
      onTrial: ({ name }, seed) =>
        process.stderr.write(`${table.title}: ${name.join(', ')}, seed ${seed}\n`),
    });
    const text = markdownOf(filled);
    texts.push(text);
    process.stdout.write(`${text}\n\n`);
  }
  if (markdown !== undefined) await save(markdown, `${texts.join('\n\n')}\n`);
}

function traceOf({ run, max }: EvidenceOptions): Trace | undefined {
  if (run.trace === undefined) return undefined;
  return {
    work: {
      name: 'a trace',
      async of(seed) {
        const workload = await traceWorkload(run, seed);
        return { ...workload, hours: hoursOf(workload) };
      },
    },
    fleet: max === undefined ? {} : { max },
  };
}

await runCommand({ name: 'npm run evidence', main, expected: [TraceError] });
