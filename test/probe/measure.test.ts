/**
 * The proof that the measurements are right: the simulated world is given known parameters, and the
 * probe, which sees it only as it would see an account, must measure them back within one polling step.
 */
import { describe, expect, test } from '@jest/globals';
import { DIRECT, DURATIONS, type Measured, measurement } from '../../probe/measure.ts';
import { parametersOf } from '../../probe/parameters.ts';
import type { DurationName } from '../../probe/rounds.ts';
import { parametersWith } from '../../simulator/world/parameter-values.ts';
import type { PendingCancel } from '../../simulator/world/group-parameters.ts';
import { type Parameters, PARAMETERS } from '../../simulator/world/parameters.ts';
import type { Spread } from '../../simulator/world/random.ts';
import { worldFleet, type WorldFleetOptions } from './world-fleet.ts';

const STEP_SECONDS = 1;

/** Spans that are long enough for every stage to be seen, whatever the one under test is. */
const CALM: Partial<Parameters> = {
  launchLag: exact(3),
  pendingToRunning: exact(5),
  boot: exact(30),
  proceed: exact(1.3),
  firstClaim: exact(2.1),
  terminate: exact(1.7),
  shutdown: exact(25),
  noticeLag: exact(40),
};

describe('a duration is measured back within one polling step', () => {
  test.each(
    DURATIONS.flatMap((name) => {
      const { range, default: usual } = PARAMETERS[name];
      return [...range, usual].map((spread) => [name, spread] as const);
    }),
  )('%s of %j', async (name, spread) => {
    const [least, greatest] = boundsOf(spread);
    for (const [at, seconds] of [least, (least + greatest) / 2, greatest].entries()) {
      const measured = await measure({
        seed: at + 1,
        parameters: { ...CALM, [name]: exact(seconds) },
      });
      const found = measured.durations[name].seconds;
      expect(found.length).toBeGreaterThan(1);
      for (const each of found) expect(Math.abs(each - seconds)).toBeLessThanOrEqual(STEP_SECONDS);
    }
  });

  test('all of them at once, each drawn anew for every machine', async () => {
    const measured = await measure({ parameters: {}, rounds: 12 });
    for (const name of DURATIONS) {
      const [least, greatest] = boundsOf(PARAMETERS[name].default);
      const { seconds, reasons } = measured.durations[name];
      expect({ name, reasons }).toEqual({ name, reasons: [] });
      expect(Math.min(...seconds)).toBeGreaterThanOrEqual(least - STEP_SECONDS);
      expect(Math.max(...seconds)).toBeLessThanOrEqual(greatest + STEP_SECONDS);
    }
  });

  test('a shorter step measures more closely', async () => {
    const measured = await measure({ parameters: CALM, stepSeconds: 0.1 });
    for (const name of DURATIONS) {
      const [expected] = boundsOf(CALM[name] ?? exact(0));
      for (const each of measured.durations[name].seconds) {
        expect(Math.abs(each - expected)).toBeLessThanOrEqual(0.1 + 1e-9);
      }
    }
  });
});

describe('a machine by LaunchInstances', () => {
  test.each([0, 0.4, 1, 7.3])(
    'is measured back within one polling step when it is listed %d s after the answer',
    async (unlistedSeconds) => {
      const measured = await measure({ parameters: CALM, unlistedSeconds });
      const { launchInstancesAnswer, launchInstancesListed, launchInstancesRunning } =
        measured.durations;
      // In the world the call answers after the group's lag, to the millisecond.
      expect(launchInstancesAnswer).toEqual({ seconds: [3, 3], reasons: [] });
      for (const [{ seconds }, expected] of [
        [launchInstancesListed, unlistedSeconds],
        [launchInstancesRunning, 5],
      ] as const) {
        expect(seconds).toHaveLength(2);
        for (const each of seconds) expect(Math.abs(each - expected)).toBeLessThanOrEqual(1);
      }
      expect(measured.launchInstances).toEqual({ raised: 2, of: 2 });
    },
  );

  test('that is refused leaves all else measured', async () => {
    const launchRefused = 'LaunchInstances was refused: AccessDenied: not authorized';
    const measured = await measure({ parameters: CALM, launchRefused });
    for (const name of DIRECT) {
      expect(measured.durations[name]).toEqual({ seconds: [], reasons: [launchRefused] });
    }
    for (const name of DURATIONS) expect(measured.durations[name].reasons).toEqual([]);
    expect(measured.launchInstances).toEqual({ raised: 0, of: 0 });
  });
});

describe('whether a group ends instances that boot', () => {
  test.each<PendingCancel>(['none', 'pending', 'pending-and-waiting'])(
    '%s is measured back',
    async (pendingCancel) => {
      const measured = await measure({ parameters: { ...CALM, pendingCancel } });
      expect(measured.pendingCancel).toMatchObject({ value: pendingCancel, reasons: [] });
    },
  );

  test('is not known when an instance is Pending for less than a reading', async () => {
    const measured = await measure({ parameters: { ...CALM, pendingToRunning: exact(0) } });
    expect(measured.pendingCancel.value).toBeUndefined();
    expect(measured.pendingCancel.reasons[0]).toMatch(/Pending:Wait when it was first seen/);
  });
});

describe('what cannot be measured says why', () => {
  test('a group that launches nothing', async () => {
    const measured = await measure({
      parameters: { noCapacityWindows: [{ from: 0, to: 1e9 }] },
      patienceSeconds: 60,
    });
    expect(measured.durations.launchLag).toEqual({
      seconds: [],
      reasons: ['the group listed no instance within 60 s'],
    });
    expect(parametersOf(measured)).toEqual({});
  });

  test('a boot that gives its launch up is no boot time', async () => {
    const { durations } = await measure({
      parameters: { ...CALM, bootFailure: 1 },
    });
    expect(durations.boot).toEqual({ seconds: [], reasons: ['the launch hook was not completed'] });
    expect(durations.noticeLag.reasons).toEqual(['the machine ended before it was in service']);
    expect(durations.pendingToRunning.seconds.length).toBeGreaterThan(0);
  });

  test('an agent that never asks for a task', async () => {
    const { durations } = await measure({
      parameters: { ...CALM, neverRegisters: 1, lifetimeMargin: 3600 },
      patienceSeconds: 100,
      lifeSeconds: 60,
      rounds: 1,
    });
    expect(durations.firstClaim).toEqual({
      seconds: [],
      reasons: ['the agent asked for no task within 100 s'],
    });
    expect(durations.proceed.seconds).toHaveLength(2);
  });

  test('the time limit ends the rounds and keeps what there is', async () => {
    const measured = await measure({ parameters: CALM, limitSeconds: 150, rounds: 5 });
    const { seconds, reasons } = measured.durations.launchLag;
    expect(seconds.length).toBeGreaterThan(0);
    expect(seconds.length).toBeLessThan(10);
    expect(reasons).toEqual(['the time limit of the probe was reached']);
  });
});

describe('between rounds', () => {
  test('nothing is left in the group, whatever was measured', async () => {
    const fleet = worldFleet({ parameters: { ...CALM, pendingCancel: 'none' } });
    await run(fleet, {});
    expect(await fleet.instances()).toEqual([]);
  });
});

test('what is measured is usable as parameters of the simulator', async () => {
  const parameters = parametersOf(await measure({ parameters: {}, rounds: 3 }));
  expect(Object.keys(parameters).sort()).toEqual([...DURATIONS, 'pendingCancel'].sort());
  expect(parametersWith(parameters)).toMatchObject(parameters);
});

interface MeasureOptions extends WorldFleetOptions, RunOptions {}

interface RunOptions {
  readonly rounds?: number;
  readonly stepSeconds?: number;
  readonly patienceSeconds?: number;
  readonly limitSeconds?: number;
}

async function measure(options: MeasureOptions): Promise<Measured> {
  return run(worldFleet(options), options);
}

async function run(fleet: ReturnType<typeof worldFleet>, options: RunOptions): Promise<Measured> {
  const { rounds = 2, stepSeconds = STEP_SECONDS, patienceSeconds = 900 } = options;
  const begun = measurement({
    fleet,
    rounds,
    pace: {
      stepMs: 1000 * stepSeconds,
      patienceMs: 1000 * patienceSeconds,
      endAt: fleet.now() + 1000 * (options.limitSeconds ?? 1e6),
    },
    onRound: () => undefined,
  });
  await begun.run();
  return begun.result();
}

function exact(seconds: number): Spread {
  return { min: seconds, max: seconds };
}

/** All that a spread draws: of a lognormal, but for one draw in many thousands. */
function boundsOf(spread: Spread): readonly [least: number, greatest: number] {
  if ('min' in spread) return [spread.min, spread.max];
  const factor = Math.exp(4 * spread.sigma);
  return [spread.median / factor, spread.median * factor];
}

/** Each name is one of the simulator's. */
DURATIONS satisfies readonly (DurationName & keyof Parameters)[];
