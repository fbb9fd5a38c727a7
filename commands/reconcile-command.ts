/** The work of `runner-scaler reconcile`. */
import { UsageError } from '../cli/usage-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { deployedSettings, deploymentOf } from './aws/deployment.ts';
import { AwsError } from './aws/refusal.ts';
import { CommandError, NothingDeployed } from './chosen-groups.ts';
import { inProgress } from './progress.ts';
import { type DryPass, dryPass, settingsOf } from './reconcile.ts';
import type { ReconcileGiven } from './reconcile-options.ts';
import { type ScalerHere, scalerHere, whereLine } from './scaler-here.ts';
import { print, printJson } from './screen.ts';

export const RECONCILING = { run, expected: [AwsError, CommandError, ConfigError] };

const FAILED = 1;

async function run(given: ReconcileGiven): Promise<void> {
  if (!given.dryRun) {
    throw new UsageError(
      '--dry-run is not given; allowed: with it only, as the function in the account makes the passes that change something',
    );
  }
  const here = await scalerHere(given);
  const pass = await inProgress('making a pass that changes nothing', async () => {
    const settings = await settingsHere(here);
    return dryPass({ settings, client: here.account.client });
  });
  const { account, region } = here.account;
  if (given.json) printJson({ account, region, scaler: here.config.name, ...pass });
  else {
    print(whereLine(here));
    print(passText(pass), 4);
  }
  const failed = pass.classes.some(({ failure }) => failure !== undefined);
  if (failed || pass.problems.length > 0) process.exitCode = FAILED;
}

async function settingsHere({ account, config }: ScalerHere) {
  try {
    return await deployedSettings(account, await deploymentOf(account, config.name));
  } catch (error) {
    if (!(error instanceof NothingDeployed)) throw error;
    return settingsOf(config);
  }
}

function passText({ classes, notices, problems }: DryPass): string {
  return [
    'a pass now, in which nothing is changed:',
    ...classes.map(({ resourceClass, sentence }) => `  ${resourceClass}: ${sentence}`),
    ...notices.map((notice) => `  ${notice}`),
    ...problems.map((problem) => `  problem: ${problem}`),
  ].join('\n');
}
