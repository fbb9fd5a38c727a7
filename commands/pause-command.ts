/** The work of `runner-scaler pause` and `runner-scaler resume`. */
import { interruptible } from '../cli/interrupt.ts';
import type { Call } from '../cli/subcommand.ts';
import { ConfigError } from '../config/config-error.ts';
import { AwsError } from './aws/refusal.ts';
import { changeAll, ChangeError } from './change-all.ts';
import { chosenGroups, CommandError } from './chosen-groups.ts';
import { pause, resume } from './pause.ts';
import type { PauseGiven } from './pause-options.ts';
import { inProgress } from './progress.ts';
import { scalerHere, whereLine } from './scaler-here.ts';
import { print, printJson } from './screen.ts';

const EXPECTED = [AwsError, ChangeError, CommandError, ConfigError];

export const PAUSING = { run: changing('paused', pause), expected: EXPECTED };
export const RESUMING = { run: changing('resumed', resume), expected: EXPECTED };

function changing(done: string, change: typeof pause | typeof resume) {
  return async (given: PauseGiven, { names }: Call): Promise<void> => {
    const interruption = interruptible();
    try {
      const here = await scalerHere(given);
      const { account, config, groups } = here;
      if (!given.json) print(whereLine(here));
      const { changed, problem } = await inProgress('changing the groups', async () => {
        const chosen = chosenGroups(await groups.list(), { where: account.where, config }, names);
        return changeAll(chosen, {
          done,
          change: async (group) => change(group, groups),
          signal: interruption.signal,
          tell({ resourceClass, said }) {
            if (!given.json) print(`${resourceClass}: ${said}`);
          },
        });
      });
      if (given.json) {
        const { account: id, region } = account;
        printJson({ account: id, region, scaler: config.name, groups: changed });
      }
      if (problem !== undefined) throw problem;
    } finally {
      process.exitCode = interruption.exitCode() ?? process.exitCode;
    }
  };
}
