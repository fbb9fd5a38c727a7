import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeSchedules } from '../../../lambda/scaler/contract.ts';
import { outcomeLine } from '../../../lambda/scaler/report.ts';
import { fleet } from './quiet-fleet.ts';
import { ids, reconciling } from './reconciling.ts';

/** The clock of these tests begins at 09:00 of a Monday, by UTC. */
const MORNING = 'mon-fri 08:00-12:00 UTC min=2';
const AFTERNOON = 'mon-fri 13:00-18:00 UTC min=2';
const HOUR_MS = 3_600_000;
const NOTHING = { 'acme/a': { unclaimed: 0, running: 0 } };

test('a schedule keeps machines without a job while it holds', async () => {
  const { run, writes } = reconciling({
    fleets: [fleet('a', scheduled(MORNING)), fleet('b', scheduled(AFTERNOON))],
    demand: { ...NOTHING, 'acme/b': { unclaimed: 0, running: 0 } },
  });
  // Time alone changes what is decided next.
  expect(await run()).toMatchObject({ timed: true });
  expect(writes).toEqual(['a=2']);
});

test('a schedule begins and ends with the clock, and its end ends no machine', async () => {
  const present = fleet('a', { ...scheduled(AFTERNOON), desired: 2, inService: ids(2) });
  const fleets = [fleet('a', scheduled(AFTERNOON))];
  const { run, writes, clock, outcomes } = reconciling({ fleets, demand: NOTHING });
  await run();
  clock.advance(4 * HOUR_MS);
  await run();
  fleets[0] = present;
  await run();
  clock.advance(5 * HOUR_MS);
  await run();
  expect(writes).toEqual(['a=2']);
  expect(outcomes.map(({ decision }) => [decision?.want, decision?.reason])).toEqual([
    [0, 'demand'],
    [2, 'at-min'],
    [2, 'at-min'],
    [0, 'present'],
  ]);
});

test('a machine that idled out in the hours is replaced, and after them it is not', async () => {
  const fleets = [fleet('a', { ...scheduled(MORNING), desired: 1, inService: ids(1) })];
  const { run, writes, clock } = reconciling({ fleets, demand: NOTHING });
  await run();
  clock.advance(3 * HOUR_MS);
  await run();
  expect(writes).toEqual(['a=2']);
});

test('a headroom of a schedule is kept beyond the demand', async () => {
  const { run, writes } = reconciling({
    fleets: [fleet('a', { headroom: 1, ...scheduled('mon 08:00-12:00 UTC headroom=3') })],
    demand: { 'acme/a': { unclaimed: 2, running: 0 } },
  });
  await run();
  expect(writes).toEqual(['a=5']);
});

test('in a stop nothing is launched, nothing ended, and what does not exist yet is taken back', async () => {
  const stopped = scheduled(`mon-fri 08:00-12:00 UTC stop + ${MORNING}`);
  const { run, writes, clock } = reconciling({
    fleets: [fleet('a', { ...stopped, desired: 6, inService: ids(3), pending: ['i-9'] })],
    demand: { 'acme/a': { unclaimed: 5, running: 2 } },
  });
  expect(await run()).toMatchObject({ problems: [] });
  expect(writes).toEqual(['a=4']);
  clock.advance(3 * HOUR_MS);
  await run();
  expect(writes).toEqual(['a=4', 'a=7']);
});

test('a schedule of other hours changes no decision, no write and no line, in no byte', async () => {
  const count = fc.nat({ max: 12 });
  const scene = fc.record({
    unclaimed: count,
    running: count,
    headroom: fc.nat({ max: 3 }),
    min: fc.nat({ max: 2 }),
    desired: fc.integer({ min: 2, max: 10 }),
    inService: count,
    hold: fc.constantFrom(undefined, 'drain'),
  });
  const passOf = async (
    {
      unclaimed,
      running,
      inService,
      ...group
    }: typeof scene extends fc.Arbitrary<infer T> ? T : never,
    schedules: Partial<ReturnType<typeof scheduled>>,
  ) => {
    const { run, writes, outcomes } = reconciling({
      fleets: [fleet('a', { ...group, ...schedules, inService: ids(inService) })],
      demand: { 'acme/a': { unclaimed, running } },
    });
    await run();
    return {
      writes,
      decisions: JSON.stringify(outcomes.map(({ decision }) => decision)),
      lines: outcomes.map((outcome) => outcomeLine('ci', outcome)),
    };
  };
  const others = scheduled(`${AFTERNOON} headroom=3 + sat 00:00-24:00 UTC stop`);
  await fc.assert(
    fc.asyncProperty(scene, async (group) => {
      expect(await passOf(group, others)).toEqual(await passOf(group, {}));
    }),
  );
});

function scheduled(text: string) {
  const schedules = decodeSchedules(text, 10);
  if (schedules === undefined) throw new Error(text);
  return { schedules };
}
