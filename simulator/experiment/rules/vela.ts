/**
 * Vela Games' autoscaler: adds the unclaimed count to the desired capacity, then waits until every
 * instance of the group is InService and known to CircleCI before its next pass. Its machines are
 * taken to end themselves with a decrement, as its article says; its example does not show it. Its group
 * has no launch hook and, in its example, does not protect its instances.
 */
import { accessTo, heldOnFault } from './access.ts';
import type { Access } from './access.ts';
import type { Rule, Stage } from './rule.ts';
import { repeat } from '../../drive/repeat.ts';

/** From the end of a pass to the next. */
const PAUSE_SECONDS = 5;

/** Defaults of the Go library github.com/cenkalti/backoff, version 4; its jitter is left out. */
const BACKOFF = { first: 0.5, factor: 1.5, longest: 60, giveUpAfter: 900 };

export const VELA: Rule = {
  name: 'vela',
  about: 'desired += unclaimed, then waits until every instance has registered',
  source: {
    what: 'vela-games/circleci-runner-autoscaler, workers/aws_scaling.go at 663e017',
    url: 'https://github.com/vela-games/circleci-runner-autoscaler',
  },
  settings: {
    'seconds after a pass': PAUSE_SECONDS,
    'first wait': BACKOFF.first,
    'each wait times': BACKOFF.factor,
    'longest wait': BACKOFF.longest,
    'gives up after': BACKOFF.giveUpAfter,
  },
  parameters: { tellFailure: 1 },
  fleet: { launchHook: false, protects: false, failedBoot: 'stay' },
  host: { kind: 'daemon' },
  start(stage) {
    const { world, time } = stage;
    for (const [number, fleet] of stage.fleets.entries()) {
      const usage = stage.account();
      const access = accessTo({ world, pace: time, fleet, usage });
      repeat(stage, {
        usage,
        number,
        everyMs: PAUSE_SECONDS * 1000,
        from: 'end',
        async turn() {
          usage.looks += 1;
          const raised = await heldOnFault(async () => raise(access));
          if (raised) await untilRegistered(stage, access);
          return raised === false;
        },
      });
    }
  },
};

async function raise(access: Access): Promise<boolean> {
  const unclaimed = await access.readUnclaimed();
  if (unclaimed === 0) return false;
  const { desired, max } = await access.describe();
  if (desired === max) return false;
  await access.setDesired(unclaimed >= max ? max : Math.min(desired + unclaimed, max));
  return true;
}

async function untilRegistered({ world, time }: Stage, access: Access): Promise<void> {
  const begin = world.now();
  for (let wait = BACKOFF.first * 1000; ; wait *= BACKOFF.factor) {
    const all = await heldOnFault(async () => {
      const { inService, desired } = await access.describe();
      const runners = await access.readRunners();
      return inService.filter((id) => runners.has(id)).length === desired;
    });
    if (all) return;
    const pause = Math.min(Math.round(wait), BACKOFF.longest * 1000);
    if (world.now() + pause - begin > BACKOFF.giveUpAfter * 1000) return;
    await time.sleepUntil(world.now() + pause);
  }
}
