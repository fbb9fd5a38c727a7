import { afterEach } from '@jest/globals';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { launchesIn } from '../../commands/aws/launches.ts';
import { type Explanation, explain } from '../../commands/explain.ts';
import type { LocalAccountOptions } from '../../simulator/account/local-account.ts';
import { LINUX, type LocalStage, localStage } from './local-stage.ts';

/** To be called once in a file: makes stages of which the last is closed after each test. */
export function stages(): (options: Partial<LocalAccountOptions>) => Promise<LocalStage> {
  let it: LocalStage | undefined;
  afterEach(async () => {
    await it?.close();
    it = undefined;
  });
  return async (options) => {
    it = await localStage(options);
    return it;
  };
}

/** What is told of the class acme/linux, at this moment by default. */
export async function explained(
  stage: LocalStage,
  minutes = 60,
  at = stage.now(),
): Promise<Explanation> {
  const found = await stage.groups.list();
  const group = found.find(({ resourceClass }) => resourceClass === LINUX);
  if (group === undefined) throw new Error('no group');
  const { here, now } = stage;
  return explain(
    { resourceClass: LINUX, group, at, minutes, keptDays: 30 },
    { log: stage.functionLog, launches: launchesIn(new AutoScalingClient(here.client)), now },
  );
}

export const linuxGroup = (stage: LocalStage) => stage.group()?.group ?? '';
