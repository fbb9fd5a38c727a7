import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Sample } from '../../../simulator/record.ts';
import type { FleetSpec } from '../../../simulator/world/fleet-spec.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { type World, createWorld } from '../../../simulator/world/world.ts';
import { CLASS, SECOND, drive, fleet, totals } from './tiny-world.ts';

interface Scene {
  readonly seed: number;
  readonly fleets: readonly FleetSpec[];
  readonly tasks: readonly TaskSpec[];
  readonly parameters: Partial<Parameters>;
  readonly every: number;
  readonly sampleLimit?: number;
}

const CLASSES = [CLASS, 'acme/arm'];

/** Tasks of both classes within an hour; each may wait for some of those before it. */
const tasks: fc.Arbitrary<readonly TaskSpec[]> = fc
  .array(
    fc.record({
      resourceClass: fc.constantFrom(...CLASSES),
      release: fc.nat({ max: 1800 }),
      duration: fc.nat({ max: 600 }),
      back: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
      patience: fc.option(fc.nat({ max: 300 }), { freq: 4 }),
      foreign: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((drawn) =>
    drawn.map(({ resourceClass, release, duration, back, patience, foreign }, index) => ({
      id: `task-${index}`,
      resourceClass,
      pipeline: 'build',
      releaseAt: release * SECOND,
      durationMs: duration * SECOND,
      after: [...new Set(back)].map((step) => index - step).filter((other) => other >= 0),
      ...(patience !== null && !foreign && { cancelAfterMs: patience * SECOND }),
      foreign,
    })),
  );

/** Faults that pass: with them every task still comes to its end, and soon. */
const parameters: fc.Arbitrary<Partial<Parameters>> = fc.record(
  {
    hookTimeout: fc.constant(120),
    lifetimeMargin: fc.constant(60),
    finish: fc.constantFrom('terminate-with-decrement', 'stop'),
    pendingCancel: fc.constantFrom('none', 'pending', 'pending-and-waiting'),
    exitCallFailure: fc.constantFrom(0, 0.3),
    bootFailure: fc.constantFrom(0, 0.3),
    bootHang: fc.constantFrom(0, 0.3),
    neverRegisters: fc.constantFrom(0, 0.2),
    agentCrash: fc.constantFrom(0, 0.3),
    agentHang: fc.constantFrom(0, 0.2),
    spotInterruptions: fc.constantFrom(0, 2),
    retryOnInterruption: fc.boolean(),
    planConcurrency: fc.constantFrom(2, Number.POSITIVE_INFINITY),
    noCapacityWindows: fc.constantFrom([], [{ from: 0, to: 1200 }]),
    countLag: fc.constantFrom(0, 5),
    report: fc.constantFrom({ min: 0, max: 0 }, { min: 1, max: 10 }),
    tellFailure: fc.constantFrom(0, 1),
    proceed: fc.constantFrom({ min: 0, max: 2 }, { min: 5, max: 15 }),
    agentDeath: fc.constantFrom(0, 0.3),
    lostAnswer: fc.constantFrom(0, 0.5),
    repeatDecrements: fc.boolean(),
    scaleInPicks: fc.constantFrom('in-service', 'booting'),
    maxZeroWindows: fc.constantFrom([], [{ from: 300, to: 1500 }]),
    bootFailureWindows: fc.constantFrom([], [{ from: 0, to: 900 }]),
  },
  { requiredKeys: ['hookTimeout', 'lifetimeMargin'] },
);

const scenes: fc.Arbitrary<Scene> = fc
  .record({
    seed: fc.nat(),
    tasks,
    parameters,
    every: fc.constantFrom(10, 60),
    fleets: fc
      .record({
        min: fc.nat({ max: 2 }),
        max: fc.integer({ min: 2, max: 6 }),
        spot: fc.boolean(),
        launchHook: fc.boolean(),
        protects: fc.boolean(),
      })
      .map((differences) =>
        CLASSES.map((resourceClass, number) =>
          fleet({
            ...differences,
            maxRunTimeMs: 500 * SECOND,
            group: `group-${number}`,
            resourceClass,
          }),
        ),
      ),
  })
  .map((scene) => ({
    ...scene,
    // Without a launch hook nothing ever ends a boot that hangs.
    ...(scene.fleets.some(({ launchHook }) => launchHook === false) && {
      parameters: { ...scene.parameters, bootHang: 0 },
    }),
  }));

function play({ every, ...scene }: Scene): World {
  return drive(createWorld({ ...scene, startAt: 0 }), { every, until: 2 * 86_400 });
}

const machines = ({ booting, idle, busy, finishing }: Sample) => booting + idle + busy + finishing;

describe('in every world', () => {
  test('each task is served once, cancelled or killed, and the queue is empty at the end', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const world = play(scene);
        expect(world.finished).toBe(true);
        let arrived = 0;
        for (const { totals: sums, waits, samples } of world.record()) {
          arrived += sums.tasksArrived + sums.tasksElsewhere;
          expect(sums.killedByLowering).toBeLessThanOrEqual(sums.tasksKilled);
          expect(sums.cancelsByDecrement + sums.cancelsByBounds).toBeLessThanOrEqual(
            sums.pendingCancels,
          );
          expect(sums.tasksServed + sums.tasksCancelled + sums.tasksKilled).toBe(sums.tasksArrived);
          expect(waits).toHaveLength(sums.tasksServed);
          expect(Math.min(0, ...waits)).toBe(0);
          expect(samples.at(-1)).toMatchObject({ unclaimed: 0, running: 0, busy: 0 });
        }
        expect(arrived).toBe(scene.tasks.length);
      }),
      { numRuns: 40 },
    );
  });

  test('the time of machines adds up: their activities, busy and idle, and what was billed', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const world = play(scene);
        for (const { samples, totals: sums } of world.record()) {
          const area = (height: (sample: Sample) => number) =>
            samples.reduce((sum, sample, place) => {
              const until = samples[place + 1]?.at ?? world.now();
              return sum + (height(sample) * (until - sample.at)) / SECOND;
            }, 0);
          expect(area(({ busy }) => busy)).toBeCloseTo(sums.busySeconds, 3);
          expect(area(({ idle }) => idle)).toBeCloseTo(sums.idleSeconds, 3);
          const minimum = 60 * sums.launches;
          expect(sums.instanceSeconds).toBeLessThanOrEqual(area(machines) + minimum);
          expect(sums.instanceSeconds).toBeGreaterThanOrEqual(sums.busySeconds + sums.idleSeconds);
          expect(Math.max(0, ...samples.map(machines))).toBe(sums.peakInstances);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a group never counts more than its maximum nor runs more tasks than it has machines', () => {
    fc.assert(
      fc.property(scenes, ({ every, ...scene }) => {
        const world = createWorld({ ...scene, startAt: 0 });
        for (let now = 0; now < 3 * 3600 && !world.finished; now += every) {
          for (let next = world.nextEventAt(); ; next = world.nextEventAt()) {
            if (next === undefined || next > now * SECOND) break;
            world.advanceTo(next);
            for (const [place, { max, desired, instances }] of world.groups().entries()) {
              const present = instances.filter(({ lifecycle }) => lifecycle !== 'Terminating');
              // An operator who lowers the maximum ends nothing that is protected.
              expect(present.length).toBeLessThanOrEqual(scene.fleets[place]?.max ?? 0);
              expect(desired).toBeLessThanOrEqual(max);
            }
          }
          drive(world, { every, until: now });
        }
      }),
      { numRuns: 20 },
    );
  });

  test('no machine is counted twice, and every running task has a machine or runs elsewhere', () => {
    fc.assert(
      fc.property(scenes, ({ every, ...scene }) => {
        const world = createWorld({
          ...scene,
          startAt: 0,
          parameters: { ...scene.parameters, lostTask: 0 },
        });
        for (let now = 0; now < 2 * 3600 && !world.finished; now += every) {
          drive(world, { every, until: now });
          const ids = world.groups().flatMap(({ instances }) => instances.map(({ id }) => id));
          expect(new Set(ids).size).toBe(ids.length);
          for (const { resourceClass } of scene.fleets) {
            const { running, busy } = world.truth(resourceClass);
            const elsewhere = scene.tasks.filter(
              (each) => each.foreign && each.resourceClass === resourceClass,
            );
            expect(running).toBeLessThanOrEqual(busy + elsewhere.length);
            expect(world.readRunners(resourceClass).size).toBeLessThanOrEqual(ids.length);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('whatever capacity is written, no task of a protected machine in service is killed by it', () => {
    const writes = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(scenes, writes, ({ every, ...scene }, desired) => {
        const world = createWorld({
          ...scene,
          startAt: 0,
          fleets: scene.fleets.map((each) => ({ ...each, min: 0, max: 6, protects: true })),
          // They keep their protection, and none has a task before it is in service.
          parameters: {
            ...scene.parameters,
            tellFailure: 1,
            proceed: { min: 0, max: 0 },
            firstClaim: { min: 1, max: 3 },
            maxZeroWindows: [],
          },
        });
        for (const [turn, next] of desired.entries()) {
          world.advanceTo(turn * every * SECOND);
          for (const { group } of world.groups()) world.setDesiredCapacity(group, next);
        }
        world.advanceTo(2 * 86_400 * SECOND);
        for (const { totals: sums } of world.record()) expect(sums.killedByLowering).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('the same scene is the same to the byte', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        expect(JSON.stringify(play(scene).record())).toBe(JSON.stringify(play(scene).record()));
      }),
      { numRuns: 20 },
    );
  });

  test('the record keeps to its limit of samples, and its sums do not change with it', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const whole = play(scene).record();
        for (const [place, record] of play({ ...scene, sampleLimit: 8 })
          .record()
          .entries()) {
          expect(record.samples.length).toBeLessThanOrEqual(8);
          expect({ ...record, samples: [] }).toEqual({ ...whole[place], samples: [] });
        }
      }),
      { numRuns: 20 },
    );
  });

  test('it does not matter in how many steps time advances', () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 1, max: 59 }), (scene, step) => {
        const looked = { ...scene, every: 60 };
        const stepped = createWorld({ ...scene, startAt: 0 });
        for (let now = 0; now < 4 * 3600; now += 60) {
          drive(stepped, { every: 60, until: now });
          for (let between = now + step; between < now + 60; between += step) {
            stepped.advanceTo(between * SECOND);
          }
          stepped.advanceTo((now + 60) * SECOND);
        }
        const whole = drive(createWorld({ ...looked, startAt: 0 }), { until: 4 * 3600 - 60 });
        whole.advanceTo(stepped.now());
        expect(stepped.record()).toEqual(whole.record());
      }),
      { numRuns: 20 },
    );
  });
});

describe('two rules on the same seed', () => {
  const scene = {
    seed: 11,
    startAt: 0,
    fleets: [fleet({ max: 50 })],
    tasks: Array.from({ length: 30 }, (_, index) => ({
      id: `task-${index}`,
      resourceClass: CLASS,
      pipeline: 'build',
      releaseAt: index * 400 * SECOND,
      durationMs: 100 * SECOND,
      after: [],
    })),
  };

  test('see the same boots: with one machine per task, waits differ only by when it was asked for', () => {
    const waits = (every: number) =>
      totals(drive(createWorld(scene), { every, until: 86_400 })).waits;
    const often = waits(10);
    const rarely = waits(50);
    // Releases are every 400 s, so both rules see each task at once or 0 to 40 s apart; the boots cancel.
    const differences = often.map((wait, place) => (rarely[place] ?? 0) - wait);
    expect(new Set(often.map(Math.round)).size).toBeGreaterThan(10);
    expect(differences.every((difference) => Math.abs(difference % 10) < 1e-6)).toBe(true);
  });

  test('see other boots with another seed', () => {
    const waits = (seed: number) =>
      totals(drive(createWorld({ ...scene, seed }), { every: 10 })).waits;
    expect(waits(11)).not.toEqual(waits(12));
  });
});
