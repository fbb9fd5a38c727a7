/** `runner-scaler pause` and `runner-scaler resume`: what they are told on their command lines. */
import type { Values } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { JSON_OUTPUT, WHERE } from './aws/options.ts';

const OPTIONS = { json: JSON_OUTPUT, ...WHERE };
const NAMES = { flags: '<classes...>', about: 'resource classes, as in acme/linux' };

export type PauseGiven = Values<typeof OPTIONS>;

export const PAUSE = subcommand({
  about: 'Launches nothing more for a class until it is resumed, and ends nothing.',
  details:
    'Machines that run finish their job and end by themselves, and what waits goes on waiting. A deployment ' +
    'does not end the pause. The group still keeps its own minimum; drain also stops that.',
  options: OPTIONS,
  names: NAMES,
  load: async () => (await import('./pause-command.ts')).PAUSING,
});

export const RESUME = subcommand({
  about: 'Lets the scaler launch again for a class that is paused.',
  options: OPTIONS,
  names: NAMES,
  load: async () => (await import('./pause-command.ts')).RESUMING,
});
