/** The work of `runner-scaler drain`. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { setTimeout } from 'node:timers/promises';
import { ask } from '../cli/ask.ts';
import { interruptible } from '../cli/interrupt.ts';
import { loadConfig } from '../cli/load-config.ts';
import { ConfigError } from '../config/config-error.ts';
import { whoCalls } from './aws/account.ts';
import { operatedGroups } from './aws/groups.ts';
import { typedAgain } from './aws/options.ts';
import { AwsError } from './aws/refusal.ts';
import { CommandError } from './chosen-groups.ts';
import { drain, DrainError, DrainInterrupted } from './drain.ts';
import { type DrainGiven, type DrainOptions, drainOptionsOf } from './drain-options.ts';

export const DRAINING = {
  run,
  expected: [AwsError, CommandError, ConfigError, DrainError, DrainInterrupted],
};

async function run(given: DrainGiven): Promise<void> {
  const options = drainOptionsOf(given);
  const interruption = interruptible();
  try {
    await drainWith(options, interruption.signal);
  } finally {
    process.exitCode = interruption.exitCode() ?? process.exitCode;
  }
}

async function drainWith(options: DrainOptions, signal: AbortSignal): Promise<void> {
  const config = await loadConfig(options.config);
  const { client, where } = await whoCalls(options);
  const now = () => Date.now();
  const sleep = async (ms: number) => setTimeout(ms, undefined, { signal });
  const groups = operatedGroups({
    client: new AutoScalingClient(client),
    name: config.name,
    now,
    sleep,
  });
  await drain(
    { ...options, alsoTyped: typedAgain(options), config, where },
    {
      groups,
      say: (line) => void process.stdout.write(`${line}\n`),
      ask: async (question) => ask(question, signal),
      now,
      sleep,
      signal,
    },
  );
}
