import { afterEach, describe, expect, test } from '@jest/globals';
import { pause, resume } from '../../commands/pause.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import type { LocalAccountOptions } from '../../simulator/account/local-account.ts';
import {
  LINUX,
  type LocalStage,
  localStage,
  MINUTE_MS,
  tasks,
  typedLocally,
} from './local-stage.ts';

let it: LocalStage;

afterEach(async () => it.close());

async function after(seconds: number, options: Partial<LocalAccountOptions> = {}): Promise<void> {
  it = await localStage(options);
  await it.at(seconds);
}

async function linux() {
  const found = await it.groups.list();
  const group = found.find(({ resourceClass }) => resourceClass === LINUX);
  if (group === undefined) throw new Error('no group');
  return group;
}

const tag = () => it.group()?.tags[TAG.hold];
const present = () => it.group()?.instances.length;
const setHold = (value: string) => it.world.setTag(it.group()?.group ?? '', TAG.hold, value);

describe('a paused class', () => {
  test('launches nothing more, ends nothing, and goes on when it is resumed', async () => {
    await after(130, {
      tasks: [...tasks(2), ...tasks(2, { releaseAt: 1_772_442_000_000 + 150_000 })],
    });
    expect(present()).toBe(2);
    const { said, changed } = await pause(await linux(), it.groups);
    expect(said).toMatch(/^paused: nothing is launched .*; 2 machines: 2 in service, left alone$/);
    expect(changed).toBe(true);
    await it.at(600);
    expect(present()).toBe(2);
    expect(it.world.readRunning(LINUX)).toBe(2);
    expect(it.world.readUnclaimed(LINUX)).toBe(2);
    expect(it.group()?.suspended).not.toContain('Launch');
    await resume(await linux(), it.groups);
    expect(tag()).toBeUndefined();
    await it.at(720);
    expect(present()).toBe(4);
    expect(it.world.record()[0]?.totals).toMatchObject({ tasksKilled: 0 });
  });

  test('lets what boots come, and take its job', async () => {
    await after(10, { tasks: tasks(2) });
    await pause(await linux(), it.groups);
    await it.at(200);
    expect(it.world.readRunning(LINUX)).toBe(2);
  });

  test('keeps the minimum of its group, and says so', async () => {
    await after(10);
    it.world.setBounds(it.group()?.group ?? '', 1, 4);
    const { said } = await pause(await linux(), it.groups);
    expect(said).toMatch(/the group itself still keeps its minimum of 1$/);
  });

  test('is not changed by a second pause, and is not mistaken for a drained one', async () => {
    await after(10);
    await pause(await linux(), it.groups);
    expect(await pause(await linux(), it.groups)).toMatchObject({
      changed: false,
      said: 'it is paused already',
    });
    expect(tag()).toBe('paused');
  });

  test('takes the place of a hold until a time, and of one that nobody understands', async () => {
    await after(10);
    for (const value of ['2026-03-02T18:00:00Z', 'maybe']) {
      setHold(value);
      await pause(await linux(), it.groups);
      expect(tag()).toBe('paused');
    }
  });
});

describe('what a drain holds', () => {
  test('is not paused as well', async () => {
    await after(10);
    setHold('drain');
    expect(await pause(await linux(), it.groups)).toMatchObject({ changed: false });
    expect(tag()).toBe('drain');
  });

  test('is not resumed, because its launches are suspended too', async () => {
    await after(10);
    setHold('drain');
    await expect(resume(await linux(), it.groups)).rejects.toThrow(
      'end that with: npm run drain -- --class acme/linux --undo',
    );
    expect(tag()).toBe('drain');
  });
});

test('a class that is not paused is resumed by nothing', async () => {
  await after(10);
  it.refuse('DeleteTags', 'AccessDenied');
  expect(await resume(await linux(), it.groups)).toMatchObject({ changed: false });
});

test('the commands themselves pause, resume, and name the permission that is missing', async () => {
  const startAt = Date.now() - MINUTE_MS;
  it = await localStage({ startAt });
  await it.advanceTo(Date.now());
  const paused = await typedLocally(it.url, ['pause', LINUX]);
  expect(paused).toMatchObject({ code: 0, stderr: '' });
  expect(tag()).toBe('paused');
  const resumed = await typedLocally(it.url, ['resume', LINUX, '--json']);
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    scaler: 'ci',
    groups: [{ resourceClass: LINUX, changed: true }],
  });
  it.refuse('CreateOrUpdateTags', 'AccessDenied');
  const denied = await typedLocally(it.url, ['pause', LINUX]);
  expect(denied.code).toBe(1);
  expect(denied.stderr).toMatch(
    /^these credentials may not do autoscaling:CreateOrUpdateTags \(the words of AWS\): the permission is missing; .*\n$/,
  );
});
