/** One local run: a world, the scaler in it, and the record of what happened. */
import { setImmediate } from 'node:timers/promises';
import type { CircleCiApi, GitLabScope } from '../lambda/scaler/contract.ts';
import type { Report } from '../lambda/scaler/composition.ts';
import type { Pace } from './drive/called.ts';
import { directScaler, type ScalerInWorld } from './drive/direct.ts';
import { run } from './drive/run.ts';
import type { Usage } from './drive/usage.ts';
import { wireScaler } from './drive/wire.ts';
import type { RunRecord } from './record.ts';
import type { FleetSpec } from './world/fleet-spec.ts';
import type { Parameters } from './world/parameters.ts';
import type { TaskSpec } from './world/task.ts';
import { createWorld, type World } from './world/world.ts';

export interface LocalRunOptions {
  readonly title: string;
  readonly seed: number;
  readonly startAt: number;
  readonly tasks: readonly TaskSpec[];
  readonly fleets: readonly FleetSpec[];
  readonly parameters: Partial<Parameters>;
  readonly scalerName: string;
  readonly passIntervalSeconds: number;
  /** Calls a second that CircleCI takes from all containers; 0, the default, means any number. */
  readonly callsPerSecond?: number;
  readonly circleciApi?: CircleCiApi;
  /** Default: no class is GitLab's. */
  readonly gitlabScope?: GitLabScope;
  /** Whether a machine that shuts down wakes the scaler. */
  readonly wakeUps: boolean;
  /** `wire` runs the real clients over HTTP; `direct` calls the world, many times faster. */
  readonly form: 'wire' | 'direct';
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly onProgress: (state: { readonly at: number; readonly tasksServed: number }) => void;
}

export interface LocalRun {
  readonly record: RunRecord;
  /** Quiet passes of an unchanged world that were counted but not replayed. */
  readonly notReplayed: number;
}

/** Tasks that still wait this long after the last arrival are given up: nobody will claim them. */
const PATIENCE_MS = 14 * 24 * 3_600_000;

export async function localRun(options: LocalRunOptions): Promise<LocalRun> {
  const { seed, startAt, tasks, fleets, scalerName } = options;
  const world = createWorld({
    seed,
    startAt,
    tasks,
    fleets,
    scaler: scalerName,
    parameters: options.parameters,
  });
  const outcome = await run({
    world,
    scalerIn: async (pace, usage) => putInto({ world, pace, usage }, options),
    wakeUps: options.wakeUps,
    signal: options.signal,
    endAt: tasks.reduce((last, { releaseAt }) => Math.max(last, releaseAt), startAt) + PATIENCE_MS,
    async onMinute() {
      options.onProgress({ at: world.now(), tasksServed: world.served });
      // Without HTTP nothing else lets Ctrl-C through.
      await setImmediate();
    },
  });
  return {
    notReplayed: outcome.notReplayed,
    record: {
      title: options.title,
      rule: 'runner-scaler',
      seed,
      from: startAt,
      to: world.now(),
      interrupted: outcome.interrupted,
      invocations: outcome.invocations,
      passes: outcome.passes,
      functionSeconds: outcome.ranMs / 1000,
      failedPasses: outcome.failed,
      calls: outcome.calls,
      traffic: outcome.traffic,
      classes: world.record(),
    },
  };
}

interface Place {
  readonly world: World;
  readonly pace: Pace;
  readonly usage: Usage;
}

async function putInto(place: Place, options: LocalRunOptions): Promise<ScalerInWorld> {
  const { report, passIntervalSeconds, callsPerSecond = 0, fleets, scalerName } = options;
  if (options.form === 'direct') {
    return directScaler({ ...place, report, passIntervalSeconds, callsPerSecond });
  }
  return wireScaler({
    ...place,
    report,
    passIntervalSeconds,
    callsPerSecond,
    ...(options.circleciApi && { circleciApi: options.circleciApi }),
    ...(options.gitlabScope && { gitlabScope: options.gitlabScope }),
    scalerName,
    resourceClasses: new Set(fleets.map(({ resourceClass }) => resourceClass)),
  });
}
