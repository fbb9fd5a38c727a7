/** The work of `runner-scaler compare`: scaling rules side by side. */
import { save } from '../../../cli/output-file.ts';
import type { Call } from '../../../cli/subcommand.ts';
import type { CompareGiven } from '../../cli/compare.ts';
import { loadParameters, parameterNotes } from '../../cli/load-parameters.ts';
import { printable } from '../../report/text-table.ts';
import { TraceError } from '../../workload/trace-error.ts';
import { fill } from '../pool.ts';
import { traceWorkload } from '../trace-work.ts';
import { columnNotes, columnsOf } from './columns.ts';
import { compared } from './comparison.ts';
import { markdownOf } from './markdown.ts';
import { renderComparison } from './page.ts';
import { compareTables } from './tables.ts';
import { textOf } from './text.ts';

export const COMPARISON = { run: compare, expected: [TraceError] };

async function compare(given: CompareGiven, { command }: Call): Promise<void> {
  const { seed: firstSeed, processes, trace, out, json, markdown } = given;
  const parameters = await loadParameters(given);
  const plan = { kind: 'compare', given, parameters } as const;
  const tables = compareTables(plan);
  const notes = [
    ...columnNotes(given),
    ...parameterNotes(given),
    ...(trace === undefined ? [] : (await traceWorkload(given, firstSeed)).notes),
  ];
  // One burst is drawn: of the bursty workload, or else of the first.
  const bursty = tables.findIndex(({ frame }) => frame.workload === 'bursty');
  const filled = await fill({ plan, tables, firstSeed, processes, burstIn: Math.max(bursty, 0) });
  const comparisons = filled.map(({ table, cells }) =>
    compared(
      table.frame,
      cells.map((trials, index) => ({ seed: firstSeed + index, trials })),
    ),
  );
  const columns = columnsOf(given);
  const about = { notes, command, columns };
  const files: readonly (readonly [what: string, path: string | undefined, text: () => string])[] =
    [
      ['The figures', json, () => `${JSON.stringify({ comparisons, notes, command }, null, 1)}\n`],
      ['The tables', markdown, () => markdownOf(comparisons, about)],
      ['The page with the plots', out, () => renderComparison(comparisons, about)],
    ];
  const written: string[] = [];
  for (const [what, path, text] of files) {
    if (path === undefined) continue;
    await save(path, text());
    written.push(`${what}: ${path}`);
  }
  process.stdout.write(`${textOf(comparisons, columns)}\n\n`);
  process.stdout.write(notes.map((note) => `- ${printable(note)}\n`).join(''));
  if (written.length > 0) process.stdout.write(`\n${written.join('\n')}\n`);
}
