/** The work of `runner-scaler explain`. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { Call } from '../cli/subcommand.ts';
import { ConfigError } from '../config/config-error.ts';
import { launchesIn } from './aws/launches.ts';
import { AwsError } from './aws/refusal.ts';
import { chosenGroups, CommandError } from './chosen-groups.ts';
import { explain } from './explain.ts';
import { type ExplainGiven, explainOptionsOf } from './explain-options.ts';
import { explanationText } from './explain-words.ts';
import { inProgress } from './progress.ts';
import { scalerHere, whereLine } from './scaler-here.ts';
import { print, printJson, screenColumns } from './screen.ts';

export const EXPLAINING = { run, expected: [AwsError, CommandError, ConfigError] };

async function run(given: ExplainGiven, { names }: Call): Promise<void> {
  const now = () => Date.now();
  const { at, minutes, json, ...where } = explainOptionsOf(given, now());
  const here = await scalerHere(where);
  const { account, config, groups, log } = here;
  const found = await inProgress('reading the log and the record of launches', async () => {
    const chosen = chosenGroups(await groups.list(), { where: account.where, config }, names);
    const launches = launchesIn(new AutoScalingClient(account.client));
    return Promise.all(
      chosen.map(async (group) => explain({ group, at, minutes }, { log, launches, now })),
    );
  });
  if (json) {
    const { account: id, region } = account;
    printJson({ account: id, region, scaler: config.name, at, groups: found });
    return;
  }
  print(whereLine(here));
  for (const each of found) print(explanationText(each, { at, columns: screenColumns() }));
}
