/** `runner-scaler evidence`: what it is told on its command line. */
import { count, outputFile, text, type Values, withDefault } from '../../cli/option.ts';
import { subcommand } from '../../cli/subcommand.ts';
import { RUN, TRACE, WORLD } from './option-groups.ts';

const OPTIONS = {
  table: withDefault(
    text('--table <text>', 'only the tables whose title holds it; default: all of them'),
    '',
  ),
  seeds: count('--seeds <n>', 'runs of each case, with other luck; default: what the table needs'),
  processes: count('--processes <n>', 'that run at the same time; default: one per processor'),
  markdown: outputFile('--markdown <file>', 'also write the tables to a file'),
  ...RUN,
  ...WORLD,
  ...TRACE,
  max: { ...count('--max <n>', 'most machines, for the trace'), needs: 'trace' },
};

export type EvidenceGiven = Values<typeof OPTIONS>;

export const EVIDENCE = subcommand({
  about:
    'Runs the shipped rule, each time with one thing changed: the tables of the decision records.',
  details: 'Prints them as Markdown. What a table changes in the world stays changed.',
  options: OPTIONS,
  names: { flags: '[topics...]', about: 'default: all of them' },
  moreHelp: async () => (await import('../experiment/evidence/topics/all.ts')).topicsHelp(),
  load: async () => (await import('../experiment/evidence/main.ts')).EVIDENCE_WORK,
});
