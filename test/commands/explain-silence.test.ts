/** What `explain` says where the log has nothing of the class, or nothing more. */
import { describe, expect, test } from '@jest/globals';
import { TAG } from '../../lambda/scaler/contract.ts';
import { explained, linuxGroup, stages } from './explained.ts';
import { LINUX, MINUTE_MS, tasks, typedLocally } from './local-stage.ts';

const stageOf = stages();

describe('where the log has nothing of the class, an explanation says', () => {
  test('that the scaler did not run', async () => {
    const stage = await stageOf({});
    const { names, schedules } = stage.installation;
    schedules.set(names.schedule, 'DISABLED');
    await stage.at(20 * 60);
    expect((await explained(stage, 15)).notes).toEqual([
      expect.stringMatching(
        /^the log has no pass over any class in that time: the scaler did not run.* doctor tells/,
      ),
    ]);
  });

  test('why the scaler failed before any class, in the words of the scaler and of Lambda', async () => {
    const stage = await stageOf({});
    stage.refuse('DescribeAutoScalingGroups', 'AccessDenied');
    await stage.at(60);
    stage.allow('DescribeAutoScalingGroups');
    const thrown = { errorType: 'InvocationError', errorMessage: 'no "token"' };
    stage.log.push({
      timestamp: stage.now(),
      message: `2026-03-02T09:01:00.000Z\tid\tERROR\tInvoke Error\t${JSON.stringify(thrown)}\n`,
    });
    const [note] = (await explained(stage)).notes;
    expect(note).toMatch(
      /^the scaler failed in that time, before any class: .*AccessDenied.*; no "token"$/,
    );
  });

  test.each([
    [
      '2026-03-02T09:01:30.000Z 0c5a-77 Task timed out after 30.00 seconds\n\n',
      'Task timed out after 30.00 seconds',
    ],
    [
      'RequestId: 0c5a-77 Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n',
      'Runtime exited with error: signal: killed',
    ],
  ])('that Lambda cut it off: %j', async (message, words) => {
    const stage = await stageOf({});
    const { names, schedules } = stage.installation;
    schedules.set(names.schedule, 'DISABLED');
    await stage.at(20 * 60);
    stage.log.push({ timestamp: stage.now() - MINUTE_MS, message });
    expect((await explained(stage)).notes).toEqual([
      `the scaler failed in that time, before any class: ${words}`,
    ]);
  });

  test('that it served others then, as before the class was deployed or had its name', async () => {
    const stage = await stageOf({});
    stage.world.setTag(linuxGroup(stage), TAG.name, 'another-scaler');
    await stage.at(20 * 60);
    stage.world.setTag(linuxGroup(stage), TAG.name, 'ci');
    expect((await explained(stage, 5)).notes).toEqual([
      expect.stringMatching(/^the scaler made passes in that time, and none .* were: acme\/arm$/),
    ]);
  });

  test('that it refused the group, and why', async () => {
    const stage = await stageOf({});
    const { group = '' } = stage.group() ?? {};
    stage.world.setTag(group, TAG.headroom, 'many');
    await stage.at(20 * 60);
    const [note] = (await explained(stage, 15)).notes;
    expect(note).toMatch(
      /^the scaler did not serve the class in that time: .*ci\.acme\.linux.*runner-scaler:headroom is "many"/,
    );
  });

  test('that the scaler runs no more, where there are lines from before', async () => {
    const stage = await stageOf({ tasks: tasks(2) });
    await stage.at(130);
    const { names, schedules } = stage.installation;
    schedules.set(names.schedule, 'DISABLED');
    await stage.at(30 * 60);
    const { decisions, notes } = await explained(stage, 60);
    expect(decisions.length).toBeGreaterThan(0);
    expect(notes).toEqual([
      expect.stringMatching(/^the log has no pass over any class after 09:02:00: the scaler did/),
    ]);
  });

  test('that it is not kept so long', async () => {
    const stage = await stageOf({});
    await stage.at(60);
    stage.log.splice(0);
    const { notes } = await explained(stage, 15, stage.now() - 40 * 24 * 60 * MINUTE_MS);
    expect(notes).toEqual([
      'the log is kept for 30 days (logRetentionDays), and that time was 40 days ago',
    ]);
  });
});

test('a class that was renamed is explained by its old name, and by its new one', async () => {
  const startAt = Date.now() - 4 * MINUTE_MS;
  const stage = await stageOf({
    startAt,
    tasks: tasks(2, { releaseAt: startAt, resourceClass: 'acme/linux' }),
  });
  await stage.advanceTo(Date.now());
  stage.world.setTag(linuxGroup(stage), TAG.resourceClass, 'acme/renamed');
  const old = await typedLocally(stage.url, ['explain', LINUX]);
  expect(old.code).toBe(0);
  expect(old.stdout).toMatch(
    /no group serves acme\/linux now: it was removed, or has another name since; /,
  );
  expect(old.stdout).toMatch(/raised from 0 to 2, which is what the tasks need\n/);
  const renamed = await typedLocally(stage.url, ['explain', 'acme/renamed']);
  expect(renamed.code).toBe(0);
  expect(renamed.stdout).toMatch(/the scaler made passes in that time, and none over this class/);
});
