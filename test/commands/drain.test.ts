import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TAG } from '../../lambda/scaler/contract.ts';
import type { TaskSpec } from '../../simulator/world/task.ts';
import { task as anyTask } from '../simulator/world/tiny-world.ts';
import { LINUX, type Stage, type StageOptions, START, startStage } from './stage.ts';

const MINUTE_MS = 60_000;

let it: Stage;

beforeEach(async () => {
  it = await startStage();
});

afterEach(async () => {
  await it.close();
});

async function stageOf(options: StageOptions): Promise<void> {
  await it.close();
  it = await startStage(options);
}

function tasks(count: number, differences: Partial<TaskSpec> = {}): readonly TaskSpec[] {
  return Array.from({ length: count }, () =>
    anyTask({ releaseAt: START, durationMs: 20 * MINUTE_MS, ...differences }),
  );
}

/** So many machines with a job of twenty minutes each, since a minute or so. */
async function working(count: number, options: StageOptions = {}): Promise<void> {
  await stageOf({ tasks: tasks(count), ...options });
  await it.pass();
  await it.go(130);
  expect(it.group()?.instances.map(({ lifecycle }) => lifecycle)).toEqual(
    Array.from({ length: count }, () => 'InService'),
  );
}

describe('a drain', () => {
  test('stops launches, says what still runs and for how long at most, and leaves the rest to itself', async () => {
    await working(2);
    const { said, error } = await it.run('--class acme/linux');
    expect(error).toBeUndefined();
    expect(said).toContain(
      'acme/linux: nothing is launched any more; 2 machines: 2 in service; each takes one job at most and ' +
        'ends by itself, the last within 5 h 5 min and a few minutes to shut down',
    );
    expect(said).toContain('npm run drain -- --class acme/linux --wait');
    expect(it.group()?.tags[TAG.hold]).toBe('drain');
    await it.go(30 * 60);
    expect(it.group()?.instances).toEqual([]);
    expect(it.totals()).toMatchObject({ launches: 2, tasksServed: 2, tasksKilled: 0 });
  });

  test('that waits comes back when no machine is left; then CloudFormation deletes the group', async () => {
    await working(3);
    const { said, error } = await it.run('--class acme/linux --wait');
    expect(error).toBeUndefined();
    expect(said).toMatch(/UTC acme\/linux: 3 machines: 3 ending\n/);
    expect(said).toMatch(
      /no machine is left and none is launched: npx cdk deploy and npx cdk destroy go/,
    );
    expect(await it.cloudFormationDeletes('g0')).toBe('DELETE_COMPLETE');
    expect(it.totals()).toMatchObject({ tasksServed: 3, tasksKilled: 0 });
  });

  test('leaves the jobs that are queued meanwhile in the queue, but for those that idle machines take', async () => {
    const later = tasks(5, { releaseAt: START + 5 * MINUTE_MS });
    await working(1, { tasks: [...tasks(1), ...later] });
    await it.run('--class acme/linux --wait');
    expect(it.totals()).toMatchObject({ launches: 1, tasksServed: 1 });
    expect(it.world.readUnclaimed(LINUX)).toBe(5);
  });

  test('keeps what boots: it takes its job and is waited for', async () => {
    await stageOf({ tasks: tasks(2) });
    await it.pass();
    await it.go(20);
    const { said } = await it.run('--class acme/linux --wait');
    expect(said).toContain('2 machines: 2 booting; each');
    expect(said).toContain('the last within 5 h 15 min');
    expect(it.totals()).toMatchObject({ launches: 2, tasksServed: 2, pendingCancels: 0 });
  });

  test('waits for machines that were under way when it began', async () => {
    await stageOf({ tasks: tasks(2), parameters: { launchLag: { min: 40, max: 40 } } });
    await it.pass();
    const { error } = await it.run('--class acme/linux --wait');
    expect(error).toBeUndefined();
    expect(it.group()?.instances).toEqual([]);
    expect(it.totals()).toMatchObject({ launches: 2, tasksServed: 2, tasksKilled: 0 });
  });

  test('holds against a pass of the scaler that decided before it and writes after it', async () => {
    await working(1, { tasks: [...tasks(1), ...tasks(6, { releaseAt: START + 3 * MINUTE_MS })] });
    await it.run('--class acme/linux');
    it.world.setDesiredCapacity('g0', 7);
    await it.go(10 * 60);
    expect(it.totals()).toMatchObject({ launches: 1 });
    expect(it.totals().pendingCancels).toBe(0);
  });

  test('holds where the scaler cannot read the demand, or is gone', async () => {
    await working(2, { parameters: { finish: 'stop' } });
    await it.run('--class acme/linux');
    it.scaling(false);
    await it.go(60 * 60);
    expect(it.group()).toMatchObject({ instances: [] });
    expect(it.totals()).toMatchObject({ launches: 2 });
  });

  test('empties a group with a minimum, whose machines are refused their decrement', async () => {
    await stageOf({ min: 2, tasks: tasks(1) });
    await it.go(130);
    expect(it.group()?.instances).toHaveLength(2);
    const { error } = await it.run('--class acme/linux --wait');
    expect(error).toBeUndefined();
    expect(it.group()).toMatchObject({ min: 2, desired: 2, instances: [] });
    expect(it.totals()).toMatchObject({ launches: 2, tasksServed: 1 });
  });

  test('of one class leaves the others alone', async () => {
    await stageOf({ tasks: tasks(1, { resourceClass: 'acme/arm' }) });
    await it.run('--class acme/linux');
    await it.go(130);
    expect(it.group('g1')?.instances).toHaveLength(1);
    expect(it.group('g1')?.tags[TAG.hold]).toBeUndefined();
  });

  test('of all classes holds them all', async () => {
    const { said, error } = await it.run('--all');
    expect(error).toBeUndefined();
    expect(said).toMatch(/no machine is left and none is launched/);
    expect(it.world.groups().map(({ tags }) => tags[TAG.hold])).toEqual(['drain', 'drain']);
  });

  test('is told in the line of its class, without a warning', async () => {
    await it.run('--class acme/linux');
    await it.pass();
    const held = it.outcomes.filter(({ fleet }) => fleet.hold === 'drain');
    expect(held.map(({ fleet }) => fleet.resourceClass)).toEqual([LINUX]);
  });
});

describe('a drain that waits', () => {
  test.each(['Throttling', 'ServiceUnavailable'])(
    'goes on when AWS answers a call with %s, and says so',
    async (code) => {
      await working(1);
      it.scaling(false);
      it.after(60, () => it.refuse('DescribeAutoScalingGroups', code, 3));
      const { said, error } = await it.run('--class acme/linux --wait');
      expect(error).toBeUndefined();
      const lines = said.split('\n').filter((line) => line.endsWith('; tried again'));
      expect(lines).toEqual(
        Array.from({ length: 3 }, () =>
          expect.stringMatching(`^autoscaling:DescribeAutoScalingGroups was refused .${code}.:`),
        ),
      );
      expect(it.group()?.instances).toEqual([]);
    },
  );

  test('ends when it may no longer look', async () => {
    await working(1);
    it.scaling(false);
    it.after(60, () => it.refuse('DescribeAutoScalingGroups', 'ExpiredToken'));
    const { error } = await it.run('--class acme/linux --wait');
    expect(error?.message).toMatch(
      /^the AWS session has expired \(ExpiredToken: .*\); log in again, and repeat the command; what is held stays held \(acme\/linux\)\ngo on/,
    );
  });

  test('says now and then that it still waits', async () => {
    await working(1, { tasks: tasks(1, { durationMs: 45 * MINUTE_MS }) });
    const { said } = await it.run('--class acme/linux --wait');
    expect(said.match(/UTC acme\/linux: 1 machine: 1 in service/g)).toHaveLength(4);
  });

  test('that is interrupted says how to go on, and leaves the hold', async () => {
    await working(1);
    const { error } = await it.run('--class acme/linux --wait', { interruptAfter: 60 });
    expect(error).toMatchObject({ name: 'DrainInterrupted' });
    expect(error?.message).toMatch(
      /^interrupted: what is held stays held \(acme\/linux\)\ngo on \(ci\):\n/,
    );
    expect(error?.message).toContain('npm run drain -- --class acme/linux --undo');
    expect(it.group()?.tags[TAG.hold]).toBe('drain');
    expect((await it.run('--class acme/linux --wait')).error).toBeUndefined();
    expect(it.totals()).toMatchObject({ tasksServed: 1, tasksKilled: 0 });
  });

  test('ends when somebody else takes the hold back', async () => {
    await working(1);
    it.after(100, async () => it.run('--class acme/linux --undo'));
    const { error } = await it.run('--class acme/linux --wait');
    expect(error?.message).toMatch(
      /^the hold on acme\/linux was taken back meanwhile by somebody else; .* drain it again if it should still be held$/,
    );
  });

  test('does not mind a second one, nor one that ends the machines', async () => {
    await working(2);
    it.after(60, async () => {
      expect((await it.run('--class acme/linux')).error).toBeUndefined();
      expect((await it.run('--all --end-now --yes')).error).toBeUndefined();
    });
    expect((await it.run('--class acme/linux --wait')).error).toBeUndefined();
    expect(it.totals()).toMatchObject({ launches: 2, tasksServed: 0 });
  });
});

describe('taking a drain back', () => {
  test('lets the scaler launch for what waits', async () => {
    await stageOf({ tasks: tasks(3, { releaseAt: START + 5 * MINUTE_MS }) });
    await it.run('--class acme/linux');
    await it.go(10 * 60);
    expect(it.group()?.instances).toEqual([]);
    const { said } = await it.run('--class acme/linux --undo');
    expect(said).toContain('acme/linux: no longer held; the scaler launches again within a minute');
    await it.go(180);
    expect(it.group()).toMatchObject({ desired: 3, instances: { length: 3 } });
    expect(it.group()?.suspended).not.toContain('Launch');
    expect(it.group()?.tags[TAG.hold]).toBeUndefined();
  });

  test('launches nothing that was owed when the drain began and that nobody waits for any more', async () => {
    await stageOf({ parameters: { launchesUnderWay: 'are-dropped' } });
    it.world.setDesiredCapacity('g0', 6);
    await it.run('--class acme/linux');
    await it.go(20 * 60);
    expect(it.group()).toMatchObject({ desired: 6, instances: [] });
    await it.run('--class acme/linux --undo');
    await it.go(60);
    expect(it.totals()).toMatchObject({ launches: 0 });
  });

  test('at once asks for nothing less, because a machine may be under way', async () => {
    await stageOf({ tasks: tasks(2) });
    await it.pass();
    await it.run('--class acme/linux');
    await it.run('--class acme/linux --undo');
    await it.go(180);
    expect(it.totals()).toMatchObject({ launches: 2, pendingCancels: 0 });
    expect(it.world.readRunning(LINUX)).toBe(2);
  });

  test('may be interrupted anywhere, and done again', async () => {
    await it.run('--class acme/linux');
    it.refuse('DeleteTags', 'AccessDenied');
    expect((await it.run('--class acme/linux --undo')).error?.message).toMatch(
      /^these credentials may not do autoscaling:DeleteTags: the permission is missing \(AWS says: the words of AWS\); docs\/commands\.md lists/,
    );
    expect((await it.run('--class acme/linux --undo')).error).toBeUndefined();
    expect((await it.run('--class acme/linux --undo')).said).toContain(
      'acme/linux: it is not held',
    );
  });

  test('of one group that is refused keeps no other from it', async () => {
    await it.run('--all');
    it.refuse('DeleteTags', 'AccessDenied');
    const { said, error } = await it.run('--all --undo');
    expect(said).toMatch(/^acme\/linux: still held: these credentials may not do /m);
    expect(said).toMatch(/^acme\/arm: no longer held; /m);
    expect(error?.message).toMatch(/^the hold on 1 of 2 groups could not be taken back; repeat /);
    expect(it.group('g0')?.tags[TAG.hold]).toBe('drain');
    expect(it.group('g1')?.tags[TAG.hold]).toBeUndefined();
  });

  test('leaves a Launch that somebody else suspended as it is, and says how to resume it', async () => {
    it.world.suspendProcesses('g0', ['Launch']);
    it.world.setTag('g0', TAG.hold, '2026-03-02T18:00:00Z');
    const { said } = await it.run('--class acme/linux --undo');
    expect(said).toMatch(
      /no longer held until 2026-03-02T18:00:00Z; Launch is suspended, not by a drain \(User suspended at 2026-03-02T09:00:00Z\); resume it with: aws autoscaling resume-processes --auto-scaling-group-name g0 /,
    );
    expect(it.group()?.suspended).toContain('Launch');
  });
});
