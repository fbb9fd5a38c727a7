/** `runner-scaler compare`: what it is told on its command line. */
import { count, flag, outputFile, type Values, withDefault, words } from '../../cli/option.ts';
import { subcommand } from '../../cli/subcommand.ts';
import { RUN, TRACE, WORLD } from './option-groups.ts';

const OPTIONS = {
  rules: words('--rules <a,b>', 'only these; default all'),
  workloads: {
    ...words('--workload <a,b>', 'only these built-in workloads; default all'),
    excludes: 'trace',
  },
  scenarios: words('--scenario <a,b>', 'the circumstances; default plain'),
  seeds: withDefault(count('--seeds <n>', 'runs of each, with other luck'), 8),
  processes: count('--processes <n>', 'that run at the same time; default: one per processor'),
  all: flag('--all-columns', 'every figure in tables and page; default: those that decide'),
  out: outputFile('--out <file>', 'also write a page with plots'),
  markdown: outputFile('--markdown <file>', 'also write the tables as Markdown'),
  json: outputFile('--json <file>', 'also write every figure as JSON'),
  ...RUN,
  ...WORLD,
  ...TRACE,
};

export type CompareGiven = Values<typeof OPTIONS>;

export const COMPARE = subcommand({
  about: 'Runs scaling rules in the simulator, on identical jobs, boots and faults.',
  details: 'Prints what each makes of waits, waste and cost. Nothing leaves this machine.',
  options: OPTIONS,
  moreHelp: async () => (await import('../experiment/compare/chosen.ts')).namesHelp(),
  load: async () => (await import('../experiment/compare/main.ts')).COMPARISON,
});
