/** Composition root of `npm run drain`. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { setTimeout } from 'node:timers/promises';
import { ask } from '../commands/ask.ts';
import { AccountError, whoCalls } from '../commands/caller.ts';
import { drain, DrainError, DrainInterrupted } from '../commands/drain.ts';
import { DRAIN_USAGE, parseDrainOptions } from '../commands/drain-options.ts';
import { interruptible } from '../commands/interrupt.ts';
import { GroupsError, operatedGroups } from '../commands/operated-groups.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../simulator/cli/load-config.ts';
import { runCommand } from '../simulator/cli/run-command.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** Of one call: all calls of an account share a bucket, so that one is refused now and then. */
const ATTEMPTS = 8;

const interruption = interruptible();

async function main(args: readonly string[]): Promise<void> {
  const options = parseDrainOptions(args);
  if (options === undefined) {
    process.stdout.write(DRAIN_USAGE);
    return;
  }
  const config = await loadConfig(options.config);
  const { signal } = interruption;
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

await runCommand({
  name: 'npm run drain',
  main,
  expected: [AccountError, ConfigError, DrainError, DrainInterrupted, GroupsError],
});
process.exitCode = interruption.exitCode() ?? process.exitCode;
