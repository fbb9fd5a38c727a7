/**
 * Buildkite's agent scaler with its Elastic CI Stack: a function that makes passes for 50 s of every minute
 * and only raises (its template disables scale-in), and agents that end themselves with a decrement.
 * One answer of Buildkite holds both
 * counts. Its group has no launch hook; a boot that fails ends its machine. Its probe for dead agents and its
 * CloudWatch metrics are left out. Agents clean up as long as
 * everybody's here; its own service waits 10 s more for the logs.
 */
import { accessTo, heldOnFault } from './access.ts';
import type { Rule } from './rule.ts';
import { everyMinute } from './schedule.ts';

const SOURCE = {
  what: 'buildkite/buildkite-agent-scaler, scaler/scaler.go and template.yaml',
  url: 'https://github.com/buildkite/buildkite-agent-scaler',
};

const PASS_SECONDS = 10;
const LOOP_SECONDS = 50;
const IDLE_SECONDS = 600;

interface Mode {
  readonly name: string;
  readonly about: string;
  readonly reuse: boolean;
  /** Seconds after a raise in which there is no other. */
  readonly scaleOutCooldown: number;
}

function buildkite({ name, about, reuse, scaleOutCooldown }: Mode): Rule {
  return {
    name,
    about,
    source: SOURCE,
    settings: {
      'seconds from pass to pass': PASS_SECONDS,
      'seconds of passes per minute': LOOP_SECONDS,
      'scale-out cooldown': scaleOutCooldown,
      'scale-in': 'disabled, so that its cooldown of 3600 s is never asked for',
      'idle timeout': IDLE_SECONDS,
    },
    parameters: { tellFailure: 1 },
    fleet: { reuse, idleTimeoutMs: IDLE_SECONDS * 1000, launchHook: false },
    host: { kind: 'lambda', architecture: 'x86_64', memoryMib: 128 },
    start(stage) {
      const { world, time } = stage;
      for (const [number, fleet] of stage.fleets.entries()) {
        const usage = stage.account();
        const access = accessTo({ world, pace: time, fleet, usage });
        let raisedAt = Number.NEGATIVE_INFINITY;
        const pass = async () => {
          const { unclaimed, running } = await access.readCounts();
          const { min, max, desired } = await access.describe();
          const want = Math.min(Math.max(unclaimed + running, min), max);
          if (want <= desired) return true;
          if (world.now() - raisedAt < scaleOutCooldown * 1000) return false;
          await access.setDesired(want);
          raisedAt = world.now();
          return false;
        };
        everyMinute(stage, {
          usage,
          number,
          everySeconds: PASS_SECONDS,
          from: 'end',
          forSeconds: LOOP_SECONDS,
          pass: async () => (await heldOnFault(pass)) ?? false,
        });
      }
    },
  };
}

export const BUILDKITES: readonly Rule[] = [
  buildkite({
    name: 'buildkite',
    about: 'raises to scheduled + running, one task per machine, no cooldown',
    reuse: false,
    scaleOutCooldown: 0,
  }),
  buildkite({
    name: 'buildkite-reuse',
    about: 'raises to scheduled + running, machines take task after task, cooldowns as shipped',
    reuse: true,
    scaleOutCooldown: 300,
  }),
];
