/** The work of `runner-scaler evidence`: the tables of the decision records. */
import { save } from '../../../cli/output-file.ts';
import type { Call } from '../../../cli/subcommand.ts';
import type { EvidenceGiven } from '../../cli/evidence.ts';
import { loadParameters } from '../../cli/load-parameters.ts';
import { TraceError } from '../../workload/trace-error.ts';
import { fill } from '../pool.ts';
import { markdownOf } from '../table.ts';
import { traceWorkload } from '../trace-work.ts';
import { evidenceTables } from './tables.ts';

export const EVIDENCE_WORK = { run: evidence, expected: [TraceError] };

async function evidence(given: EvidenceGiven, { names: topics }: Call): Promise<void> {
  const { seed: firstSeed, processes, markdown } = given;
  const parameters = await loadParameters(given);
  const plan = { kind: 'evidence', given, topics, parameters } as const;
  const tables = evidenceTables(plan);
  // Read once before the work, so that a mistake in it is told here and not by another process.
  if (given.trace !== undefined) await traceWorkload(given, firstSeed);
  const filled = await fill({ plan, tables, firstSeed, processes });
  const text = `${filled.map(markdownOf).join('\n\n')}\n`;
  if (markdown !== undefined) await save(markdown, text);
  process.stdout.write(text);
}
