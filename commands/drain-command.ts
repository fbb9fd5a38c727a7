/** The work of `runner-scaler drain`. */
import { setTimeout } from 'node:timers/promises';
import { ask } from '../cli/ask.ts';
import { interruptible } from '../cli/interrupt.ts';
import { ConfigError } from '../config/config-error.ts';
import type { OperatedGroups } from './aws/groups.ts';
import { typedAgain } from './aws/options.ts';
import { AwsError } from './aws/refusal.ts';
import { capacityOf } from './capacity.ts';
import { CommandError } from './chosen-groups.ts';
import { drain, isHeld } from './drain.ts';
import { type DrainGiven, drainOptionsOf } from './drain-options.ts';
import { type Drained, DrainError, DrainInterrupted } from './drain-request.ts';
import { inProgress } from './progress.ts';
import { scalerHere } from './scaler-here.ts';
import { print, printJson } from './screen.ts';

export const DRAINING = {
  run,
  expected: [AwsError, CommandError, ConfigError, DrainError, DrainInterrupted],
};

async function run(given: DrainGiven): Promise<void> {
  const options = drainOptionsOf(given);
  const interruption = interruptible();
  const { signal } = interruption;
  try {
    const { config, account, groups } = await scalerHere(options);
    const drained = await drain(
      { ...options, alsoTyped: typedAgain(options), config, where: account.where },
      {
        groups: withProgress(groups),
        say: given.json ? (line) => void process.stderr.write(`${line}\n`) : print,
        ask: async (question) => ask(question, signal),
        now: () => Date.now(),
        sleep: async (ms) => setTimeout(ms, undefined, { signal }),
        signal,
      },
    );
    if (given.json) {
      const { account: id, region } = account;
      printJson({
        account: id,
        region,
        scaler: config.name,
        mode: options.mode,
        ...shown(drained),
      });
    }
    if (drained.problem !== undefined) throw drained.problem;
  } finally {
    process.exitCode = interruption.exitCode() ?? process.exitCode;
  }
}

function shown({ groups, ended, jobsLostAtMost, problem }: Drained) {
  return {
    groups: groups.map((group) => ({
      resourceClass: group.resourceClass,
      group: group.group,
      held: isHeld(group) && group.launchSuspended !== undefined,
      capacity: capacityOf(group),
    })),
    empty: groups.every(({ machines }) => machines.length === 0),
    ended,
    jobsLostAtMost,
    ...(problem && { problem: problem.message }),
  };
}

/** A call that is refused and made again may take a while. */
function withProgress(groups: OperatedGroups): OperatedGroups {
  return {
    ...groups,
    list: async () => inProgress('reading the groups', async () => groups.list()),
    hold: async (group) => inProgress('holding a group', async () => groups.hold(group)),
    release: async (group) => inProgress('releasing a group', async () => groups.release(group)),
    end: async (machine) => inProgress(`ending ${machine}`, async () => groups.end(machine)),
  };
}
