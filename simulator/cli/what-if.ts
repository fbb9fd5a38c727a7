/** `runner-scaler what-if`: what it is told on its command line. */
import { outputFile, text, type Values, withDefault } from '../../cli/option.ts';
import { subcommand } from '../../cli/subcommand.ts';
import { RUN, TRACE, WORLD } from './option-groups.ts';

const OPTIONS = {
  out: withDefault(outputFile('--out <file>', 'where the page goes'), 'out/what-if.html'),
  json: outputFile('--json <file>', 'also write the figures as JSON'),
  prices: text(
    '--prices <file>',
    'JSON with USD per hour by instance type, over the built-in table',
  ),
  ...RUN,
  ...WORLD,
  ...TRACE,
};

export type WhatIfGiven = Values<typeof OPTIONS>;

export const WHAT_IF = subcommand({
  about: 'Runs two to six configs on the same jobs with the same luck, and shows what differs.',
  details: 'The jobs are the built-in working day, or your own. Nothing leaves this machine.',
  options: OPTIONS,
  names: { flags: '<configs...>', about: 'config files, such as config.ts other.ts' },
  load: async () => (await import('../experiment/what-if/main.ts')).WHAT_IF_WORK,
});
