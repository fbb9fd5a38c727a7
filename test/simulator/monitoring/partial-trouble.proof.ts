/**
 * Real trouble is partial, comes and goes, and is not alone. An alarm goes off for it in time, is not on and off all the
 * while, and is over after it; and what only looks like trouble sets off none.
 */
import { describe, expect, test } from '@jest/globals';
import { configOf } from '../../lib/stack-fixture.ts';
import {
  alarmedIn,
  flapping,
  HOUR,
  played,
  type Scene,
  SETTINGS,
  type Setting,
  tenFleets,
  share,
  stream,
} from './scene.ts';
import { alarmsOf, WAYS } from './stage.ts';

const SPAN = { from: HOUR, to: 2.5 * HOUR };
const QUIET = stream(300, 120, { until: 4.5 * HOUR });
const BUSY = stream(60, 300, { until: 4 * HOUR, each: 2 });
const ALARMS = alarmsOf(configOf({ purchase: 'spot', max: 30 }));
const MINUTES = 60;
/** An alarm may end and come again so often in an hour and a half of a trouble that comes and goes. */
const MOST_TIMES = 3;

interface Trouble extends Scene {
  /** The alarms that go off, with the minutes from the trouble's begin until each has, at most. */
  readonly alarms: Readonly<Record<string, number>>;
  /** Others that may. */
  readonly with?: readonly string[];
  /** Default: all. */
  readonly settings?: readonly Setting[];
}

const lasts = 5 * HOUR;

const ONE_OF_TEN: Trouble = {
  lasts,
  tasks: tenFleets().flatMap(({ resourceClass }) =>
    stream(300, 120, { until: 4 * HOUR, of: resourceClass }),
  ),
  fleets: tenFleets(),
  parameters: { noCapacityWindows: [{ ...SPAN, group: 'group-7' }] },
  alarms: { 'launches-failing': 15, waiting: 19 },
  settings: SETTINGS.filter(({ containers }) => containers <= 2),
};

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'passes fail in four of five minutes': {
    lasts,
    tasks: QUIET,
    source: { during: flapping(SPAN, 300, 240), fault: 'ServiceUnavailable' },
    alarms: { 'passes-failing': 9 },
  },
  'passes fail in every other minute': {
    lasts,
    tasks: QUIET,
    source: { during: flapping(SPAN, 120, 60), fault: 'ServiceUnavailable' },
    alarms: { 'passes-failing': 12 },
  },
  'passes fail in one of three minutes': {
    lasts,
    tasks: QUIET,
    source: { during: flapping(SPAN, 180, 60), fault: 'ServiceUnavailable' },
    alarms: { 'passes-failing': 17 },
  },
  'one of ten classes cannot be read': {
    lasts,
    tasks: QUIET,
    fleets: tenFleets(),
    source: { during: [SPAN], fault: 'ServiceUnavailable', resourceClass: 'acme/class-7' },
    alarms: { 'passes-failing': 8 },
  },
  'the credential is refused in every other minute': {
    lasts,
    tasks: QUIET,
    source: { during: flapping(SPAN, 120, 60), fault: 'Unauthorized' },
    alarms: { 'credential-refused': 8 },
    with: ['passes-failing'],
  },
  'the credential is refused to two of three containers': {
    lasts,
    tasks: QUIET,
    source: { during: [SPAN], fault: 'Unauthorized', meets: (container) => container % 3 !== 0 },
    alarms: { 'credential-refused': 9 },
    with: ['passes-failing'],
    settings: SETTINGS.map((setting) => ({ ...setting, containers: 3 })),
  },
  'four of five launches fail, and the class is busy': {
    lasts,
    tasks: BUSY,
    parameters: { noCapacityWindows: share(SPAN, 0.8) },
    alarms: { 'launches-failing': 20 },
    with: ['waiting'],
  },
  'four of five launches fail, and jobs are few': {
    lasts,
    tasks: QUIET,
    parameters: { noCapacityWindows: share(SPAN, 0.8) },
    alarms: { 'launches-failing': 45 },
    with: ['waiting'],
  },
  'launches fail for four minutes of eight': {
    lasts,
    tasks: BUSY,
    parameters: { noCapacityWindows: flapping(SPAN, 480, 240) },
    alarms: { 'launches-failing': 21 },
    with: ['waiting'],
  },
  'one of five boots fails': {
    lasts,
    tasks: BUSY,
    parameters: { bootFailureWindows: share(SPAN, 0.2) },
    alarms: { 'boots-failing': 15 },
  },
  'one of five boots fails, and words come one to ten minutes late': {
    lasts,
    tasks: BUSY,
    parameters: {
      bootFailureWindows: share(SPAN, 0.2),
      eventLag: { min: 1 * MINUTES, max: 10 * MINUTES },
    },
    alarms: { 'boots-failing': 25 },
  },
  'a hold-back opens and closes': {
    lasts,
    tasks: BUSY,
    parameters: { bootFailureWindows: flapping(SPAN, 12 * MINUTES, 8 * MINUTES) },
    alarms: { 'held-back': 25, 'boots-failing': 7 },
    with: ['waiting'],
  },
  'a class is at its maximum but for a minute of each five': {
    lasts: 8 * HOUR,
    tasks: stream(300, 100, { until: 3.5 * HOUR, each: 4 }),
    fleets: [{ max: 2 }],
    alarms: { 'at-max': 10 },
  },
  'somebody raises the capacity again and again': {
    lasts,
    tasks: stream(HOUR, 60, { until: HOUR }),
    fleets: [{ idleTimeoutMs: 17 * MINUTES * 1000 }],
    acts: flapping(SPAN, 20 * MINUTES, 1).map(({ from: at }) => ({
      at,
      act: (world) => world.setDesiredCapacity('linux', 5),
    })),
    alarms: { 'too-many-machines': 40 },
  },
  'one of ten classes waits, and nine are served': ONE_OF_TEN,
  'no capacity for one class while the credential is refused in every other minute': {
    lasts,
    tasks: BUSY,
    source: { during: flapping(SPAN, 120, 60), fault: 'Unauthorized' },
    parameters: { noCapacityWindows: [SPAN] },
    alarms: { 'credential-refused': 8, 'launches-failing': 25 },
    // What has piled up is more than the class may have at once.
    with: ['passes-failing', 'waiting', 'at-max'],
  },
  'boots fail in a class, and another has no capacity': {
    lasts,
    tasks: [...BUSY, ...stream(300, 120, { until: 4 * HOUR, of: 'acme/other' })],
    fleets: [{}, { group: 'other', resourceClass: 'acme/other' }],
    parameters: {
      bootFailureWindows: [{ ...SPAN, group: 'linux' }],
      noCapacityWindows: [{ ...SPAN, group: 'other' }],
    },
    alarms: { 'boots-failing': 7, 'held-back': 15, 'launches-failing': 16 },
    with: ['waiting', 'at-max'],
  },
};

/** Nothing is broken, or not for long. */
const NO_TROUBLE: Readonly<Record<string, Scene>> = {
  'one invocation in five is lost': { lasts, tasks: QUIET, down: flapping(SPAN, 300, 60) },
  'one invocation in two hundred fails': {
    lasts,
    tasks: QUIET,
    source: { during: flapping(SPAN, 200 * MINUTES, 60), fault: 'ServiceUnavailable' },
  },
  'a credential is replaced, and for two minutes there is none': {
    lasts,
    tasks: QUIET,
    source: { during: [{ from: HOUR, to: HOUR + 90 }], fault: 'Unauthorized' },
  },
  'a class is at its maximum for ten minutes of each fifteen': {
    lasts: 8 * HOUR,
    tasks: stream(900, 100, { until: 3.5 * HOUR, each: 8 }),
    fleets: [{ max: 2 }],
  },
  'tasks wait for room for half an hour, and then for machines that boot for five minutes': {
    lasts: 8 * HOUR,
    tasks: stream(HOUR, 600, { until: 3.5 * HOUR, each: 6 }),
    fleets: [{ max: 2 }],
    parameters: { boot: { median: 300, sigma: 0.25 } },
  },
  'EC2 has no capacity for five minutes of each half hour': {
    lasts,
    tasks: BUSY,
    parameters: { noCapacityWindows: flapping(SPAN, 1_800, 300) },
  },
};

describe('partial trouble', () => {
  test.each(
    Object.entries(TROUBLES).flatMap(([what, trouble]) =>
      (trouble.settings ?? SETTINGS).map((setting) => ({ what, ...setting, trouble, setting })),
    ),
  )('$what: $containers containers, at second $second', async ({ trouble, setting }) => {
    const { alarms, with: others = [], settings: _, ...scene } = trouble;
    const watched = await played(scene, setting);
    const found = alarmedIn(watched, ALARMS);
    for (const [id, minutes] of Object.entries(alarms)) {
      const own = found.get(`ci-${id}`) ?? [];
      expect([id, own.length]).toEqual([id, WAYS.length]);
      const latest = Math.ceil((Math.max(...own.map(({ on }) => on)) - SPAN.from) / 60);
      expect([id, latest, latest <= minutes]).toEqual([id, latest, true]);
      expect(Math.max(...own.map(({ over }) => over))).toBeLessThan(watched.to);
      expect([id, Math.max(...own.map(({ times }) => times)) <= MOST_TIMES]).toEqual([id, true]);
    }
    const expected = new Set([...Object.keys(alarms), ...others].map((id) => `ci-${id}`));
    expect([...found.keys()].filter((name) => !expected.has(name))).toEqual([]);
  });

  test('of one class is told of that class where each has its own alarms', async () => {
    const { alarms: _, settings: __, ...scene } = ONE_OF_TEN;
    const resourceClasses = tenFleets().map(({ resourceClass }) => ({ resourceClass, max: 30 }));
    const monitoring = { alarms: { perClass: true } };
    const alarms = alarmsOf(configOf({}, { resourceClasses, monitoring }));
    const setting = { containers: 1, second: 1, schedulePhase: 30 };
    const found = alarmedIn(await played(scene, setting), alarms);
    expect([...found.keys()].toSorted()).toEqual([
      'ci-launches-failing-acme/class-7',
      'ci-waiting-acme/class-7',
    ]);
  });
});

describe('no alarm', () => {
  test.each(
    Object.entries(NO_TROUBLE).flatMap(([what, scene]) =>
      SETTINGS.map((setting) => ({ what, ...setting, scene, setting })),
    ),
  )('$what: $containers containers, at second $second', async ({ scene, setting }) => {
    const found = alarmedIn(await played(scene, setting), ALARMS);
    expect([...found.keys()]).toEqual([]);
  });
});
