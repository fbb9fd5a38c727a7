/** The work of `runner-scaler explain`. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { Call } from '../cli/subcommand.ts';
import { ConfigError } from '../config/config-error.ts';
import type { OperatedGroup } from './aws/groups.ts';
import { launchesIn } from './aws/launches.ts';
import { AwsError } from './aws/refusal.ts';
import { chosenGroups, CommandError } from './chosen-groups.ts';
import { explain } from './explain.ts';
import { type ExplainGiven, explainOptionsOf } from './explain-options.ts';
import { explanationText } from './explain-words.ts';
import { inProgress } from './progress.ts';
import { type ScalerHere, scalerHere, whereLine } from './scaler-here.ts';
import { print, printJson, screenColumns } from './screen.ts';

export const EXPLAINING = { run, expected: [AwsError, CommandError, ConfigError] };

async function run(given: ExplainGiven, { names }: Call): Promise<void> {
  const now = () => Date.now();
  const { at, minutes, json, ...where } = explainOptionsOf(given, now());
  const here = await scalerHere(where);
  const { account, config, groups, log } = here;
  const found = await inProgress('reading the log and the record of launches', async () => {
    const launches = launchesIn(new AutoScalingClient(account.client));
    const listed = await groups.list();
    const asked = { at, minutes, keptDays: config.logRetentionDays };
    const told = async (resourceClass: string, group: OperatedGroup | undefined) =>
      explain({ ...asked, resourceClass, group }, { log, launches, now });
    const { missing, chosen } = chosenOrMissing(listed, here, names);
    if (missing === undefined) {
      return Promise.all(chosen.map(async (group) => told(group.resourceClass, group)));
    }
    // A class that is gone has its lines in the log all the same.
    const former = await Promise.all(names.map(async (name) => told(name, undefined)));
    if (former.every(({ decisions }) => decisions.length === 0)) throw missing;
    return former;
  });
  if (json) {
    const { account: id, region } = account;
    printJson({ account: id, region, scaler: config.name, at, groups: found });
    return;
  }
  print(whereLine(here));
  for (const each of found) print(explanationText(each, { at, columns: screenColumns() }));
}

function chosenOrMissing(
  listed: readonly OperatedGroup[],
  { account, config }: ScalerHere,
  names: readonly string[],
) {
  try {
    const chosen = chosenGroups(listed, { where: account.where, config }, names);
    return { chosen, missing: undefined };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { chosen: [], missing: error };
  }
}
