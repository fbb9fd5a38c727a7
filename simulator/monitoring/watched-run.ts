/** A run of the simulator under the eyes of a stand-in for CloudWatch: the function's log lines become metrics. */
import type { PassQueue, Report } from '../../lambda/scaler/composition.ts';
import { directScaler } from '../drive/direct.ts';
import { deploy, WAKING_EVENTS } from '../drive/scaler-function.ts';
import { newUsage } from '../drive/usage.ts';
import { createVirtualTime } from '../drive/virtual-time.ts';
import { WorldFault } from '../world/fault.ts';
import type { World } from '../world/world.ts';
import { type AlarmProperties, type AlarmState, type Evaluating, evaluatorOf } from './alarm.ts';
import { dataOf, metricKey } from './emf.ts';
import { createMetricStore, type MetricStore } from './metric-store.ts';

const MINUTE_MS = 60_000;

/** In seconds since the world's start. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The source answers nothing, or refuses the credential. */
export interface SourceTrouble {
  readonly fault: 'ServiceUnavailable' | 'Unauthorized';
  readonly during: readonly Span[];
  /** Default: every class. */
  readonly resourceClass?: string;
  /** Which containers of the function meet it, by their number from 0 on. Default: all. */
  readonly meets?: (container: number) => boolean;
}

export interface WatchedRunOptions {
  readonly world: World;
  /** In seconds. */
  readonly lasts: number;
  /** Default 10. */
  readonly passIntervalSeconds?: number;
  /** When nothing invokes the function. Default: never. */
  readonly down?: readonly Span[];
  /** Default: none. */
  readonly source?: SourceTrouble;
  /** What somebody does by hand, at so many seconds. Default: nothing. */
  readonly acts?: readonly { readonly at: number; readonly act: (world: World) => void }[];
}

export interface Watched {
  readonly store: MetricStore;
  readonly lines: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Every pass is made, also where nothing can come of it: each writes its metrics. */
export async function watchedRun(options: WatchedRunOptions): Promise<Watched> {
  const { lasts, down, source, acts = [] } = options;
  const { startAt } = options.world;
  const store = createMetricStore();
  const lines: string[] = [];
  const readLog = (line: string): void => {
    lines.push(line);
    dataOf(line).forEach((datum) => store.put(datum));
  };
  const isIn = (spans: readonly Span[] = [], at: number) =>
    spans.some(({ from, to }) => at >= startAt + 1000 * from && at < startAt + 1000 * to);
  const world = restless(options.world, () => undefined);
  const readBy = (container: number) =>
    restless(options.world, (resourceClass) => {
      if (source === undefined || !isIn(source.during, options.world.now())) return;
      if ((source.resourceClass ?? resourceClass) !== resourceClass) return;
      if (source.meets?.(container) === false) return;
      throw new WorldFault(source.fault, 'so it shall be in this time');
    });
  const time = createVirtualTime(world);
  const usage = newUsage();
  const quiet: Report = { outcome: () => undefined, warning: () => undefined };
  const passIntervalSeconds = options.passIntervalSeconds ?? 10;
  let containers = 0;
  const newScaler = (queue: PassQueue) => {
    const { newScaler: made } = directScaler({
      world: readBy(containers),
      pace: time,
      usage,
      report: quiet,
      passIntervalSeconds,
      readLog,
    });
    containers += 1;
    return made(queue);
  };
  const count = (name: string, at: number, value: number) =>
    store.put({ key: functionKey(name), at, value });
  deploy({
    world,
    time,
    usage,
    newScaler,
    passIntervalSeconds,
    events: WAKING_EVENTS,
    onFailure: () => undefined,
    readLog,
    isDown: (at) => isIn(down, at),
    onInvocation(at, failed) {
      count('Invocations', at, 1);
      count('Errors', at, failed ? 1 : 0);
    },
  });
  for (const { at, act } of acts) {
    time.start(async () => {
      await time.sleepUntil(startAt + 1000 * at);
      act(options.world);
    });
  }
  const to = startAt + 1000 * lasts;
  time.start(async () => {
    for (let at = startAt; at < to; at += MINUTE_MS) {
      await time.sleepUntil(at);
      putGroups(options.world, store);
    }
  });
  // The world is over when the last task is served; what watches it goes on.
  time.start(async () => time.sleepUntil(to));
  await time.run(to);
  return { store, lines, from: startAt, to };
}

/** The name of the function in the stand-in; the template has a reference in its place. */
export const FUNCTION_NAME = 'scaler-function';

function functionKey(metric: string): string {
  return metricKey('AWS/Lambda', metric, { FunctionName: FUNCTION_NAME });
}

/** What Auto Scaling writes of its groups each minute. */
function putGroups(world: World, store: MetricStore): void {
  for (const { group, instances } of world.groups()) {
    const count = (state: string) =>
      instances.filter(({ lifecycle }) => lifecycle.startsWith(state)).length;
    const counts = { GroupInServiceInstances: 'InService', GroupPendingInstances: 'Pending' };
    for (const [name, state] of Object.entries(counts)) {
      const key = metricKey('AWS/AutoScaling', name, { AutoScalingGroupName: group });
      store.put({ key, at: world.now(), value: count(state) });
    }
  }
}

/** A world that never looks the same twice, so that no pass is left out. */
function restless(world: World, beforeReading: (resourceClass: string) => void): World {
  let version = 0;
  const changing: World = Object.create(world, {
    version: { get: () => (version += 1) },
    finished: { get: () => false },
    readRunning: {
      value(resourceClass: string) {
        beforeReading(resourceClass);
        return world.readRunning(resourceClass);
      },
    },
  });
  return changing;
}

/** When an alarm changed, from minute to minute. */
export interface AlarmChange {
  readonly alarm: string;
  readonly state: AlarmState;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** From ten minutes on: before, the function was not there, which is no alarm of a running scaler. */
export function alarmChanges(
  alarms: readonly AlarmProperties[],
  { store, from, to }: Watched,
  how: Omit<Evaluating, 'now' | 'store'>,
): readonly AlarmChange[] {
  const firstMinute = Math.ceil((from + WARM_UP_MS) / MINUTE_MS) * MINUTE_MS;
  return alarms.flatMap((alarm) => {
    const changes: AlarmChange[] = [];
    const evaluated = evaluatorOf(alarm, store);
    let before: AlarmState = 'OK';
    for (let now = firstMinute; now <= to; now += MINUTE_MS) {
      const state = evaluated({ now, ...how });
      if (state !== before) changes.push({ alarm: alarm.AlarmName, state, at: now });
      before = state;
    }
    return changes;
  });
}

const WARM_UP_MS = 10 * MINUTE_MS;
