/**
 * A working installation in virtual time: the simulated world, AWS's and CircleCI's emulators in front of
 * it, and the scaler with a pass each minute. Commands run against it over HTTP while all of that goes on.
 */
import {
  AutoScalingClient,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { drain } from '../../commands/drain.ts';
import type { DrainRequest } from '../../commands/drain-request.ts';
import { DRAIN, type DrainGiven, drainOptionsOf } from '../../commands/drain-options.ts';
import { operatedGroups } from '../../commands/aws/groups.ts';
import { systemClock } from '../../lambda/scaler/clock.ts';
import { errorFacts } from '../../lambda/scaler/contract.ts';
import type { Outcome } from '../../lambda/scaler/pass.ts';
import { createScaler } from '../../lambda/scaler/scaler.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { queryError } from '../../simulator/emulators/aws-query.ts';
import { awsEmulator } from '../../simulator/emulators/aws.ts';
import { circleCiEmulator } from '../../simulator/emulators/circleci.ts';
import { serve } from '../../simulator/emulators/server.ts';
import { createWorld, type World, type WorldOptions } from '../../simulator/world/world.ts';
import { typed } from '../cli/typed.ts';
import { fleet, SURE } from '../simulator/world/tiny-world.ts';

export const START = Date.parse('2026-03-02T09:00:00Z');
export const LINUX = 'acme/linux';
export const ARM = 'acme/arm';
/** Of each class, in this order. */
export const GROUPS = ['g0', 'g1'] as const;

export interface StageOptions extends Partial<Pick<WorldOptions, 'tasks' | 'parameters'>> {
  readonly min?: number;
}

export interface Run {
  readonly said: string;
  /** What it failed with; undefined where it did not. */
  readonly error: Error | undefined;
}

export interface RunOptions {
  /** What the person types when asked. Default: the test fails when somebody is asked. */
  readonly answer?: string;
  /** Whether the person presses Ctrl-C when asked. */
  readonly interruptQuestion?: boolean;
  /** Virtual seconds after which the person presses Ctrl-C. */
  readonly interruptAfter?: number;
  /** The name of the scaler in the config. */
  readonly scaler?: string;
}

export type Stage = Awaited<ReturnType<typeof startStage>>;

export async function startStage({ tasks = [], parameters = {}, min = 0 }: StageOptions = {}) {
  const world: World = createWorld({
    seed: 1,
    startAt: START,
    tasks,
    scaler: 'ci',
    fleets: [LINUX, ARM].map((resourceClass, index) =>
      fleet({
        group: GROUPS[index] ?? '',
        resourceClass,
        min: index === 0 ? min : 0,
        maxRunTimeMs: 5 * 3_600_000,
      }),
    ),
    parameters: { ...SURE, ...parameters },
  });
  const calls: string[] = [];
  const refusals: { action: string; code: string; times: number }[] = [];
  const interference = new Map<string, () => void>();
  const plans: { at: number; act: () => void | Promise<unknown> }[] = [];
  const answer = awsEmulator({ groups: world, secrets: new Map([['token', 'api-token']]) });
  const aws = await serve((request) => {
    const action = new URLSearchParams(request.body).get('Action') ?? '';
    calls.push(action);
    interference.get(action)?.();
    const refusal = refusals.find((each) => each.action === action && each.times > 0);
    if (refusal === undefined) return answer(request);
    refusal.times -= 1;
    return queryError(400, refusal.code, 'the words of AWS');
  });
  const counts = {
    resourceClasses: new Set([LINUX, ARM]),
    readRunning: (name: string) => world.readRunning(name),
    readUnclaimed: (name: string) => world.readUnclaimed(name),
  };
  const circleci = await serve(circleCiEmulator({ counts, token: 'api-token' }));
  const config = {
    endpoint: aws.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  };
  const client = new AutoScalingClient(config);
  const outcomes: Outcome[] = [];
  const clock = {
    now: () => world.now(),
    timeout: (ms: number) => systemClock.timeout(ms),
    wait: async (ms: number) => world.advanceTo(world.now() + ms),
  };
  const scaler = createScaler({
    settings: {
      name: 'ci',
      sources: {
        circleci: { url: circleci.url, api: 'counts', callsPerSecond: 0, tokenSecret: 'token' },
      },
      passIntervalSeconds: 60,
      queueUrl: undefined,
      metrics: true,
      dryRun: false,
    },
    clock,
    report: { outcome: (outcome) => void outcomes.push(outcome), warning: () => undefined },
    aws: config,
  });
  let scales = true;
  // What is released at the start is in the queue.
  world.advanceTo(START + 1);

  async function pass(): Promise<void> {
    if (scales) await scaler(55_000);
  }

  /** Lets time pass, with what was planned for it, and a pass of the scaler at each full minute. */
  async function go(seconds: number): Promise<void> {
    const end = world.now() + 1000 * seconds;
    for (;;) {
      const minute = START + 60_000 * (Math.floor((world.now() - START) / 60_000) + 1);
      const plan = plans.find(({ at }) => at <= Math.min(minute, end));
      if (plan !== undefined) {
        world.advanceTo(plan.at);
        plans.splice(plans.indexOf(plan), 1);
        await plan.act();
      } else if (minute > end) break;
      else {
        world.advanceTo(minute);
        await pass();
      }
    }
    world.advanceTo(end);
  }

  async function run(args: string, options: RunOptions = {}): Promise<Run> {
    const said: string[] = [];
    const stop = new AbortController();
    const stopAt = world.now() + 1000 * (options.interruptAfter ?? Number.POSITIVE_INFINITY);
    const sleep = async (ms: number) => {
      await go(Math.min(ms, Math.max(stopAt - world.now(), 0)) / 1000);
      if (world.now() >= stopAt) stop.abort(new Error('interrupted'));
      stop.signal.throwIfAborted();
    };
    const told = { now: () => world.now(), sleep };
    const name = options.scaler ?? 'ci';
    const groups = operatedGroups({ client, name, ...told });
    const ask = async (question: string) => {
      if (options.interruptQuestion) {
        stop.abort(new Error('interrupted'));
        // As `readline` has it.
        throw new DOMException('The operation was aborted', 'AbortError');
      }
      if (options.answer === undefined) throw new Error(`asked: ${question}`);
      said.push(question);
      return options.answer;
    };
    try {
      const parsed = drainOptionsOf(await typed<DrainGiven>(DRAIN, args));
      const request: DrainRequest = { ...parsed, config: configOf(name), where: 'the test' };
      const say = (line: string) => void said.push(line);
      const { problem } = await drain(request, { groups, say, ask, signal: stop.signal, ...told });
      return { said: said.join('\n'), error: problem };
    } catch (error) {
      return { said: said.join('\n'), error: error as Error };
    }
  }

  /**
   * What CloudFormation does with a group that is no longer in its template: it takes the sizes to 0, waits
   * for the machines to go, and deletes the group without force.
   *
   * @see https://github.com/aws/aws-cdk/issues/18179
   */
  async function cloudFormationDeletes(group: string, patienceSeconds = 3600): Promise<string> {
    const AutoScalingGroupName = group;
    const zero = { MinSize: 0, MaxSize: 0, DesiredCapacity: 0 };
    await client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...zero }));
    for (let waited = 0; waited < patienceSeconds; waited += 30) {
      const { AutoScalingGroups: [found] = [] } = await client.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
      );
      if (found?.Instances?.length === 0) break;
      await go(30);
    }
    return client.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName })).then(
      () => 'DELETE_COMPLETE',
      (error: unknown) => `DELETE_FAILED: ${errorFacts(error).name}`,
    );
  }

  return {
    world,
    client,
    calls,
    outcomes,
    go,
    pass,
    run,
    cloudFormationDeletes,
    /** The scaler is removed, or comes back. */
    scaling(on: boolean) {
      scales = on;
    },
    refuse(action: string, code: string, times = 1) {
      refusals.push({ action, code, times });
    },
    /** What happens so many seconds from now, in the middle of whatever waits. */
    after(seconds: number, act: () => void | Promise<unknown>) {
      plans.push({ at: world.now() + 1000 * seconds, act });
    },
    /** What somebody else does just before AWS answers a call. */
    before(action: string, act: () => void) {
      interference.set(action, () => {
        interference.delete(action);
        act();
      });
    },
    group: (name: string = GROUPS[0]) => world.groups().find((each) => each.group === name),
    totals: (index = 0) => {
      const record = world.record()[index];
      if (record === undefined) throw new Error('no such class');
      return record.totals;
    },
    close: async () => {
      await aws.close();
      await circleci.close();
    },
  };
}

function configOf(name: string): DrainRequest['config'] {
  return resolveConfig({
    name,
    resourceClasses: [
      { resourceClass: LINUX, max: 10 },
      { resourceClass: ARM, max: 10, architecture: 'arm64' },
      { resourceClass: 'acme/planned', max: 1 },
    ],
  });
}
