/** The work of `runner-scaler local`. */
import { setTimeout } from 'node:timers/promises';
import { interruptible } from '../cli/interrupt.ts';
import { loadConfig } from '../cli/load-config.ts';
import { UsageError } from '../cli/usage-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { type LocalAccount, localAccount } from '../simulator/account/local-account.ts';
import { tasksOfToday } from '../simulator/account/tasks-of-today.ts';
import type { LocalGiven } from './local-options.ts';
import { typedAgain } from './aws/options.ts';
import { inProgress } from './progress.ts';
import { print } from './screen.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 1_000;

export const KEEPING_LOCAL = { run, expected: [ConfigError] };

async function run(given: LocalGiven): Promise<void> {
  const interruption = interruptible();
  const { signal } = interruption;
  const config = await loadConfig(given.config);
  const startAt = Date.now() - HOUR_MS * given.hours;
  const resourceClasses = config.fleets.map(({ resourceClass }) => resourceClass);
  const account = await localAccount({
    config,
    startAt,
    tasks: tasksOfToday({ resourceClasses, startAt, now: Date.now() }),
    parameters: { bootFailure: given.bootFailure },
    port: given.port,
  }).catch((error: unknown) => {
    if (!(error instanceof Error && Reflect.get(error, 'code') === 'EADDRINUSE')) throw error;
    throw new UsageError(`--port is ${given.port}, which is in use; allowed: a free port`);
  });
  try {
    await inProgress('living through the hours before', async () => account.advanceTo(Date.now()));
    print(readyText(account, given));
    while (!signal.aborted) {
      await account.advanceTo(Date.now());
      await setTimeout(STEP_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await account.close();
    process.exitCode = interruption.exitCode() ?? process.exitCode;
  }
}

function readyText({ url }: LocalAccount, { config }: LocalGiven): string {
  const also = typedAgain({ config, region: undefined, local: url });
  return `the simulated account answers at ${url}; in another terminal: npx runner-scaler status${also}`;
}
