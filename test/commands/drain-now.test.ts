import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TAG } from '../../lambda/scaler/contract.ts';
import { task } from '../simulator/world/tiny-world.ts';
import { type Stage, type StageOptions, START, startStage } from './stage.ts';

let it: Stage;

beforeEach(async () => {
  it = await startStage();
});

afterEach(async () => {
  await it.close();
});

/** So many machines with a job of an hour each. */
async function working(count: number, options: StageOptions = {}): Promise<void> {
  await it.close();
  const tasks = Array.from({ length: count }, () =>
    task({ releaseAt: START, durationMs: 3_600_000 }),
  );
  it = await startStage({ tasks, ...options });
  await it.pass();
  await it.go(130);
}

const present = () => it.group()?.instances.map(({ lifecycle }) => lifecycle);

describe('machines that are ended now', () => {
  test('are told with the jobs that go with them, before and after; then a group can be deleted', async () => {
    await working(2);
    const { said, error } = await it.run('--class acme/linux --end-now', { answer: 'acme/linux' });
    expect(error).toBeUndefined();
    expect(said).toContain(
      'these machines will be ended; at most 2 jobs will be lost; type acme/linux to do it: ',
    );
    expect(said).toContain(
      '2 machines ended; at most 2 jobs lost: the CI system shows them as failed',
    );
    expect(await it.cloudFormationDeletes('g0')).toBe('DELETE_COMPLETE');
    expect(it.totals()).toMatchObject({ launches: 2, tasksServed: 0 });
  });

  test.each(['y', '', 'acme/arm'])('are left alone when the answer is %j', async (answer) => {
    await working(1);
    it.calls.length = 0;
    const { error } = await it.run('--class acme/linux --end-now', { answer });
    expect(error?.message).toBe('the answer was not acme/linux; nothing was changed');
    expect(new Set(it.calls)).toEqual(new Set(['DescribeAutoScalingGroups']));
  });

  test('are left alone when the question is interrupted', async () => {
    await working(1);
    it.calls.length = 0;
    const { error } = await it.run('--class acme/linux --end-now', { interruptQuestion: true });
    expect(error).toMatchObject({
      name: 'DrainInterrupted',
      message: 'interrupted: nothing was changed',
    });
    expect(new Set(it.calls)).toEqual(new Set(['DescribeAutoScalingGroups']));
  });

  test('of several classes are agreed to with the name of the scaler, and without a word by --yes', async () => {
    await working(1);
    const wrong = await it.run('--all --end-now', { answer: 'acme/linux' });
    expect(wrong.error?.message).toBe('the answer was not ci; nothing was changed');
    expect((await it.run('--all --end-now --yes')).said).toContain('1 machine ended');
  });

  test('are none where the fleet is empty, and nobody is asked', async () => {
    const { said, error } = await it.run('--class acme/linux --end-now');
    expect(error).toBeUndefined();
    expect(said).toContain('0 machines ended');
  });

  test('carry no job while they boot, and may carry one in Pending:Proceed', async () => {
    await working(2, { parameters: { proceed: { min: 150, max: 150 } } });
    expect(present()).toEqual(['Pending:Proceed', 'Pending:Proceed']);
    it.world.setDesiredCapacity('g0', 3);
    await it.go(10);
    const { said } = await it.run('--class acme/linux --end-now --yes');
    expect(said).toContain('3 machines ended; at most 2 jobs lost');
    expect(it.group()?.instances).toEqual([]);
  });

  test('are ended in a group at its minimum, and do not come back', async () => {
    await working(2, { min: 2 });
    const { said, error } = await it.run('--class acme/linux --end-now --yes');
    expect(error).toBeUndefined();
    expect(said).toContain('2 machines ended');
    await it.go(600);
    expect(it.group()).toMatchObject({ desired: 2, instances: [] });
    expect(it.totals()).toMatchObject({ launches: 2 });
  });

  test('are ended too where they come while it is at work', async () => {
    await working(1, { parameters: { launchLag: { min: 20, max: 20 } } });
    it.world.setDesiredCapacity('g0', 3);
    const { said, error } = await it.run('--class acme/linux --end-now --yes');
    expect(error).toBeUndefined();
    expect(said).toContain('3 machines ended');
    expect(it.group()?.instances).toEqual([]);
  });

  test('are told again where AWS was busy with them', async () => {
    await working(2);
    it.refuse('TerminateInstanceInAutoScalingGroup', 'ScalingActivityInProgress', 10);
    it.refuse('TerminateInstanceInAutoScalingGroup', 'Throttling', 1);
    const { said, error } = await it.run('--class acme/linux --end-now --yes');
    expect(error).toBeUndefined();
    expect(said).toContain('2 machines ended; at most 2 jobs lost');
  });

  test('stay where they end by themselves at that moment', async () => {
    await working(1);
    const [id = ''] = it.group()?.instances.map((each) => each.id) ?? [];
    it.before('TerminateInstanceInAutoScalingGroup', () => {
      it.world.terminateInstance(id, true);
      it.world.advanceTo(it.world.now() + 120_000);
    });
    expect((await it.run('--class acme/linux --end-now --yes')).error).toBeUndefined();
  });

  test('are not ended without the permission, which is named', async () => {
    await working(1);
    it.refuse('TerminateInstanceInAutoScalingGroup', 'AccessDenied');
    const { error } = await it.run('--class acme/linux --end-now --yes');
    expect(error?.message).toMatch(
      / may not do autoscaling:TerminateInstanceInAutoScalingGroup: the permission is missing \(AWS says: the words of AWS\); /,
    );
    expect(present()).toEqual(['InService']);
  });

  test('are given up after a quarter of an hour, by name', async () => {
    await working(1, { parameters: { shutdown: { min: 3000, max: 3000 } } });
    const { error } = await it.run('--class acme/linux --end-now --yes');
    expect(error?.message).toMatch(/^i-[0-9a-f]{17} did not end within 15 min; repeat the command/);
  });

  test('and are ended no further when it is interrupted, which says how many were', async () => {
    await working(3, { parameters: { shutdown: { min: 600, max: 600 } } });
    const { error } = await it.run('--class acme/linux --end-now --yes', { interruptAfter: 10 });
    expect(error?.message).toMatch(
      /^interrupted: 3 machines told to end; what is held stays held \(acme\/linux\)\n/,
    );
  });
});

describe('what cannot be drained', () => {
  test.each([
    ['acme/linx', 'the resource class acme/linx is unknown; did you mean acme/linux?'],
    [
      'other/thing',
      'the resource class other/thing is unknown; groups there serve: acme/linux, acme/arm',
    ],
    [
      'acme/planned',
      'the resource class acme/planned is in the config, but has no group in the test: it is not deployed ' +
        'there; groups there serve: acme/linux, acme/arm',
    ],
  ])('the class %s is told, and nothing is changed', async (name, message) => {
    const { error } = await it.run(`--class acme/linux ${name}`);
    expect(error?.message).toBe(message);
    expect(new Set(it.calls)).toEqual(new Set(['DescribeAutoScalingGroups']));
  });

  test('no group at all says where it looked, and how to look elsewhere', async () => {
    const { error } = await it.run('--all', { scaler: 'other' });
    expect(error?.message).toBe(
      'no group has the tag runner-scaler:name = other in the test; if the stack is elsewhere, choose ' +
        'with --region, AWS_REGION or AWS_PROFILE, or another --config',
    );
  });

  test.each([
    ['CreateOrUpdateTags', undefined],
    ['SuspendProcesses', 'drain'],
  ])(
    'one group for want of the right to %s is told, and the others are held',
    async (action, hold) => {
      it.refuse(action, 'AccessDenied');
      const { said, error } = await it.run('--all');
      expect(said).toContain(
        `acme/linux: not held: these credentials may not do autoscaling:${action}: the permission is missing`,
      );
      expect(error?.message).toBe(
        '1 of 2 groups could not be held; the others are; the command may be repeated',
      );
      expect(it.group('g0')?.tags[TAG.hold]).toBe(hold);
      expect(it.group('g1')).toMatchObject({ suspended: expect.arrayContaining(['Launch']) });
    },
  );

  test('a group whose Launch was suspended before is told, since undoing resumes it', async () => {
    it.world.suspendProcesses('g0', ['Launch']);
    const { said } = await it.run('--class acme/linux');
    expect(said).toContain(
      'acme/linux: Launch was suspended before (User suspended at 2026-03-02T09:00:00Z); --undo resumes it',
    );
  });

  test('a class that the config does not know any more is drained by its group', async () => {
    it.world.setTag('g0', TAG.resourceClass, 'acme/former');
    await it.run('--class acme/former');
    expect(it.group()?.tags[TAG.hold]).toBe('drain');
  });
});
