/** For how long a task has waited, as passes find it out: never too long, and not forgotten for a little. */
import { expect, test } from '@jest/globals';
import { type Demand, DemandSourceError } from '../../../lambda/scaler/demand/source.ts';
import type { Fleet } from '../../../lambda/scaler/fleet/fleets.ts';
import { fleet } from './quiet-fleet.ts';
import { reconciling } from './reconciling.ts';

const WAITS: Demand = { unclaimed: 1, running: 0 };

/** Passes a minute apart by default, each over what the group and the counts are then. */
function passes() {
  const fleets = [fleet('linux', { desired: 1 })];
  let demand: Demand | Error = WAITS;
  const made = reconciling({
    fleets,
    demand: async () => {
      if (demand instanceof Error) throw demand;
      return demand;
    },
  });
  return {
    ...made,
    /** For how many seconds a task waits at least, by the pass so many seconds after the last. */
    after: async (seconds: number, state: Partial<Fleet> = {}, counts: Demand | Error = WAITS) => {
      made.clock.advance(1000 * seconds);
      demand = counts;
      fleets[0] = fleet('linux', { desired: 1, ...state });
      await made.run();
      const waited = made.outcomes.at(-1)?.waitedMs;
      return waited === undefined ? undefined : Math.round(waited / 1000);
    },
  };
}

test('it is as long as the class has been seen to have a task', async () => {
  const { after } = passes();
  expect(await after(0)).toBe(0);
  expect(await after(60)).toBe(60);
  expect(await after(60)).toBe(120);
});

test('it begins anew where the group serves another class', async () => {
  const { after } = passes();
  await after(0);
  await after(60);
  expect(await after(60, { resourceClass: 'acme/other' })).toBe(0);
  expect(await after(60, { resourceClass: 'acme/other' })).toBe(60);
  expect(await after(60, { resourceClass: 'acme/other', demand: 'other labels' })).toBe(0);
  expect(await after(60, { resourceClass: 'acme/other', source: 'circleci' })).toBe(0);
});

test('a machine that a pass asked for, and that came and went before the next, may have taken it', async () => {
  const { after } = passes();
  // Another task has come each time; the passes are the schedule's alone.
  for (let minute = 0; minute < 5; minute += 1) {
    expect(await after(60, { desired: 0 })).toBe(0);
  }
});

test('one that is still owed, or boots, has taken none', async () => {
  const { after } = passes();
  await after(0, { desired: 0 });
  expect(await after(60, { desired: 1 })).toBe(60);
  expect(await after(60, { desired: 1, pending: ['i-1'] })).toBe(120);
});

test('passes that cannot read the counts do not forget it, as long as no machine came', async () => {
  const { after } = passes();
  const late = new DemandSourceError('throttled', 'too much');
  await after(0);
  for (let pass = 0; pass < 4; pass += 1) expect(await after(60, {}, late)).toBeUndefined();
  expect(await after(30)).toBe(270);
});

test('a machine that came while the counts were unknown may have taken it', async () => {
  const { after } = passes();
  const late = new DemandSourceError('throttled', 'too much');
  await after(0);
  await after(60, {}, late);
  await after(60, { inService: ['i-1'] }, late);
  await after(60, {}, late);
  expect(await after(30)).toBe(0);
});

test('counts that were unknown for many minutes say nothing of what is counted then', async () => {
  const { after } = passes();
  const late = new DemandSourceError('throttled', 'too much');
  await after(0);
  for (let pass = 0; pass < 10; pass += 1) await after(60, {}, late);
  expect(await after(60)).toBe(0);
});

test('it begins anew after ten minutes without a pass', async () => {
  const { after } = passes();
  await after(0);
  await after(60);
  expect(await after(600)).toBe(0);
});
