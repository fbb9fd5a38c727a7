/** The work of `runner-scaler pause` and `runner-scaler resume`. */
import type { Call } from '../cli/subcommand.ts';
import { ConfigError } from '../config/config-error.ts';
import { AwsError } from './aws/refusal.ts';
import { chosenGroups, CommandError } from './chosen-groups.ts';
import { pause, resume } from './pause.ts';
import type { PauseGiven } from './pause-options.ts';
import { inProgress } from './progress.ts';
import { scalerHere, whereLine } from './scaler-here.ts';

const EXPECTED = [AwsError, CommandError, ConfigError];

export const PAUSING = { run: changing(pause), expected: EXPECTED };
export const RESUMING = { run: changing(resume), expected: EXPECTED };

function changing(change: typeof pause | typeof resume) {
  return async (given: PauseGiven, { names }: Call): Promise<void> => {
    const here = await scalerHere(given);
    const { account, config, groups } = here;
    if (!given.json) process.stdout.write(`${whereLine(here)}\n`);
    await inProgress('changing the groups', async () => {
      const chosen = chosenGroups(await groups.list(), { where: account.where, config }, names);
      const changed = [];
      for (const group of chosen) {
        const result = await change(group, groups);
        changed.push(result);
        if (!given.json) process.stdout.write(`${result.resourceClass}: ${result.said}\n`);
      }
      if (!given.json) return;
      const { account: id, region } = account;
      process.stdout.write(
        `${JSON.stringify({ account: id, region, scaler: config.name, groups: changed })}\n`,
      );
    });
  };
}
