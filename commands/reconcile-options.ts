/** `runner-scaler reconcile`: what it is told on its command line. */
import { flag, type Values } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { JSON_OUTPUT, WHERE } from './aws/options.ts';

const OPTIONS = {
  dryRun: flag('--dry-run', 'tell what a pass would do, and change nothing; it has to be given'),
  json: JSON_OUTPUT,
  ...WHERE,
};

export type ReconcileGiven = Values<typeof OPTIONS>;

export const RECONCILE = subcommand({
  about:
    'Makes one pass of the scaler on this machine, with your credentials, and tells what it would do.',
  details:
    'It is the pass that the function makes, with the settings that the function has; where nothing is ' +
    'deployed yet, with those of the config, for groups that have the tags. It reads the API credential from its secret.',
  options: OPTIONS,
  load: async () => (await import('./reconcile-command.ts')).RECONCILING,
});
