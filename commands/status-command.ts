/** The work of `runner-scaler status`. */
import { setTimeout } from 'node:timers/promises';
import { interruptible } from '../cli/interrupt.ts';
import type { Call } from '../cli/subcommand.ts';
import { ConfigError } from '../config/config-error.ts';
import { AwsError, isPassing } from './aws/refusal.ts';
import { CommandError } from './chosen-groups.ts';
import { inProgress } from './progress.ts';
import { clearing, screenColumns } from './screen.ts';
import { type ScalerHere, scalerHere, whereLine } from './scaler-here.ts';
import { type Status, statusOf } from './status.ts';
import type { StatusGiven } from './status-options.ts';
import { statusText } from './status-words.ts';
import { wrapped } from './words.ts';

export const SHOWING_STATUS = { run, expected: [AwsError, CommandError, ConfigError] };

const READING = 'reading the groups and the log';

async function run(given: StatusGiven, { names }: Call): Promise<void> {
  const here = await scalerHere(given);
  const { account, config, groups, log } = here;
  const request = { where: account.where, config, classes: names };
  const ports = { groups, log, now: () => Date.now() };
  if (given.watch === undefined) {
    const status = await inProgress(READING, async () => statusOf(request, ports));
    process.stdout.write(shown(status, here, given.json));
    return;
  }
  const interruption = interruptible();
  const { signal } = interruption;
  const before = given.json ? '' : clearing();
  for (let shownOnce = false; !signal.aborted; shownOnce = true) {
    try {
      const status = await inProgress(READING, async () => statusOf(request, ports));
      const between = shownOnce && before === '' && !given.json ? '\n' : '';
      process.stdout.write(`${before}${between}${shown(status, here, given.json)}`);
    } catch (error) {
      // A watch of hours outlives a refused call, but not one that will be refused again.
      if (!(shownOnce && error instanceof AwsError && isPassing(error))) throw error;
      process.stderr.write(`${error.message.replace('; repeat the command', '')}; tried again\n`);
    }
    await setTimeout(1000 * given.watch, undefined, { signal }).catch(() => undefined);
  }
  process.exitCode = interruption.exitCode() ?? process.exitCode;
}

function shown(status: Status, here: ScalerHere, isJson: boolean): string {
  const { account, region } = here.account;
  if (isJson)
    return `${JSON.stringify({ account, region, scaler: here.config.name, ...status })}\n`;
  const columns = screenColumns();
  return `${wrapped(whereLine(here), { columns })}\n${statusText(status, columns)}\n`;
}
