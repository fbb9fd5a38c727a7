/** The scaler that a command is about: its config, the account, and what stands there under its name. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { setTimeout } from 'node:timers/promises';
import { loadConfig } from '../cli/load-config.ts';
import { scalerLogGroup } from '../config/fleet-names.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { type Account, whoCalls } from './aws/account.ts';
import { type FunctionLog, functionLog } from './aws/function-log.ts';
import { type OperatedGroups, operatedGroups } from './aws/groups.ts';
import type { Where } from './aws/options.ts';
import { inProgress } from './progress.ts';

export interface ScalerHere {
  readonly config: ResolvedConfig;
  readonly account: Account;
  readonly groups: OperatedGroups;
  readonly log: FunctionLog;
}

export async function scalerHere(where: Where): Promise<ScalerHere> {
  const config = await loadConfig(where.config);
  const account = await inProgress('asking AWS who calls', async () => whoCalls(where));
  return {
    config,
    account,
    groups: operatedGroups({
      client: new AutoScalingClient(account.client),
      name: config.name,
      now: () => Date.now(),
      sleep: async (ms) => setTimeout(ms),
    }),
    log: functionLog({
      client: new CloudWatchLogsClient(account.client),
      logGroup: scalerLogGroup(config.name),
    }),
  };
}

/** What tells the reader in which account something is or was done. */
export function whereLine({ account, config }: Pick<ScalerHere, 'account' | 'config'>): string {
  return `${account.where}, scaler ${config.name}`;
}
