import { describe, expect, test } from '@jest/globals';
import { run } from '../../../simulator/drive/run.ts';
import { exactly } from '../world/tiny-world.ts';
import { START, task, smallRun, type SmallRunOptions } from './small-run.ts';

describe('a run', () => {
  test('goes on until the last task is served and its machine is gone', async () => {
    const { world, scalerIn, failures } = small();
    const outcome = await run({ world, scalerIn });
    expect(outcome).toMatchObject({ interrupted: false, failed: 0 });
    expect(failures).toEqual([]);
    expect(world.record()[0]?.totals).toMatchObject({ tasksServed: 2, launches: 2 });
    expect(world.groups()[0]).toMatchObject({ desired: 0, instances: [] });
  });

  test('makes a pass every few seconds once it has had work', async () => {
    const { world, scalerIn, decisions } = small({ parameters: { schedulePhase: exactly(0) } });
    await run({ world, scalerIn, endAt: START + 180_000 });
    const seconds = decisions.map((line) => (JSON.parse(line) as { second: number }).second);
    // A batch is gathered for a second; the calls of this world take no time, but for what they gather.
    expect(seconds.slice(0, 4).map(Math.floor)).toEqual([0, 11, 21, 32]);
    expect(seconds).toContain(120);
  });

  test('does not replay passes at a world in which nothing happens, and counts them all the same', async () => {
    const late = { tasks: [task('a', 7 * 24 * 3600)] };
    const { world, scalerIn, decisions } = small(late);
    const outcome = await run({ world, scalerIn });
    const week = 7 * 24 * 60;
    expect(outcome.notReplayed).toBeGreaterThan(week - 10);
    expect(outcome.invocations).toBeGreaterThan(week);
    expect(decisions.length).toBeLessThan(100);
    expect(outcome.calls.demandReads).toBeGreaterThan(2 * week);
    expect(world.record()[0]?.totals.tasksServed).toBe(1);
  });

  test('gives the same record whether quiet passes are replayed or not', async () => {
    const tasks = [task('a', 0), task('b', 5_000), task('c', 5_030)];
    const skipping = small({ tasks });
    const skipped = await run(skipping);
    expect(skipped.notReplayed).toBeGreaterThan(0);
    const replaying = small({ tasks });
    // A reader of the version that never sees the same twice forbids every skip.
    let version = 0;
    const restless = Object.create(replaying.world, { version: { get: () => (version += 1) } });
    const outcome = await run({ ...replaying, world: restless });
    expect(outcome.notReplayed).toBe(0);
    expect(skipping.world.record()).toEqual(replaying.world.record());
    // Two messages of a moment come in one batch or in two, by chance.
    expect(Math.abs(skipped.calls.demandReads - outcome.calls.demandReads)).toBeLessThanOrEqual(4);
  });

  test('is woken by a machine that shuts down, and then finds what waited for its task', async () => {
    const tasks = [task('build', 0, { durationMs: 70_000 }), task('test', 0, { after: [0] })];
    const [woken, asleep] = [true, false].map((wakeUps) => ({ ...small({ tasks }), wakeUps }));
    if (woken === undefined || asleep === undefined) throw new Error('there are two');
    await run(woken);
    await run(asleep);
    const wait = ({ world }: typeof woken) => world.record()[0]?.waits.at(-1) ?? 0;
    expect(wait(woken)).toBeLessThan(wait(asleep));
  });

  test('stops at the next minute when it is told to', async () => {
    const stop = new AbortController();
    const { world, scalerIn } = small();
    let minutes = 0;
    const outcome = await run({
      world,
      scalerIn,
      signal: stop.signal,
      onMinute: () => {
        minutes += 1;
        if (minutes === 2) stop.abort();
      },
    });
    expect(outcome).toMatchObject({ interrupted: true });
    expect(minutes).toBe(2);
  });

  test('counts an invocation that failed, and goes on', async () => {
    const { world, scalerIn, failures } = small({ parameters: { countFault: 0.5 } });
    const outcome = await run({ world, scalerIn });
    expect(outcome.failed).toBeGreaterThan(0);
    expect(new Set(failures)).toEqual(new Set(['unavailable']));
    expect(world.record()[0]?.totals.tasksServed).toBe(2);
  });
});

function small(change: Partial<SmallRunOptions> = {}) {
  return smallRun({ form: 'direct', tasks: [task('a', 0), task('b', 30)], ...change });
}
