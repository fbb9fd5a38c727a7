/**
 * A whole account on this machine: groups, queue, function, log, stack and secrets of one scaler, behind one address
 * for AWS and one for each CI system. The scaler in it is the real one. Commands with `--local` act in it, and what
 * they change has its effect.
 */
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import { scalerLogGroup } from '../../config/fleet-names.ts';
import {
  createScaler,
  lastWordLine,
  outcomeLines,
  type Report,
  type Scaler,
  systemClock,
} from '../../lambda/scaler/composition.ts';
import { errorFacts, type RunnerOutcome, SCHEDULE_SECONDS } from '../../lambda/scaler/contract.ts';
import { awsEmulator } from '../emulators/aws.ts';
import { deployedEmulator } from '../emulators/deployed.ts';
import { ec2Emulator } from '../emulators/ec2.ts';
import { type LogEvent, logsEmulator } from '../emulators/logs.ts';
import { parametersEmulator, quotasEmulator } from '../emulators/parameters.ts';
import { type Request, type Response, type RunningServer, serve } from '../emulators/server.ts';
import { BUILT_IN_PRICES } from '../prices.ts';
import { fleetsOf } from '../fleets.ts';
import type { Parameters } from '../world/parameters.ts';
import type { TaskSpec } from '../world/task.ts';
import { createWorld, type World } from '../world/world.ts';
import { ciSystems } from './ci-systems.ts';
import { installation, type Installation } from './installation.ts';

export interface LocalAccountOptions {
  readonly config: ResolvedConfig;
  readonly tasks: readonly TaskSpec[];
  /** Milliseconds since the epoch. */
  readonly startAt: number;
  readonly seed?: number;
  readonly parameters?: Partial<Parameters>;
  /** The template that was deployed. Default: that of the config. */
  readonly template?: () => string;
  /** Port of the address for AWS. Default: any free one. */
  readonly port?: number;
  /** Answers instead of the emulators where it gives an answer. Default: never. */
  readonly before?: (request: Request) => Response | undefined;
}

export interface LocalAccount {
  /** Where AWS answers. */
  readonly url: string;
  readonly world: World;
  /** What is deployed; may be changed to break the set-up. */
  readonly installation: Installation;
  /** The function's log, oldest first. */
  readonly log: LogEvent[];
  /** Lets the time go on to this moment, with the passes that are due until then. */
  advanceTo(at: number): Promise<void>;
  close(): Promise<void>;
}

/** Lines that are kept of the log. */
const MOST_LINES = 200_000;
const FUNCTION_TIMEOUT_MS = 60_000;

export async function localAccount(options: LocalAccountOptions): Promise<LocalAccount> {
  const { config, tasks, startAt, seed = 1, parameters = {}, template } = options;
  const { fleets } = fleetsOf(config.fleets, BUILT_IN_PRICES);
  const world = createWorld({ seed, startAt, tasks, fleets, scaler: config.name, parameters });
  // What is released at the start is in the queue.
  world.advanceTo(startAt + 1);
  const systems = await ciSystems(config, world);
  const deployed = installation({ config, systems, template });
  const log: LogEvent[] = [];
  const aws = await served(options, { world, log, deployed }).catch(async (error: unknown) => {
    await systems.close();
    throw error;
  });
  const scaler = deployedScaler({ world, log, deployed, aws: aws.url });
  let passAt = startAt;

  async function pass(): Promise<void> {
    if (deployed.schedules.get(deployed.names.schedule) !== 'ENABLED') return;
    await scaler(FUNCTION_TIMEOUT_MS).catch((error: unknown) => {
      log.push(plainLine(world.now(), 'ERROR', errorFacts(error).message));
    });
  }

  const words: (() => Promise<unknown>)[] = [];
  const settings = () => deployed.settings();
  world.onWord(({ at, resourceClass, instanceId, outcome }) => {
    const word = { resourceClass, instanceId, outcome, reason: REASONS[outcome], phases: {} };
    log.push({ timestamp: at, message: lastWordLine(settings(), word, at) });
    words.push(async () => scaler(FUNCTION_TIMEOUT_MS, { lastWords: [word] }));
  });

  return {
    url: aws.url,
    world,
    installation: deployed,
    log,
    async advanceTo(at) {
      for (;;) {
        const next = Math.min(passAt, world.nextEventAt() ?? Number.POSITIVE_INFINITY);
        if (next > at) break;
        world.advanceTo(next);
        // A word is evidence only while its machine is in the group, which is for seconds.
        for (const tell of words.splice(0)) await tell().catch(() => undefined);
        if (next < passAt) continue;
        await pass();
        passAt += SCHEDULE_SECONDS * 1000;
        if (log.length > MOST_LINES) log.splice(0, log.length - MOST_LINES);
      }
      world.advanceTo(at);
    },
    close: async () => {
      await Promise.all([aws.close(), systems.close()]);
    },
  };
}

/** What a machine of the simulation says of its end. */
const REASONS: Readonly<Record<RunnerOutcome, string>> = {
  served: 'the task has ended',
  idle: 'no task came in time',
  'boot-failed': 'simulated: the agent could not be downloaded',
  'agent-failed': 'simulated: the agent ended with exit code 1',
  interrupted: 'simulated: EC2 takes the spot machine back',
  expired: 'simulated: the task ran longer than it may',
};

interface Inside {
  readonly world: World;
  readonly log: LogEvent[];
  readonly deployed: Installation;
}

async function served(
  { config, port, before }: LocalAccountOptions,
  { world, log, deployed }: Inside,
): Promise<RunningServer> {
  const others = [
    logsEmulator(new Map([[scalerLogGroup(config.name), log]])),
    deployedEmulator(() => deployed),
    ec2Emulator(deployed.ec2),
    parametersEmulator(deployed.parameters),
    quotasEmulator(deployed.quotas),
  ];
  const rest = awsEmulator({ groups: world, secrets: deployed.secrets });
  return serve((request) => {
    const refused = before?.(request);
    if (refused !== undefined) return refused;
    for (const answer of others) {
      const answered = answer(request);
      if (answered !== undefined) return answered;
    }
    return rest(request);
  }, port);
}

/** Its HTTP calls take no virtual time. */
function deployedScaler({ world, log, deployed, aws }: Inside & { readonly aws: string }): Scaler {
  const lines = outcomeLines(deployed.settings(), (message) => {
    log.push({ timestamp: world.now(), message });
  });
  const report: Report = {
    outcome: lines,
    warning: (message) => void log.push(plainLine(world.now(), 'WARN', message)),
  };
  return createScaler({
    settings: deployed.settings(),
    clock: {
      now: () => world.now(),
      timeout: (ms) => systemClock.timeout(ms),
      wait: async (ms) => world.advanceTo(world.now() + ms),
    },
    report,
    aws: {
      endpoint: aws,
      region: 'us-east-1',
      credentials: { accessKeyId: 'simulator', secretAccessKey: 'simulator' },
    },
  });
}

function plainLine(timestamp: number, level: string, message: string): LogEvent {
  return { timestamp, message: JSON.stringify({ level, message }) };
}
