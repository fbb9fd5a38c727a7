/**
 * Every alarm of the template goes off for its trouble, as soon as docs/alarms.md says, and is over when the trouble is:
 * at all phases of the minute, in one, two and four containers, and in each way in which CloudWatch may look.
 */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { configOf } from '../../lib/stack-fixture.ts';
import { alarmedIn, CLASS, HOUR, played, type Scene, SETTINGS, stream } from './scene.ts';
import { alarmsOf, WAYS } from './stage.ts';

interface Trouble extends Scene {
  /** Seconds at which it begins and at which it is over. Default: from the first hour to half past two. */
  readonly span?: { readonly from: number; readonly to: number };
  /** Minutes from its begin to the alarm: the least and the most. */
  readonly within: readonly [number, number];
  /** Minutes from its end to the end of the alarm, at most. */
  readonly over: number;
  /** Other alarms that it may set off. */
  readonly with?: readonly string[];
  /** Default 4. */
  readonly mostContainers?: number;
}

const QUIET = stream(300, 120, { until: 4 * HOUR });
const BAD = { from: HOUR, to: 2.5 * HOUR };

/** By the alarm that it is about. */
const LASTING: Readonly<Record<string, Trouble>> = {
  'not-running': { lasts: 4 * HOUR, tasks: QUIET, down: [BAD], within: [3, 6], over: 3 },
  'passes-failing': {
    lasts: 4 * HOUR,
    tasks: QUIET,
    source: { during: [BAD], fault: 'ServiceUnavailable' },
    within: [4, 7],
    over: 16,
  },
  'credential-refused': {
    lasts: 4 * HOUR,
    tasks: QUIET,
    source: { during: [BAD], fault: 'Unauthorized' },
    with: ['passes-failing'],
    within: [2, 5],
    over: 8,
  },
  waiting: {
    lasts: 4 * HOUR,
    tasks: QUIET,
    parameters: { noCapacityWindows: [BAD] },
    with: ['launches-failing'],
    within: [14, 18],
    over: 12,
    mostContainers: 2,
  },
  'launches-failing': {
    lasts: 4 * HOUR,
    tasks: QUIET,
    parameters: { noCapacityWindows: [BAD] },
    with: ['waiting'],
    within: [10, 15],
    over: 21,
  },
  'at-max': {
    lasts: 8 * HOUR,
    tasks: stream(60, 170, { until: 2.5 * HOUR }),
    fleets: [{ max: 2 }],
    // Tasks wait since the third one.
    span: { from: 180, to: 5 * HOUR },
    within: [59, 62],
    over: 18,
  },
  'boots-failing': {
    lasts: 5 * HOUR,
    tasks: QUIET,
    parameters: { bootFailureWindows: [BAD] },
    with: ['held-back', 'waiting'],
    within: [4, 8],
    over: 19,
  },
  'held-back': {
    lasts: 5 * HOUR,
    tasks: QUIET,
    parameters: { bootFailureWindows: [BAD] },
    with: ['boots-failing', 'waiting'],
    within: [13, 18],
    over: 26,
  },
  'too-many-machines': {
    lasts: 5 * HOUR,
    tasks: stream(HOUR, 60, { until: HOUR }),
    fleets: [{ idleTimeoutMs: 2 * HOUR * 1000 }],
    acts: [{ at: HOUR, act: (world) => world.setDesiredCapacity('linux', 5) }],
    span: { from: HOUR, to: 3 * HOUR },
    within: [34, 38],
    over: 11,
  },
  interruptions: {
    lasts: 5 * HOUR,
    tasks: stream(60, 900, { until: 2 * HOUR }),
    fleets: [{ spot: true }],
    parameters: { spotInterruptions: 2 },
    span: { from: 60, to: 2.3 * HOUR },
    within: [27, 31],
    over: 35,
  },
  'processes-suspended': {
    lasts: 4 * HOUR,
    acts: [
      { at: BAD.from, act: (world) => world.suspendProcesses('linux', ['Terminate']) },
      { at: BAD.to, act: (world) => world.resumeProcesses('linux', ['Terminate']) },
    ],
    within: [14, 17],
    over: 6,
  },
};

const ONE_OF_EACH = { ends: '', alarms: alarmsOf(configOf({ purchase: 'spot', max: 30 })) };
const PER_CLASS = {
  ends: `-${CLASS}`,
  alarms: alarmsOf(
    configOf({ purchase: 'spot', max: 30 }, { monitoring: { alarms: { perClass: true } } }),
  ),
};

describe('the alarms of the template', () => {
  test('are those that are driven here, each by a trouble of its own', () => {
    expect(
      ONE_OF_EACH.alarms.map(({ AlarmName }) => AlarmName.replace(/^ci-/, '')).toSorted(),
    ).toEqual(Object.keys(LASTING).toSorted());
  });

  test('come as soon as docs/alarms.md says', () => {
    const docs = readFileSync(new URL('../../../docs/alarms.md', import.meta.url), 'utf8');
    const rows = [...docs.matchAll(/^\| `([a-z-]+)` +\| (\d+) to (\d+) .*\| (\d+) +\|$/gm)];
    const said = rows.map(([, id, from, to, over]) => [id, Number(from), Number(to), Number(over)]);
    expect(said).toEqual(
      Object.entries(LASTING).map(([id, { within, over }]) => [id, ...within, over]),
    );
  });

  test.each(
    Object.entries(LASTING).flatMap(([id, trouble]) =>
      SETTINGS.filter(({ containers }) => containers <= (trouble.mostContainers ?? 4)).map(
        (setting) => ({ id, ...setting, trouble, setting }),
      ),
    ),
  )(
    '$id goes off and is over: $containers containers, at second $second',
    async ({ id, trouble, setting }) => {
      const { span = BAD, within, over, with: others = [], mostContainers: _, ...scene } = trouble;
      const watched = await played(scene, setting);
      for (const { alarms, ends } of [ONE_OF_EACH, PER_CLASS]) {
        const found = alarmedIn(watched, alarms);
        const own = found.get(`ci-${id}${ends}`) ?? found.get(`ci-${id}`) ?? [];
        expect(own).toHaveLength(WAYS.length);
        const after = own.map(({ on }) => (on - span.from) / 60);
        expect(Math.floor(Math.min(...after))).toBeGreaterThanOrEqual(within[0]);
        expect(Math.ceil(Math.max(...after))).toBeLessThanOrEqual(within[1]);
        const last = Math.max(...own.map((each) => each.over));
        expect(Math.ceil((last - span.to) / 60)).toBeLessThanOrEqual(over);
        const names = [...found.keys()].map((name) => name.slice('ci-'.length).replace(ends, ''));
        expect(names.filter((name) => name !== id && !others.includes(name))).toEqual([]);
      }
    },
  );
});
