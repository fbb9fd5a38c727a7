/** `runner-scaler doctor`: what it is told on its command line. */
import type { Values } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { JSON_OUTPUT, WHERE } from './aws/options.ts';

const OPTIONS = { json: JSON_OUTPUT, ...WHERE };

export type DoctorGiven = Values<typeof OPTIONS>;

export const DOCTOR = subcommand({
  about:
    'Finds what is wrong with a set-up, in the order in which to mend it, with the remedy beside each finding.',
  details:
    'It changes nothing. It reads the secrets to see their form, and never shows them. Exit code 0: all is ' +
    'well; 1: something is wrong; 2: nothing is known to be wrong, but not everything could be found out.',
  options: OPTIONS,
  load: async () => (await import('./doctor-command.ts')).EXAMINING,
});
