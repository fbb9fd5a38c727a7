/**
 * CircleCI's tutorial of 2022: a function that sets the desired capacity to what waits and runs, and
 * machines that power off after one task. Every look writes, and it reads the unclaimed count first.
 */
import { accessTo, heldOnFault } from '../access.ts';
import type { Rule } from '../rule.ts';
import { everyMinute } from '../schedule.ts';

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
    settings: { 'seconds between looks': everySeconds, 'idle timeout': IDLE_SECONDS },
    parameters: { tellFailure: 1, ...(!decrement && { finish: 'stop' }) },
    fleet: { idleTimeoutMs: IDLE_SECONDS * 1000 },
    host: { kind: 'lambda', architecture: 'x86_64', memoryMib: 128, lookSeconds: 1 },
    start(stage) {
      for (const fleet of stage.fleets) {
        const usage = stage.account();
        const access = accessTo(stage.world, fleet, usage);
        everyMinute(stage, {
          usage,
          everySeconds,
          forSeconds: 60,
          look: () =>
            heldOnFault(() => {
              const unclaimed = access.readUnclaimed();
              const running = access.readRunning();
              access.setDesired(Math.min(unclaimed + running, fleet.max));
              return true;
            }) ?? false,
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
