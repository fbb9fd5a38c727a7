/** The work of `runner-scaler status`. */
import { setTimeout } from 'node:timers/promises';
import { interruptible } from '../cli/interrupt.ts';
import type { Call } from '../cli/subcommand.ts';
import { ConfigError } from '../config/config-error.ts';
import { AwsError } from './aws/refusal.ts';
import { CommandError } from './chosen-groups.ts';
import { inProgress } from './progress.ts';
import { type ScalerHere, scalerHere, whereLine } from './scaler-here.ts';
import { type Status, statusOf } from './status.ts';
import type { StatusGiven } from './status-options.ts';
import { statusText } from './status-words.ts';

export const SHOWING_STATUS = { run, expected: [AwsError, CommandError, ConfigError] };

/** Clears the screen and goes to its beginning. */
const CLEAR = '\u001B[2J\u001B[H';

async function run(given: StatusGiven, { names }: Call): Promise<void> {
  const here = await scalerHere(given);
  const { account, config, groups, log } = here;
  const request = { where: account.where, config, classes: names };
  const ports = { groups, log, now: () => Date.now() };
  if (given.watch === undefined) {
    const status = await inProgress('reading the groups and the log', async () =>
      statusOf(request, ports),
    );
    process.stdout.write(shown(status, here, given.json));
    return;
  }
  const interruption = interruptible();
  const { signal } = interruption;
  const before = process.stdout.isTTY && !given.json ? CLEAR : '';
  for (let shownOnce = false; !signal.aborted; shownOnce = true) {
    try {
      const status = await statusOf(request, ports);
      const between = shownOnce && before === '' && !given.json ? '\n' : '';
      process.stdout.write(`${before}${between}${shown(status, here, given.json)}`);
    } catch (error) {
      // A watch of hours outlives a refused call, but not one that will be refused again.
      if (!(shownOnce && error instanceof AwsError && error.kind === 'passing')) throw error;
      process.stderr.write(`${error.message}; tried again\n`);
    }
    await setTimeout(1000 * given.watch, undefined, { signal }).catch(() => undefined);
  }
  process.exitCode = interruption.exitCode() ?? process.exitCode;
}

function shown(status: Status, here: ScalerHere, isJson: boolean): string {
  const { account, region } = here.account;
  if (isJson)
    return `${JSON.stringify({ account, region, scaler: here.config.name, ...status })}\n`;
  const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
  return `${whereLine(here)}\n${statusText(status, columns)}\n`;
}
