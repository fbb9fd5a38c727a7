/**
 * CircleCI's tutorial of 2022: a function that sets the desired capacity to what waits and runs, and
 * machines that power off after one task. Every pass writes, the group's bounds too, and it reads the
 * unclaimed count first. Its group has no launch hook: a machine is in service, and protected, as soon as it
 * runs, and one whose boot failed stays.
 */
import { accessTo, heldOnFault } from './access.ts';
import type { Rule } from './rule.ts';
import { everyMinute } from './schedule.ts';

const SOURCE = {
  what: "CircleCI's blog, scaling self-hosted runners with an Auto Scaling group (2022)",
  url: 'https://circleci.com/blog/autoscale-self-hosted-runners-aws/',
};

/** The agent's idle timeout in the tutorial's user data: one minute. */
const IDLE_SECONDS = 60;

interface Variant {
  readonly name: string;
  readonly about: string;
  readonly everySeconds: number;
  readonly decrement: boolean;
}

function tutorial({ name, about, everySeconds, decrement }: Variant): Rule {
  return {
    name,
    about,
    source: SOURCE,
    settings: { 'seconds between passes': everySeconds, 'idle timeout': IDLE_SECONDS },
    parameters: { tellFailure: 1, ...(!decrement && { finish: 'stop' }) },
    fleet: { idleTimeoutMs: IDLE_SECONDS * 1000, launchHook: false, failedBoot: 'stay' },
    host: { kind: 'lambda', architecture: 'x86_64', memoryMib: 128 },
    start(stage) {
      const { world, time } = stage;
      for (const [number, fleet] of stage.fleets.entries()) {
        const usage = stage.account();
        const access = accessTo({ world, pace: time, fleet, usage });
        const pass = async () => {
          const unclaimed = await access.readUnclaimed();
          const running = await access.readRunning();
          await access.update({ min: 0, max: fleet.max }, Math.min(unclaimed + running, fleet.max));
          return true;
        };
        everyMinute(stage, {
          usage,
          number,
          everySeconds,
          from: 'start',
          forSeconds: 60,
          pass: async () => (await heldOnFault(pass)) ?? false,
        });
      }
    },
  };
}

const ABOUT = 'desired = min(unclaimed + running, max)';

export const TUTORIALS: readonly Rule[] = [
  tutorial({
    name: 'tutorial',
    about: `${ABOUT}, once a minute; machines power off`,
    everySeconds: 60,
    decrement: false,
  }),
  tutorial({
    name: 'tutorial-10s',
    about: `${ABOUT}, every 10 s; machines power off`,
    everySeconds: 10,
    decrement: false,
  }),
  tutorial({
    name: 'decrement',
    about: `${ABOUT}, once a minute; machines take their place with them`,
    everySeconds: 60,
    decrement: true,
  }),
  tutorial({
    name: 'decrement-10s',
    about: `${ABOUT}, every 10 s; machines take their place with them`,
    everySeconds: 10,
    decrement: true,
  }),
];
