/** Every alarm of the template goes off for its trouble, and is over when the trouble is. */
import { describe, expect, test } from '@jest/globals';
import {
  alarmChanges,
  type WatchedRunOptions,
  watchedRun,
} from '../../../simulator/monitoring/watched-run.ts';
import type { FleetSpec } from '../../../simulator/world/fleet-spec.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { configOf } from '../../lib/stack-fixture.ts';
import { fleet } from '../world/tiny-world.ts';
import { alarmsOf, WAYS } from './stage.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const HOUR = 3_600;
const CLASS = 'acme/linux';

/** One task each so many seconds, of so many seconds. */
function stream(every: number, seconds: number, until: number): readonly TaskSpec[] {
  return Array.from({ length: Math.floor(until / every) }, (_, n) => ({
    id: `task-${n}`,
    resourceClass: CLASS,
    pipeline: 'p',
    releaseAt: START + 1000 * (60 + n * every),
    durationMs: 1000 * seconds,
    after: [],
  }));
}

interface Scene extends Omit<WatchedRunOptions, 'world'> {
  readonly tasks?: readonly TaskSpec[];
  readonly fleet?: Partial<FleetSpec>;
  readonly parameters?: Partial<Parameters>;
}

const QUIET = stream(300, 120, 4 * HOUR);
const TROUBLE = { from: HOUR, to: 2 * HOUR };
const BAD = { from: HOUR, to: 2.5 * HOUR };

/** By the alarm that it is about: what happens, which others may go off with it, and between which minutes it does. */
const SCENES: Readonly<
  Record<
    string,
    Scene & { readonly with?: readonly string[]; readonly within: readonly [number, number] }
  >
> = {
  'not-running': { lasts: 4 * HOUR, tasks: QUIET, down: [TROUBLE], within: [63, 71] },
  'passes-failing': {
    lasts: 4 * HOUR,
    tasks: QUIET,
    source: { during: [TROUBLE], fault: 'ServiceUnavailable' },
    within: [64, 72],
  },
  'credential-refused': {
    lasts: 4 * HOUR,
    tasks: QUIET,
    source: { during: [TROUBLE], fault: 'Unauthorized' },
    with: ['passes-failing'],
    within: [62, 70],
  },
  waiting: {
    lasts: 4 * HOUR,
    tasks: QUIET,
    parameters: { noCapacityWindows: [TROUBLE] },
    with: ['launches-failing'],
    within: [70, 90],
  },
  'launches-failing': {
    lasts: 4 * HOUR,
    tasks: QUIET,
    parameters: { noCapacityWindows: [TROUBLE] },
    with: ['waiting'],
    within: [70, 90],
  },
  'at-max': {
    lasts: 8 * HOUR,
    tasks: stream(60, 170, 2.5 * HOUR),
    fleet: { max: 2 },
    // Twelve periods of five minutes, the first and the last of which may be cut.
    within: [55, 90],
  },
  'boots-failing': {
    lasts: 5 * HOUR,
    tasks: QUIET,
    parameters: { bootFailureWindows: [BAD] },
    with: ['held-back', 'waiting'],
    within: [60, 90],
  },
  'held-back': {
    lasts: 5 * HOUR,
    tasks: QUIET,
    parameters: { bootFailureWindows: [BAD] },
    with: ['boots-failing', 'waiting'],
    within: [60, 100],
  },
  'too-many-machines': {
    lasts: 5 * HOUR,
    tasks: stream(HOUR, 60, HOUR),
    fleet: { idleTimeoutMs: 2 * HOUR * 1000 },
    acts: [{ at: HOUR, act: (world) => world.setDesiredCapacity('linux', 5) }],
    within: [90, 115],
  },
  interruptions: {
    lasts: 5 * HOUR,
    tasks: stream(60, 900, 2 * HOUR),
    fleet: { spot: true, max: 30 },
    parameters: { spotInterruptions: 2 },
    within: [5, 150],
  },
  'processes-suspended': {
    lasts: 4 * HOUR,
    acts: [
      { at: HOUR, act: (world) => world.suspendProcesses('linux', ['Terminate']) },
      { at: 2 * HOUR, act: (world) => world.resumeProcesses('linux', ['Terminate']) },
    ],
    within: [69, 95],
  },
};

const CONFIG = configOf({ purchase: 'spot', max: 30 });
const PER_CLASS = configOf(
  { purchase: 'spot', max: 30 },
  { monitoring: { alarms: { perClass: true } } },
);
const ALARMS = alarmsOf(CONFIG);

describe('the alarms of the template', () => {
  test('are those that are driven here, each in a scene of its own', () => {
    expect(ALARMS.map(({ AlarmName }) => AlarmName.replace(/^ci-/, '')).toSorted()).toEqual(
      Object.keys(SCENES).toSorted(),
    );
  });

  test.each(Object.entries(SCENES))(
    '%s goes off for its trouble and is over after it',
    async (id, scene) => {
      const { tasks = [], fleet: spec, parameters, with: others = [], within, ...run } = scene;
      const world = createWorld({
        seed: 1,
        startAt: START,
        scaler: 'ci',
        tasks,
        fleets: [fleet({ max: 30, ...spec })],
        ...(parameters && { parameters }),
      });
      const watched = await watchedRun({ world, ...run });
      for (const [kinds, end] of [
        [ALARMS, ''],
        [alarmsOf(PER_CLASS), `-${CLASS}`],
      ] as const) {
        for (const way of WAYS) {
          const changes = alarmChanges(kinds, watched, way);
          const name = kinds.find(({ AlarmName }) =>
            [`ci-${id}`, `ci-${id}${end}`].includes(AlarmName),
          );
          const own = changes.filter(({ alarm }) => alarm === name?.AlarmName);
          expect([way, own.map(({ state }) => state)]).toEqual([
            way,
            expect.arrayContaining(['ALARM']),
          ]);
          expect([way, own.at(-1)?.state]).toEqual([way, 'OK']);
          const minute = ((own[0]?.at ?? 0) - START) / 60_000;
          expect(minute).toBeGreaterThanOrEqual(within[0]);
          expect(minute).toBeLessThanOrEqual(within[1]);
          const kindsOff = new Set(
            changes.map(({ alarm }) => alarm.replace(/^ci-/, '').replace(`-${CLASS}`, '')),
          );
          expect([...kindsOff].filter((kind) => kind !== id && !others.includes(kind))).toEqual([]);
        }
      }
    },
  );
});
