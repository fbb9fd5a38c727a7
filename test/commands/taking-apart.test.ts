/** What happens to machines and jobs when a fleet is taken apart without a drain, and with a hold. */
import {
  DeleteAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, test } from '@jest/globals';
import { encodeHold, TAG } from '../../lambda/scaler/contract.ts';
import { task } from '../simulator/world/tiny-world.ts';
import { LINUX, type Stage, type StageOptions, START, startStage } from './stage.ts';

const HOUR_MS = 3_600_000;

let it: Stage;

afterEach(async () => {
  await it.close();
});

/** Machines with a job each, in service, or still in Pending:Proceed with their job. */
async function working(count: number, options: StageOptions = {}, hours = 0.5): Promise<void> {
  const tasks = Array.from({ length: count }, () =>
    task({ releaseAt: START, durationMs: hours * HOUR_MS }),
  );
  it = await startStage({ tasks, ...options });
  await it.pass();
  await it.go(130);
  expect(it.world.readRunning(LINUX)).toBe(count);
}

const PROCEEDING = { parameters: { proceed: { min: 600, max: 600 } } };

const states = () => it.group()?.instances.map(({ lifecycle }) => lifecycle);

async function resize(sizes: {
  readonly MinSize?: number;
  readonly MaxSize?: number;
}): Promise<void> {
  await it.client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: 'g0', ...sizes }));
}

describe('a stack that is destroyed, or a class that leaves the config, without a drain', () => {
  test('waits an hour for a job that takes longer, fails, and the machine goes on running', async () => {
    await working(1, {}, 5);
    expect(await it.cloudFormationDeletes('g0')).toBe('DELETE_FAILED: ResourceInUseFault');
    expect(states()).toEqual(['InService']);
    expect(it.group()).toMatchObject({ min: 0, max: 0, desired: 0 });
  });

  test('after that, succeeds once the machine has finished, which a drain tells', async () => {
    await working(1, {}, 3);
    await it.cloudFormationDeletes('g0');
    expect((await it.run('--class acme/linux --wait')).error).toBeUndefined();
    expect(await it.cloudFormationDeletes('g0')).toBe('DELETE_COMPLETE');
    expect(it.totals()).toMatchObject({ tasksServed: 1, tasksKilled: 0 });
  });

  test('or once the machine was ended with its job', async () => {
    await working(1, {}, 5);
    await it.cloudFormationDeletes('g0');
    expect((await it.run('--class acme/linux --end-now --yes')).said).toContain(
      'at most 1 job lost',
    );
    expect(await it.cloudFormationDeletes('g0')).toBe('DELETE_COMPLETE');
  });

  test('kills the jobs of machines in Pending:Proceed, at once', async () => {
    await working(2, PROCEEDING);
    expect(states()).toEqual(['Pending:Proceed', 'Pending:Proceed']);
    expect(await it.cloudFormationDeletes('g0')).toBe('DELETE_COMPLETE');
    expect(it.totals()).toMatchObject({ tasksServed: 0, killedByLowering: 2 });
  });

  test('goes through where no machine runs', async () => {
    it = await startStage();
    expect(await it.cloudFormationDeletes('g0')).toBe('DELETE_COMPLETE');
    expect(it.group()).toBeUndefined();
    await it.go(60);
    expect(it.outcomes.filter(({ failure }) => failure !== undefined)).toEqual([]);
  });
});

describe('a maximum that is lowered below what runs', () => {
  test('spares machines in service, and kills the jobs of those in Pending:Proceed', async () => {
    await working(2, PROCEEDING);
    await resize({ MaxSize: 0 });
    await it.go(120);
    expect(it.totals()).toMatchObject({ tasksServed: 0, killedByLowering: 2 });
  });

  test('kills none behind a hold that is as old as a boot', async () => {
    await working(2, PROCEEDING);
    const hold = { kind: 'until', at: it.world.now() + HOUR_MS } as const;
    it.world.setTag('g0', TAG.hold, encodeHold(hold));
    await it.go(15 * 60);
    expect(states()).toEqual(['InService', 'InService']);
    await resize({ MaxSize: 0 });
    await it.go(HOUR_MS / 1000);
    expect(it.totals()).toMatchObject({ tasksServed: 2, tasksKilled: 0, killedByLowering: 0 });
  });
});

describe('a hold by the tag alone', () => {
  test('launches nothing, ends nothing, also in Pending:Proceed, and is over at its time', async () => {
    const tasks = [
      ...Array.from({ length: 2 }, () => task({ releaseAt: START, durationMs: HOUR_MS / 2 })),
      ...Array.from({ length: 4 }, () =>
        task({ releaseAt: START + 200_000, durationMs: HOUR_MS / 2 }),
      ),
    ];
    it = await startStage({ tasks, ...PROCEEDING });
    await it.pass();
    await it.go(130);
    it.world.setTag('g0', TAG.hold, encodeHold({ kind: 'until', at: START + HOUR_MS }));
    await it.go(HOUR_MS / 1000 - 200);
    expect(it.totals()).toMatchObject({ launches: 2, tasksServed: 2, pendingCancels: 0 });
    await it.go(600);
    expect(it.totals()).toMatchObject({ launches: 6 });
    expect(it.group()?.instances).toHaveLength(4);
  });

  test('does not keep a group from its minimum, which is the group’s own', async () => {
    it = await startStage({ min: 1 });
    it.world.setTag('g0', TAG.hold, 'drain');
    await it.go(900);
    expect(it.totals().launches).toBeGreaterThan(1);
  });
});

describe('a minimum that is set to 0', () => {
  test('lets machines idle out and not come back', async () => {
    it = await startStage({ min: 2 });
    await it.go(130);
    await resize({ MinSize: 0 });
    await it.go(900);
    expect(it.group()).toMatchObject({ desired: 0, instances: [] });
    expect(it.totals()).toMatchObject({ launches: 2 });
  });
});

describe('a scaler that is removed while its groups stay', () => {
  test('leaves machines that finish and take their place in the capacity with them', async () => {
    await working(3);
    it.scaling(false);
    await it.go(HOUR_MS / 1000);
    expect(it.group()).toMatchObject({ desired: 0, instances: [] });
    expect(it.totals()).toMatchObject({ launches: 3, tasksServed: 3 });
  });

  test('leaves a group that replaces what died without a word, until it idles out', async () => {
    await working(1, { parameters: { finish: 'stop' } });
    it.scaling(false);
    await it.go(2 * 3600);
    expect(it.totals().launches).toBeGreaterThan(1);
    expect((await it.run('--class acme/linux --wait')).error).toBeUndefined();
    expect(it.group()?.instances).toEqual([]);
  });
});

describe('a group that is deleted by hand', () => {
  test('is refused while machines are in it, also while they end', async () => {
    await working(1);
    it.scaling(false);
    const remove = async () =>
      it.client.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'g0' }));
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceInUseFault' });
    it.world.terminateInstance(it.group()?.instances[0]?.id ?? '', true);
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceInUseFault' });
    await it.go(120);
    await remove();
    expect(it.group()).toBeUndefined();
  });

  test('is refused while a launch is under way', async () => {
    it = await startStage();
    it.world.setDesiredCapacity('g0', 1);
    await expect(
      it.client.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'g0' })),
    ).rejects.toMatchObject({ name: 'ScalingActivityInProgressFault' });
  });

  test('by force takes the jobs with it, and the scaler serves the other classes', async () => {
    await working(2);
    await it.client.send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'g0', ForceDelete: true }),
    );
    await it.go(60);
    expect(it.outcomes.slice(-1)).toMatchObject([
      { fleet: { resourceClass: 'acme/arm' }, failure: undefined },
    ]);
    const { said, error } = await it.run('--all --wait');
    expect(error).toBeUndefined();
    expect(said).toMatch(/no machine is left/);
    expect(it.totals()).toMatchObject({ tasksServed: 0 });
    expect(it.group()).toBeUndefined();
  });
});
