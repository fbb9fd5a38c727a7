/** `runner-scaler status`: what it is told on its command line. */
import { maybe, type Values } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { JSON_OUTPUT, WHERE } from './aws/options.ts';

/** AWS refuses what is asked too often: `logs:FilterLogEvents` takes 5 to 10 calls a second from an account. */
const LEAST_WATCH_SECONDS = 2;
const WATCH_SECONDS = 10;

const OPTIONS = {
  watch: maybe(
    '--watch [seconds]',
    `show it again and again until Ctrl-C; default each ${WATCH_SECONDS} s`,
    {
      otherwise: WATCH_SECONDS,
      read(value) {
        const seconds = Number(value);
        return seconds >= LEAST_WATCH_SECONDS && seconds <= 3600 ? seconds : undefined;
      },
      allowed: `seconds from ${LEAST_WATCH_SECONDS} to 3600`,
    },
  ),
  json: JSON_OUTPUT,
  ...WHERE,
};

export type StatusGiven = Values<typeof OPTIONS>;

export const STATUS = subcommand({
  about: 'Shows what each class has and waits for, and what holds it back.',
  details:
    "Demand is what the scaler's log said last of the class, with its age; capacity is what the group has now. " +
    'It changes nothing. docs/commands.md explains each line.',
  options: OPTIONS,
  names: { flags: '[classes...]', about: 'resource classes, as in acme/linux; default: all' },
  load: async () => (await import('./status-command.ts')).SHOWING_STATUS,
});
