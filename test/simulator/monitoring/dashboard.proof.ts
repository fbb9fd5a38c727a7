import { expect, test } from '@jest/globals';
import { groupName } from '../../../config/fleet-names.ts';
import { fleetsFor } from '../../../simulator/experiment/need.ts';
import { alarmChanges, watchedRun } from '../../../simulator/monitoring/watched-run.ts';
import { BUILT_IN_START } from '../../../simulator/workload/built-in-start.ts';
import { workingDay } from '../../../simulator/workload/working-day.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { testBrowser } from '../browser.ts';
import { alarmsOf } from './stage.ts';
import { configOf } from '../../lib/stack-fixture.ts';
import { drawDashboard } from './draw-dashboard.ts';
import { widgetsOf } from './widgets.ts';

const browser = testBrowser();
const HOUR = 3_600;

test('the dashboard shows a working day, and an hour in which EC2 has no capacity', async () => {
  const classes = ['acme/linux', 'acme/linux-arm', 'acme/large'];
  const tasks = workingDay({ seed: 1, startAt: BUILT_IN_START, resourceClasses: classes });
  const fleets = fleetsFor(tasks).map((fleet) => ({
    ...fleet,
    group: groupName('ci', fleet.resourceClass),
  }));
  const noCapacityWindows = [
    { from: 14 * HOUR, to: 15 * HOUR, group: groupName('ci', 'acme/linux') },
  ];
  const world = createWorld({
    seed: 1,
    startAt: BUILT_IN_START,
    tasks,
    fleets,
    scaler: 'ci',
    parameters: { noCapacityWindows },
  });
  const watched = await watchedRun({ world, lasts: 24 * HOUR });
  const config = configOf(
    {},
    { resourceClasses: classes.map((resourceClass) => ({ resourceClass, max: 500 })) },
  );
  const alarms = alarmsOf(config);
  const changes = alarmChanges(alarms, watched, { extraPeriods: 2, aligned: true });
  expect([...new Set(changes.map(({ alarm }) => alarm))].toSorted()).toEqual([
    'ci-launches-failing',
    'ci-waiting',
  ]);
  const states = new Map(
    alarms.map(({ AlarmName }) => [
      AlarmName,
      changes.findLast(({ alarm }) => alarm === AlarmName)?.state ?? 'OK',
    ]),
  );
  const html = drawDashboard(widgetsOf(config), watched, states);
  const { page, complaints } = await browser.open('dashboard.html', html, {
    viewport: { width: 1_460, height: 1_200 },
  });
  const picture = process.env['DASHBOARD_PICTURE'];
  if (picture !== undefined) await page.screenshot({ path: picture });
  expect(complaints).toEqual([]);
  // A name that nothing writes would have no data.
  const missing = await page.getByText('(no data)').allInnerTexts();
  expect(missing.map((text) => text.replace('\u25a0 ', ''))).toEqual([
    'Throttles (no data)',
    'longest, in ms (no data)',
  ]);
  expect(await page.locator('section').count()).toBe(1 + 4 + 4 * classes.length);
}, 300_000);
