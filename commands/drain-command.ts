/** The work of `runner-scaler drain`. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { setTimeout } from 'node:timers/promises';
import { ask } from '../cli/ask.ts';
import { interruptible } from '../cli/interrupt.ts';
import { loadConfig } from '../cli/load-config.ts';
import { ConfigError } from '../config/config-error.ts';
import { AccountError, whoCalls } from './caller.ts';
import { drain, DrainError, DrainInterrupted } from './drain.ts';
import { type DrainGiven, type DrainOptions, drainOptionsOf } from './drain-options.ts';
import { GroupsError, operatedGroups } from './operated-groups.ts';

/** Of one call: all calls of an account share a bucket, so that one is refused now and then. */
const ATTEMPTS = 8;

export const DRAINING = {
  run,
  expected: [AccountError, ConfigError, DrainError, DrainInterrupted, GroupsError],
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
  const { account, region } = await whoCalls(options.region);
  const now = () => Date.now();
  const sleep = async (ms: number) => setTimeout(ms, undefined, { signal });
  const groups = operatedGroups({
    client: new AutoScalingClient({ region, maxAttempts: ATTEMPTS }),
    name: config.name,
    now,
    sleep,
  });
  const alsoTyped = [
    options.config === 'config.ts' ? '' : ` --config ${options.config}`,
    options.region === undefined ? '' : ` --region ${options.region}`,
  ].join('');
  await drain(
    { ...options, alsoTyped, config, where: `account ${account}, region ${region}` },
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
