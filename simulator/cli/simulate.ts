/** `runner-scaler simulate`: what it is told on its command line. */
import { flag, outputFile, text, type Values, withDefault } from '../../cli/option.ts';
import { subcommand } from '../../cli/subcommand.ts';
import { RUN, TRACE, WORLD } from './option-groups.ts';

const OPTIONS = {
  config: withDefault(text('--config <file>', 'the config to run'), 'config.ts'),
  out: withDefault(outputFile('--out <file>', 'where the page goes'), 'out/local-run.html'),
  json: outputFile('--json <file>', 'also write the figures as JSON'),
  chart: outputFile('--chart <file>', 'also write the chart of the first class as SVG'),
  prices: text(
    '--prices <file>',
    'JSON with USD per hour by instance type, over the built-in table',
  ),
  direct: flag(
    '--direct',
    'without HTTP: the same decisions, many times faster; so is every trace',
  ),
  overHttp: {
    ...flag('--over-http', 'through the real clients over HTTP, also for a trace'),
    excludes: 'direct',
  },
  ...RUN,
  ...WORLD,
  ...TRACE,
};

export type SimulateGiven = Values<typeof OPTIONS>;

export const SIMULATE = subcommand({
  about:
    'Runs the real scaler in a simulated world, in virtual time, and writes a page with what happened.',
  details: `The built-in working day runs over HTTP, against emulators of the CI system and AWS. A trace of your own
jobs runs directly, which makes the same decisions. Nothing leaves this machine.`,
  options: OPTIONS,
  elsewhere: {
    '--compare':
      '--compare is not an option of simulate; several configs side by side: runner-scaler what-if a.ts b.ts',
  },
  load: async () => (await import('../main.ts')).SIMULATION,
});
