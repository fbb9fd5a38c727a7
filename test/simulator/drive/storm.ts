/** Two hundred machines of fifty classes whose tasks end together, and what the function makes of it. */
import { directScaler } from '../../../simulator/drive/direct.ts';
import { run } from '../../../simulator/drive/run.ts';
import type { Usage } from '../../../simulator/drive/usage.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { SECOND, SURE, exactly, fleet } from '../world/tiny-world.ts';

const CLASSES = 50;
const MACHINES = 200;
const TASK_S = 120;

export interface Storm {
  readonly seed: number;
  /** Second of the minute at which the schedule begins. */
  readonly phase?: number;
  readonly parameters?: Partial<Parameters>;
  readonly callsPerSecond?: number;
  readonly classes?: number;
}

export interface Weathered {
  /** Seconds since the start at which passes began, … */
  readonly passes: readonly number[];
  /** … and calls to the source. */
  readonly reads: readonly number[];
  readonly invocations: number;
  /** The first end, in seconds since the start. */
  readonly endAt: number;
  /** Seconds from the release of the second stage to its claim, at most. */
  readonly longestWait: number;
  readonly served: number;
  readonly warnings: readonly string[];
  readonly functionSeconds: number;
}

/** Each task is followed by another one of the next class, as the next stage of a pipeline is. */
export async function storm(options: Storm): Promise<Weathered> {
  const { seed, phase = 0, callsPerSecond = 0, classes = CLASSES } = options;
  const nameOf = (index: number) => `acme/c${index % classes}`;
  const first = Array.from({ length: MACHINES }, (_, index) => ({
    id: `a${index}`,
    resourceClass: nameOf(index),
    pipeline: 'p',
    releaseAt: 0,
    durationMs: TASK_S * SECOND,
    after: [],
  }));
  const next = first.map((task, index) => ({
    ...task,
    id: `b${index}`,
    resourceClass: nameOf(index + 1),
    after: [index],
  }));
  const { exit: _exit, eventLag: _lag, callTime: _call, ...sure } = SURE;
  const world = createWorld({
    seed,
    startAt: 0,
    tasks: [...first, ...next],
    fleets: Array.from({ length: classes }, (_, index) =>
      fleet({ group: `g${index}`, resourceClass: nameOf(index), max: 20 }),
    ),
    parameters: { ...sure, schedulePhase: exactly(phase), ...options.parameters },
  });
  const passes: number[] = [];
  const reads: number[] = [];
  const ends: number[] = [];
  const warnings: string[] = [];
  world.onEvent(({ kind, at }) => {
    if (kind === 'task-ended') ends.push(at / SECOND);
  });
  const { invocations, ranMs } = await run({
    world,
    scalerIn(pace, usage) {
      noting(usage, 'passes', () => passes.push(world.now() / SECOND));
      noting(usage.calls, 'demandReads', () => reads.push(world.now() / SECOND));
      return directScaler({
        world,
        pace,
        usage,
        callsPerSecond,
        passIntervalSeconds: 5,
        report: { outcome: () => undefined, warning: (message) => warnings.push(message) },
      });
    },
    onLate: (message) => warnings.push(message),
  });
  const totals = world.record();
  return {
    passes,
    reads,
    invocations,
    endAt: Math.min(...ends),
    longestWait: Math.max(...totals.flatMap(({ waits }) => waits)),
    served: totals.reduce((sum, each) => sum + each.totals.tasksServed, 0),
    warnings,
    functionSeconds: ranMs / 1000,
  };
}

/** The most of the moments in any window of so many seconds. */
export function mostWithin(moments: readonly number[], seconds: number): number {
  const inOrder = moments.toSorted((one, other) => one - other);
  let first = 0;
  return inOrder.reduce((most, moment, index) => {
    while ((inOrder[first] ?? moment) <= moment - seconds) first += 1;
    return Math.max(most, index - first + 1);
  }, 0);
}

/** The passes from 10 s before the first end until the last machine that ended is gone. */
export function around({ passes, endAt }: Weathered): readonly number[] {
  return passes.filter((at) => at > endAt - 10 && at < endAt + 45);
}

function noting<K extends string>(counted: Record<K, number> | Usage, key: K, note: () => void) {
  let value = 0;
  Object.defineProperty(counted, key, {
    enumerable: true,
    get: () => value,
    set(to: number) {
      value = to;
      note();
    },
  });
}
