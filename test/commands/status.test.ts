import { afterEach, describe, expect, test } from '@jest/globals';
import { type Status, statusOf } from '../../commands/status.ts';
import { statusText } from '../../commands/status-words.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import type { LocalAccountOptions } from '../../simulator/account/local-account.ts';
import {
  ARM,
  CONFIG,
  LINUX,
  type LocalStage,
  localStage,
  MINUTE_MS,
  START,
  tasks,
  typedLocally,
} from './local-stage.ts';

let it: LocalStage;

afterEach(async () => it.close());

async function after(seconds: number, options: Partial<LocalAccountOptions> = {}): Promise<void> {
  it = await localStage(options);
  await it.at(seconds);
}

async function status(...classes: readonly string[]): Promise<Status> {
  const { groups, now } = it;
  return statusOf(
    { where: 'the test', config: CONFIG, classes },
    { groups, log: it.functionLog, now },
  );
}

async function linux() {
  const [found] = (await status(LINUX)).classes;
  if (found === undefined) throw new Error('no such class');
  return found;
}

describe('the status of a class', () => {
  test('has its demand as last logged, with its age, and its capacity as it is', async () => {
    await after(150, { tasks: tasks(6) });
    expect(await linux()).toMatchObject({
      demand: { at: it.now() - 30_000, unclaimed: 2, running: 4 },
      capacity: { present: 4, serving: 4, booting: 0, ending: 0, desired: 4, min: 0, max: 4 },
      holds: [],
      suspended: [],
      failure: undefined,
    });
  });

  test('tells since when tasks wait, not necessarily the same, where the log has no measured wait', async () => {
    await after(150, { tasks: tasks(6) });
    for (const [index, { timestamp, message }] of it.log.entries()) {
      it.log[index] = { timestamp, message: message.replace(/"QueueSeconds":\d+,/, '') };
    }
    const { demand } = await linux();
    expect(demand?.wait?.atLeastSeconds).toBeUndefined();
    const since = demand?.wait?.someSince ?? 0;
    expect(Math.round((since - START) / 1000)).toBe(0);
    expect(statusText(await status(), undefined)).toContain(
      '  waiting  some task, not always the same, for 3 min\n',
    );
  });

  test('has the wait of the oldest task where the scaler measured it', async () => {
    await after(30, { tasks: tasks(6) });
    const last = it.log.at(-1);
    const line: unknown = JSON.parse(
      it.log.find(({ message }) => message.includes(LINUX))?.message ?? '',
    );
    it.log.push({
      timestamp: (last?.timestamp ?? 0) + 1,
      message: JSON.stringify({ ...(line as object), QueueSeconds: 47 }),
    });
    expect((await linux()).demand?.wait?.atLeastSeconds).toBe(47);
    expect(statusText(await status(), undefined)).toContain('the oldest for at least 47 s');
  });

  test.each([
    [0, 'some task, not always the same, for 5 min'],
    [30, 'the oldest for at least 30 s; some task, not always the same, for 5 min'],
    [300, 'the oldest for at least 5 min'],
  ])('with %d proven seconds in a queue that was never empty says: %s', async (seconds, words) => {
    await after(30, { tasks: tasks(6) });
    const now = it.now();
    const shown = await status();
    const classes = shown.classes.map((each) => ({
      ...each,
      demand: {
        at: now,
        unclaimed: 1,
        running: 3,
        wait: { someSince: now - 300_000, atLeastSeconds: seconds },
      },
    }));
    expect(statusText({ ...shown, at: now, classes }, undefined)).toContain(
      `\n  waiting  ${words}\n`,
    );
  });

  test('says what an operator and a hold-back hold, and what is suspended by hand', async () => {
    await after(30);
    const { group = '' } = it.group() ?? {};
    it.world.setTag(group, TAG.hold, 'drain');
    it.world.setTag(
      group,
      TAG.holdBack,
      'held boots-fail since 2026-03-02T08:50:00Z next 2026-03-02T09:10:00Z waiting 3 template 1',
    );
    it.world.suspendProcesses(group, ['Launch', 'Terminate', 'AZRebalance']);
    const { holds, suspended } = await linux();
    expect(holds).toEqual([
      expect.stringMatching(/^held by an operator: nothing is launched until/),
      expect.stringMatching(/^launches are held back since 2026-03-02T08:50Z because machines end/),
    ]);
    expect(suspended).toEqual([
      { process: 'Terminate', because: expect.stringMatching(/^User suspended at 2026/) },
    ]);
  });

  test('says by which schedule nothing is launched', async () => {
    await after(30);
    it.world.setTag(it.group()?.group ?? '', TAG.schedule, 'mon-sun 00:00-24:00 UTC stop');
    expect((await linux()).holds).toEqual([
      expect.stringMatching(/^stopped by the schedule .* nothing is launched until it ends$/),
    ]);
  });

  test('has the last boot that failed, with its reason', async () => {
    await after(600, { tasks: tasks(1), parameters: { bootFailure: 1 } });
    expect((await linux()).lastFailedBoot).toMatchObject({
      instanceId: expect.stringMatching(/^i-/),
      reason: 'simulated: the agent could not be downloaded',
    });
  });

  test('says why its last pass failed', async () => {
    await after(30, { tasks: tasks(1), parameters: { countFault: 1 } });
    const { failure, demand } = await linux();
    expect(failure).toMatch(/^unavailable: /);
    expect(demand).toBeUndefined();
  });
});

describe('the status of a scaler', () => {
  test('is shown without its log, too', async () => {
    await after(30, { tasks: tasks(2) });
    it.refuse('FilterLogEvents', 'ResourceNotFoundException');
    const { notes, lastPassAt, classes } = await status();
    expect(notes).toEqual([expect.stringMatching(/^the scaler has no log here/)]);
    expect(lastPassAt).toBeUndefined();
    expect(classes.map(({ resourceClass }) => resourceClass)).toEqual([LINUX, ARM]);
  });

  test('names what is misspelt', async () => {
    await after(1);
    await expect(status('acme/linx')).rejects.toThrow('unknown; did you mean acme/linux?');
  });

  test.each([40, 60, 80])('fits into %d columns', async (columns) => {
    await after(600, { tasks: tasks(6), parameters: { bootFailure: 0.5 } });
    const text = statusText(await status(), columns);
    const tooLong = text.split('\n').filter((line) => line.length > columns);
    expect(tooLong).toEqual([]);
    expect(text).toContain(LINUX);
  });
});

describe('the command itself', () => {
  async function lived(): Promise<void> {
    const startAt = Date.now() - 3 * MINUTE_MS;
    it = await localStage({ startAt, tasks: tasks(2, { releaseAt: startAt }) });
    await it.advanceTo(Date.now());
  }

  test('prints one screen to a pipe, with account and Region first', async () => {
    await lived();
    const { code, stdout, stderr } = await typedLocally(it.url, ['status']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^simulated at \S+, account 123456789012, region us-east-1, scaler ci\n/,
    );
    expect(stdout).toMatch(/acme\/linux\n {2}demand +0 waiting, 2 running/);
    expect(stdout).not.toContain('\u001B');
  });

  test('prints JSON', async () => {
    await lived();
    const { stdout } = await typedLocally(it.url, ['status', ARM, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      account: '123456789012',
      region: 'us-east-1',
      scaler: 'ci',
      classes: [{ resourceClass: ARM, capacity: { present: 0, max: 10 } }],
    });
  });

  test('shows it again until it is interrupted', async () => {
    await lived();
    let shown = 0;
    const { code } = await typedLocally(it.url, ['status', '--watch', '2'], {
      onStdout(text, child) {
        shown += text.split('scaler ci\n').length - 1;
        if (shown === 2) child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(shown).toBe(2);
  });

  test('says in a sentence that nobody answers, and that nothing is deployed', async () => {
    await lived();
    await it.close();
    const gone = await typedLocally(it.url, ['status']);
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr).toMatch(
      /^nobody answers for sts \(.*ECONNREFUSED.*runner-scaler local runs\n$/,
    );
  });
});
