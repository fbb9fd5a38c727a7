import { describe, expect, test } from '@jest/globals';
import { GATHER_MS } from '../../../lambda/scaler/fleet/gathered.ts';
import { RULES } from '../../../simulator/experiment/rules/all.ts';
import { ours } from '../../../simulator/experiment/rules/ours.ts';
import { SECOND, exactly, task } from '../world/tiny-world.ts';
import { desiredOf, play, waitsOf } from './stage.ts';

/** Lambda gathers a batch of events for so many seconds. */
const BATCH = 1;

/** From a launch to the claim, in a world in which every lag is sure: 1 + 5 + 50 + 2 seconds. */
const LAUNCH = 58;

/** Our rule waits so many seconds for others before it describes the groups again. */
const GATHER = GATHER_MS / SECOND;

describe('the oracle', () => {
  test('launches a machine at the instant of arrival and has no launch lag', async () => {
    const run = await play('oracle', { tasks: [task({ releaseAt: 90 * SECOND })] });
    expect(waitsOf(run)).toEqual([LAUNCH - 1]);
    expect(desiredOf(run).slice(0, 2)).toEqual([
      [0, 0],
      [90, 1],
    ]);
  });

  test('does not look ahead, and does not count a machine that finishes as one that serves', async () => {
    const first = task();
    const run = await play('oracle', { tasks: [first, task({ after: [0] })] });
    // The second is released at 157 s, while the first one's machine is still there until 161 s.
    expect(desiredOf(run)).toEqual([
      [0, 1],
      [157, 2],
      [161, 1],
      [318, 0],
    ]);
  });

  test('keeps to the maximum', async () => {
    const run = await play('oracle', { tasks: [task(), task(), task()], fleet: { max: 2 } });
    expect(Math.max(...desiredOf(run).map(([, desired]) => desired))).toBe(2);
    expect(run.finished).toBe(true);
  });
});

describe('the oracle among faults', () => {
  test('writes without any: no scaler could do better', async () => {
    const parameters = { writeThrottle: 1, writeFault: 1 };
    const run = await play('oracle', { tasks: [task({ releaseAt: 90 * SECOND })], parameters });
    expect(waitsOf(run)).toEqual([LAUNCH - 1]);
  });

  test('asks once for a machine that the group cannot launch for want of capacity', async () => {
    const parameters = { noCapacityWindows: [{ from: 0, to: 300 }] };
    const tasks = [90, 120].map((second) => task({ releaseAt: second * SECOND }));
    const run = await play('oracle', { tasks, parameters });
    expect(Math.max(...desiredOf(run).map(([, desired]) => desired))).toBe(2);
    expect(run.classes[0]?.totals.launches).toBe(2);
  });

  test('keeps to a maximum that an operator has lowered', async () => {
    const parameters = { maxZeroWindows: [{ from: 60, to: 300 }] };
    const run = await play('oracle', { tasks: [task({ releaseAt: 90 * SECOND })], parameters });
    expect(run.classes[0]?.totals.launches).toBe(1);
    expect(waitsOf(run)[0]).toBe(300 - 90 + LAUNCH - 1);
  });

  test('launches nothing for tasks that no machine of its fleet could have', async () => {
    const tasks = [
      task({ unclaimable: true, cancelAfterMs: 900 * SECOND }),
      task({ foreign: true }),
      task(),
    ];
    const run = await play('oracle', { tasks });
    expect(run.classes[0]?.totals.launches).toBe(1);
  });
});

describe('the lagged oracle', () => {
  test('launches a machine at the instant of arrival, and the group takes its time', async () => {
    const run = await play('lagged-oracle', { tasks: [task({ releaseAt: 90 * SECOND })] });
    expect(waitsOf(run)).toEqual([LAUNCH]);
    expect(desiredOf(run).slice(0, 2)).toEqual([
      [0, 0],
      [90, 1],
    ]);
  });

  test('asks once for each task, however long the group takes', async () => {
    const tasks = [90, 95, 110].map((second) => task({ releaseAt: second * SECOND }));
    const parameters = { launchLag: exactly(40) };
    const run = await play('lagged-oracle', { tasks, parameters });
    expect(desiredOf(run).slice(0, 4)).toEqual([
      [0, 0],
      [90, 1],
      [95, 2],
      [110, 3],
    ]);
    expect(run.classes[0]?.totals.launches).toBe(3);
    expect(waitsOf(run)).toEqual([LAUNCH + 39, LAUNCH + 39, LAUNCH + 39]);
  });

  test('writes without the faults that others meet', async () => {
    const parameters = { writeThrottle: 1, writeFault: 1 };
    const tasks = [task({ releaseAt: 90 * SECOND })];
    const run = await play('lagged-oracle', { tasks, parameters });
    expect(waitsOf(run)).toEqual([LAUNCH]);
  });
});

describe("the tutorial's rule", () => {
  test('asks once a minute for what waits and runs, and writes every time', async () => {
    const run = await play('tutorial', { tasks: [task({ releaseAt: 30 * SECOND })] });
    expect(waitsOf(run)).toEqual([30 + LAUNCH]);
    const { capacityWrites } = run.usage.calls;
    expect(capacityWrites).toBe(run.usage.passes);
    expect(run.usage.invocations).toBe(run.usage.passes);
  });

  test('undoes what an operator has set, with the bounds that it writes', async () => {
    const parameters = { maxZeroWindows: [{ from: 30, to: 3000 }] };
    const run = await play('tutorial', { tasks: [task({ releaseAt: 90 * SECOND })], parameters });
    expect(waitsOf(run)).toEqual([120 - 90 + LAUNCH]);
  });

  test('passes at every tenth second in its quicker form', async () => {
    const run = await play('tutorial-10s', { tasks: [task({ releaseAt: 31 * SECOND })] });
    expect(waitsOf(run)).toEqual([9 + LAUNCH]);
  });

  test('lets a dead machine mask a task that waits, until the group notices', async () => {
    // Machine 1 powers off at 162 s and is noticed at 232 s, when the group launches for task 2.
    const tasks = [task(), task({ releaseAt: 159 * SECOND })];
    const run = await play('tutorial-10s', { tasks });
    expect(waitsOf(run)[1]).toBe(232 - 159 + LAUNCH);
    const decrementing = await play('decrement-10s', { tasks });
    expect(waitsOf(decrementing)[1]).toBeLessThan(80);
  });

  test('replaces a machine that ended before the desired capacity fell', async () => {
    const run = await play('tutorial', {
      tasks: [task({ durationMs: 53 * SECOND })],
      parameters: { noticeLag: { min: 1, max: 1 } },
    });
    // Claimed at 58 s, powered off at 115 s and noticed at 116 s; the newcomer is Pending from 117 to 122 s,
    // and the pass at 120 s cancels it. Without a launch hook it would be in service after that.
    expect(run.classes[0]?.totals).toMatchObject({ launches: 2, pendingCancels: 1 });
  });
});

describe("Vela's rule", () => {
  test('adds what waits to the desired capacity, then waits until all have registered', async () => {
    const late = task({ releaseAt: 20 * SECOND });
    const run = await play('vela', { tasks: [task(), late] });
    // Checks at 0, 0.5, 1.25, … 37.4 and 56.7 s: only then is the first machine in service.
    const raises = desiredOf(run).filter(([, desired], index, steps) => {
      return desired > (steps[index - 1]?.[1] ?? 0);
    });
    expect(raises.map(([, desired]) => desired)).toEqual([1, 2]);
    expect(raises[1]?.[0]).toBeGreaterThan(56);
  });

  test('counts a machine as there once its agent is in the list of runners', async () => {
    // In service since 6 s, its machine has an agent from 56 s on; the task of 20 s waits until then.
    const run = await play('vela', { tasks: [task(), task({ releaseAt: 20 * SECOND })] });
    const second = desiredOf(run).find(([, desired]) => desired === 2);
    expect(second?.[0]).toBeGreaterThan(56);
  });

  test('adds what still waits once more when a machine never comes up', async () => {
    const run = await play('vela', {
      tasks: [task()],
      parameters: { bootHangWindows: [{ from: 0, to: 60 }] },
    });
    // It gives up after less than 900 s and adds the one task again.
    expect(desiredOf(run)[1]?.[1]).toBe(2);
    expect(desiredOf(run)[1]?.[0]).toBeLessThanOrEqual(905);
    expect(desiredOf(run)[1]?.[0]).toBeGreaterThan(800);
  });
});

describe("Buildkite's rule", () => {
  test('passes at 0 to 40 s of every minute and only raises', async () => {
    const run = await play('buildkite', { tasks: [task({ releaseAt: 41 * SECOND })] });
    expect(waitsOf(run)).toEqual([19 + LAUNCH]);
    // The world ends with the last machine, in the middle of an invocation.
    expect(Math.ceil(run.usage.passes / 5)).toBe(run.usage.invocations);
    expect(run.usage.calls.capacityWrites).toBe(1);
  });

  test('waits for its interval after the end of a pass, however long it took', async () => {
    const parameters = { callTime: exactly(1) };
    const tasks = [task({ releaseAt: 9 * SECOND }), task({ releaseAt: 3000 * SECOND })];
    const run = await play('buildkite', { tasks, parameters });
    // The first pass reads at 1 s and describes at 2 s; the second one reads at 13 s and writes at 15 s.
    expect(waitsOf(run)[0]).toBe(15 - 9 + LAUNCH);
  });

  test('sees old counts where they are old', async () => {
    const tasks = [task({ releaseAt: 5 * SECOND })];
    const run = await play('buildkite', { tasks, parameters: { countLag: 10 } });
    // At 10 s it is answered as of 0 s, at 20 s as of 10 s.
    expect(waitsOf(run)).toEqual([20 - 5 + LAUNCH]);
  });

  test('passes in the minute in which something happens after a quiet spell', async () => {
    const late = 7200 + 15;
    const tasks = [task({ releaseAt: late * SECOND })];
    expect(waitsOf(await play('buildkite', { tasks }))).toEqual([5 + LAUNCH]);
  });

  test('raises again at the next pass without a cooldown', async () => {
    const tasks = [task(), task({ releaseAt: 15 * SECOND })];
    expect(waitsOf(await play('buildkite', { tasks }))).toEqual([LAUNCH, 5 + LAUNCH]);
  });

  test('waits for 300 s after a raise as shipped, and gives the task to a machine that is there', async () => {
    const tasks = [task({ durationMs: 1000 * SECOND }), task({ releaseAt: 15 * SECOND })];
    const run = await play('buildkite-reuse', { tasks });
    expect(waitsOf(run)).toEqual([LAUNCH, 300 - 15 + LAUNCH]);
    const again = await play('buildkite-reuse', {
      tasks: [task(), task({ releaseAt: 400 * SECOND })],
    });
    expect(again.classes[0]?.totals).toMatchObject({ launches: 1, tasksServed: 2 });
  });
});

describe('our rule', () => {
  test('makes a pass once a minute when told to, and every few seconds while a class is in use', async () => {
    const tasks = [task({ releaseAt: SECOND }), task({ releaseAt: 63 * SECOND })];
    const slow = await play('ours-60s', { tasks });
    expect(waitsOf(slow).map(Math.floor)).toEqual([59 + LAUNCH, 57 + LAUNCH]);
    const quick = await play('ours-5s', { tasks });
    expect(waitsOf(quick).map(Math.floor)).toEqual([4 + BATCH + LAUNCH, 2 + BATCH + LAUNCH]);
    const firstDay = await play('ours-5s', { tasks, parameters: { lastUse: 365 } });
    expect(waitsOf(firstDay).map(Math.floor)).toEqual([59 + LAUNCH, 2 + BATCH + LAUNCH]);
  });

  test('passes soon after a machine said that its task ended, or began to shut down', async () => {
    // The first machine stops at 163 s: 58 + 100 + 4 + 1; its successor waits since 158 s.
    const tasks = [task(), task({ after: [0] })];
    const said = await play('ours-60s-events', { tasks });
    expect(waitsOf(said)[1]).toBeCloseTo(159 + 1.5 + BATCH - 158 + GATHER + LAUNCH);
    const down = await play(ours({ everySeconds: 60, events: ['instance-shutting-down'] }), {
      tasks,
    });
    expect(waitsOf(down)[1]).toBeCloseTo(163 + 1.5 + BATCH - 158 + GATHER + LAUNCH);
  });

  test('counts a task that is claimed between two reads once', async () => {
    // Written at 5 s, in service at 60 s and claimed at 62.5 s, between the reads of the pass at 60 s.
    const parameters = { callTime: exactly(1), boot: exactly(49), firstClaim: exactly(2.5) };
    const once = await play('ours-5s', { tasks: [task()], parameters });
    expect(Math.max(...desiredOf(once).map(([, desired]) => desired))).toBe(1);
  });

  test('counts the minutes for which a class is held back', async () => {
    const stuck = [1, 2, 3, 4].map(() => task({ unclaimable: true, cancelAfterMs: 7000 * SECOND }));
    const held = await play('ours-60s', { tasks: [...stuck, task({ releaseAt: 9000 * SECOND })] });
    expect(held.usage.heldMs).toBeGreaterThan(3600 * SECOND);
    const free = await play('ours-60s', { tasks: [task()] });
    expect(free.usage.heldMs).toBe(0);
  });

  test('counts the passes that it sends itself, while the class is in use', async () => {
    const run = await play('ours-10s', { tasks: [task()] });
    const { invocations, passesSent, sends, events } = run.usage;
    // A last word is an event and an invocation without a pass.
    expect(events).toBe(1);
    expect(passesSent).toBe(5 * sends);
    // The run ends within its last minute.
    expect(invocations).toBeGreaterThan(5 * sends);
    expect(invocations).toBeLessThanOrEqual(sends + passesSent + events + 1);
  });
});

describe('a fault of CircleCI or AWS', () => {
  test('is tried again by the SDK of every rule that writes, and by our source', async () => {
    const parameters = { writeFault: 0.5, countFault: 0.5 };
    const tasks = Array.from({ length: 40 }, (_, index) =>
      task({ releaseAt: (index * 200 + 7) * SECOND }),
    );
    for (const name of ['buildkite', 'tutorial', 'ours-60s']) {
      const calm = await play(name, { tasks });
      const run = await play(name, { tasks, parameters });
      expect(run.finished).toBe(true);
      expect(run.usage.calls.capacityWrites).toBeGreaterThan(calm.usage.calls.capacityWrites / 2);
    }
    const { calls, passes } = (await play('ours-60s', { tasks, parameters })).usage;
    // Half of the reads fail, and up to three are made of each count.
    expect(calls.demandReads).toBeGreaterThan(2.3 * passes);
  });
});

describe('every rule', () => {
  test.each(RULES.map(({ name }) => name))('%s does the same again', async (name) => {
    const tasks = Array.from({ length: 12 }, (_, index) =>
      task({ releaseAt: index * 20 * SECOND, ...(index > 6 && { after: [index - 5] }) }),
    );
    const parameters = { boot: { median: 50, sigma: 0.3 }, noticeLag: { min: 20, max: 100 } };
    const one = await play(name, { tasks, parameters });
    expect(one.finished).toBe(true);
    expect(await play(name, { tasks, parameters })).toEqual(one);
  });

  test.each(RULES.map(({ name }) => name))(
    '%s does the same whether its quiet turns are replayed or not',
    async (name) => {
      const tasks = [0, 700, 7_215, 7_230, 20_033].map((second) =>
        task({ releaseAt: second * SECOND }),
      );
      const parameters = { countLag: 7, callTime: exactly(0.3), schedulePhase: exactly(11) };
      const skipping = await play(name, { tasks, parameters });
      const replaying = await play(name, { tasks, parameters, restless: true });
      expect(replaying.classes).toEqual(skipping.classes);
      const { logBytes, invocations, ...usage } = skipping.usage;
      expect(replaying.usage).toMatchObject(usage);
      // Two messages of a moment come in one batch or in two, by chance.
      expect(Math.abs(replaying.usage.invocations - invocations)).toBeLessThanOrEqual(2);
      // What has changed since the pass before depends on when that was.
      expect(Math.abs(replaying.usage.logBytes - logBytes)).toBeLessThanOrEqual(logBytes / 5);
    },
  );

  test('has a name of its own and says where it is from', () => {
    expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
    for (const { about, source } of RULES) {
      expect(about).not.toBe('');
      expect(source.what).not.toBe('');
    }
  });
});
