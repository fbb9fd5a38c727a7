/** Worlds with a trouble, and what the alarms of the template make of it. */
import type { AlarmProperties } from '../../../simulator/monitoring/alarm.ts';
import {
  alarmChanges,
  type Span,
  type Watched,
  type WatchedRunOptions,
  watchedRun,
} from '../../../simulator/monitoring/watched-run.ts';
import type { FleetSpec } from '../../../simulator/world/fleet-spec.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { stream as drawsOf } from '../../../simulator/world/random.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { fleet } from '../world/tiny-world.ts';
import { WAYS } from './stage.ts';

export const HOUR = 3_600;
export const CLASS = 'acme/linux';

/** At a full minute. */
const NINE = Date.parse('2026-03-02T09:00:00Z');

/** What a scene is played with. */
export interface Setting {
  readonly containers: number;
  /** Seconds of its minute at which every trouble begins that begins with a minute of the world. */
  readonly second: number;
  /** Seconds of the world's minute at which the schedule invokes. */
  readonly schedulePhase: number;
}

/** A trouble begins just before, just after and at a minute's edge, and just before and after the schedule's pass. */
export const SETTINGS: readonly Setting[] = [
  { containers: 1, second: 0, schedulePhase: 59.9 },
  { containers: 1, second: 59, schedulePhase: 0 },
  { containers: 2, second: 1, schedulePhase: 30 },
  { containers: 4, second: 30, schedulePhase: 15 },
];

/** A task of a scene, which begins at so many seconds of it. */
export interface SceneTask {
  readonly at: number;
  readonly seconds: number;
  readonly resourceClass: string;
}

export interface Scene extends Omit<WatchedRunOptions, 'world'> {
  readonly tasks?: readonly SceneTask[];
  /** Default: one of `CLASS`. */
  readonly fleets?: readonly Partial<FleetSpec>[];
  readonly parameters?: Partial<Parameters>;
}

/** So many tasks every so many seconds until so many, of so many seconds each. */
export function stream(
  every: number,
  seconds: number,
  { until, each = 1, of = CLASS }: { until: number; each?: number; of?: string },
): readonly SceneTask[] {
  return Array.from({ length: Math.floor(until / every) * each }, (_, n) => ({
    at: 60 + Math.floor(n / each) * every,
    seconds,
    resourceClass: of,
  }));
}

/** Within the span, the first seconds of each so many. */
export function flapping({ from, to }: Span, every: number, seconds: number): readonly Span[] {
  return Array.from({ length: Math.ceil((to - from) / every) }, (_, n) => ({
    from: from + n * every,
    to: Math.min(from + n * every + seconds, to),
  }));
}

/** Within the span, each five seconds with a probability: what begins in them meets the trouble, and else does not. */
export function share(span: Span, probability: number): readonly Span[] {
  const draw = drawsOf(1, 'share');
  return flapping(span, 5, 5).filter((_, n) => draw(n) < probability);
}

/** Ten groups and their classes. */
export function tenFleets() {
  return Array.from({ length: 10 }, (_, n) => ({
    group: `group-${n}`,
    resourceClass: n === 0 ? CLASS : `acme/class-${n}`,
  }));
}

export async function played(scene: Scene, setting: Setting): Promise<Watched> {
  const { tasks = [], fleets = [{}], parameters, ...run } = scene;
  const { containers, second, schedulePhase } = setting;
  const startAt = NINE + 1000 * second;
  const specs: readonly TaskSpec[] = tasks.map(({ at, seconds, resourceClass }, n) => ({
    id: `task-${n}`,
    resourceClass,
    pipeline: 'p',
    releaseAt: startAt + 1000 * at,
    durationMs: 1000 * seconds,
    after: [],
  }));
  const world = createWorld({
    seed: 1,
    startAt,
    scaler: 'ci',
    tasks: specs,
    fleets: fleets.map((each) => fleet({ max: 30, ...each })),
    parameters: {
      containers,
      schedulePhase: { min: schedulePhase, max: schedulePhase },
      ...parameters,
    },
  });
  return watchedRun({ world, ...run });
}

/** What an alarm did, in one of the ways in which CloudWatch may look. */
export interface Alarmed {
  /** Seconds from the scene's begin to the first time it went off. */
  readonly on: number;
  /** … and to when it was over the last time; infinite where it is not. */
  readonly over: number;
  readonly times: number;
}

/** By the alarm's name: one for each way; those that never went off are left out. */
export function alarmedIn(
  watched: Watched,
  alarms: readonly AlarmProperties[],
): ReadonlyMap<string, readonly Alarmed[]> {
  const found = alarms.map((alarm) => {
    const ways = WAYS.map((way) => alarmChanges([alarm], watched, way));
    const alarmed = ways.flatMap((changes) => {
      const [first, last] = [changes[0], changes.at(-1)];
      if (first === undefined || last === undefined) return [];
      const times = changes.filter(({ state }) => state === 'ALARM').length;
      const over = last.state === 'OK' ? last.at : Number.POSITIVE_INFINITY;
      return [{ on: (first.at - watched.from) / 1000, over: (over - watched.from) / 1000, times }];
    });
    return [alarm.AlarmName, alarmed] as const;
  });
  return new Map(found.filter(([, alarmed]) => alarmed.length > 0));
}
