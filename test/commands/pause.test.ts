import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pause, resume } from '../../commands/pause.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import type { LocalAccountOptions } from '../../simulator/account/local-account.ts';
import type { Request } from '../../simulator/emulators/server.ts';
import { callOf, deniedWords, refusedAs } from './calls.ts';
import { MIXED, readyStage, type ReadyStage } from './each-source-stage.ts';
import {
  LINUX,
  type LocalStage,
  localStage,
  MINUTE_MS,
  tasks,
  typedLocally,
} from './local-stage.ts';

let it: LocalStage;

afterEach(async () => it?.close());

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

test('a class that is paused while a pass is on its way gets what that pass asks for, and no more', async () => {
  it = await localStage({ tasks: tasks(6) });
  // The pass has read the group without the tag, and writes after it.
  it.before('SetDesiredCapacity', () => setHold('paused'));
  await it.at(130);
  expect({ hold: tag(), present: present() }).toEqual({ hold: 'paused', present: 4 });
  await it.at(90 * 60);
  expect(present()).toBe(0);
  expect(it.world.record()[0]?.totals).toMatchObject({
    launches: 4,
    tasksServed: 4,
    tasksKilled: 0,
  });
  expect(it.world.readUnclaimed(LINUX)).toBe(2);
});

test('a class that is not paused is resumed by nothing', async () => {
  await after(10);
  it.refuse('DeleteTags', 'AccessDenied');
  expect(await resume(await linux(), it.groups)).toMatchObject({ changed: false });
});

describe('of several classes', () => {
  const CLASSES = ['acme/linux', 'linux', 'lab'];
  let stage: ReadyStage;
  let refuse: (request: Request) => boolean;

  beforeEach(async () => {
    refuse = () => false;
    stage = await readyStage(MIXED, {
      before: (request) =>
        refuse(request)
          ? refusedAs(request, 'AccessDenied', deniedWords(callOf(request)))
          : undefined,
    });
  });

  afterEach(async () => stage.close());

  const holds = () => CLASSES.map((name) => stage.group(name)?.tags[TAG.hold]);

  test('one that is refused keeps no other from it, and is told', async () => {
    refuse = ({ body }) =>
      body.includes('Action=CreateOrUpdateTags') && body.includes('mixed.linux');
    const { code, stdout, stderr } = await stage.typed(['pause', ...CLASSES]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^acme\/linux: paused: /m);
    expect(stdout).toMatch(
      /^linux: not paused: \S+ may not do autoscaling:CreateOrUpdateTags on /m,
    );
    expect(stdout).toMatch(/^lab: paused: /m);
    expect(stderr).toBe('not paused: linux; the others are; the command may be repeated\n');
    expect(holds()).toEqual(['paused', undefined, 'paused']);
    refuse = () => false;
    const again = await stage.typed(['pause', ...CLASSES, '--json']);
    expect(again.code).toBe(0);
    const { groups } = JSON.parse(again.stdout) as { groups: unknown };
    expect(groups).toEqual([
      expect.objectContaining({ resourceClass: 'acme/linux', changed: false }),
      expect.objectContaining({ resourceClass: 'linux', changed: true }),
      expect.objectContaining({ resourceClass: 'lab', changed: false }),
    ]);
  });

  test('a program is told so, too', async () => {
    refuse = ({ body }) => body.includes('Action=CreateOrUpdateTags') && body.includes('mixed.lab');
    const { code, stdout } = await stage.typed(['pause', 'acme/linux', 'lab', '--json']);
    expect(code).toBe(1);
    const { groups } = JSON.parse(stdout) as { groups: unknown };
    expect(groups).toEqual([
      expect.objectContaining({ resourceClass: 'acme/linux', changed: true }),
      expect.objectContaining({ resourceClass: 'lab', changed: false }),
    ]);
  });

  test('the ones that are not paused, or are drained, keep no other from being resumed', async () => {
    await stage.typed(['drain', '--class', 'acme/linux']);
    await stage.typed(['pause', 'lab']);
    const { code, stdout, stderr } = await stage.typed(['resume', ...CLASSES]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^acme\/linux: not resumed: acme\/linux is held by a drain, /m);
    expect(stdout).toMatch(/^linux: it is not paused$/m);
    expect(stdout).toMatch(/^lab: resumed: /m);
    expect(stderr).toBe('not resumed: acme/linux; the others are; the command may be repeated\n');
    expect(holds()).toEqual(['drain', undefined, undefined]);
  });

  test('the ones before an interruption are changed, and the others told', async () => {
    const { code, stdout, stderr } = await stage.interrupted(
      ['pause', ...CLASSES],
      'autoscaling:CreateOrUpdateTags',
    );
    expect(code).toBe(130);
    // The signal comes with the answer to the first call, or a little after it.
    const left = CLASSES.filter((name) => stage.group(name)?.tags[TAG.hold] === undefined);
    expect(left).not.toContain('acme/linux');
    for (const name of CLASSES) {
      expect(stdout.includes(`\n${name}: paused: `)).toBe(!left.includes(name));
    }
    expect(stderr).toBe(
      left.length === 0
        ? ''
        : `interrupted: not paused: ${left.join(', ')}; the others are; the command may be repeated\n`,
    );
  });
});

test('a group with as many tags as AWS allows is not paused, which is told with what to do', async () => {
  const startAt = Date.now() - MINUTE_MS;
  it = await localStage({ startAt });
  const { group = '', tags = {} } = it.group() ?? {};
  for (let count = Object.keys(tags).length; count < 50; count += 1) {
    it.world.setTag(group, `team:${count}`, 'x');
  }
  const { code, stderr } = await typedLocally(it.url, ['pause', LINUX]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    'the group ci.acme.linux has as many tags as AWS allows (50), and needs one for the hold; remove one whose name does not begin with runner-scaler:, and repeat the command\n',
  );
  expect(tag()).toBeUndefined();
  it.world.removeTag(group, 'team:49');
  expect(await typedLocally(it.url, ['pause', LINUX])).toMatchObject({ code: 0, stderr: '' });
  // Its own tag is no further one.
  expect(await typedLocally(it.url, ['drain', '--class', LINUX])).toMatchObject({ code: 0 });
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
    /^these credentials may not do autoscaling:CreateOrUpdateTags: the permission is missing \(AWS says: the words of AWS\); .*\n$/,
  );
});
