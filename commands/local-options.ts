/** `runner-scaler local`: what it is told on its command line. */
import { number, text, type Values, withDefault } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { DEFAULT_LOCAL_PORT } from './aws/local.ts';

const OPTIONS = {
  config: withDefault(text('--config <file>', 'the config that is deployed in it'), 'config.ts'),
  port: withDefault(
    number('--port <n>', 'where AWS answers on this machine', {
      least: 1,
      most: 65_535,
      whole: true,
    }),
    DEFAULT_LOCAL_PORT,
  ),
  hours: withDefault(
    number('--hours <n>', 'of the working day that have passed when it starts', {
      least: 0.1,
      most: 12,
    }),
    2,
  ),
  bootFailure: withDefault(
    number('--boot-failure <share>', 'of the boots that fail, from 0 to 1', { least: 0, most: 1 }),
    0,
  ),
};

export type LocalGiven = Values<typeof OPTIONS>;

export const LOCAL = subcommand({
  about: 'Keeps a simulated account on this machine, in which the other commands act with --local.',
  details:
    'The config is deployed in it, a working day of jobs goes on in real time, and the real scaler serves ' +
    'them, with emulators of the CI systems that the config names. Ctrl-C ends it.',
  options: OPTIONS,
  load: async () => (await import('./local-command.ts')).KEEPING_LOCAL,
});
