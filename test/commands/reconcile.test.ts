import { afterEach, describe, expect, test } from '@jest/globals';
import { dryPass, settingsOf } from '../../commands/reconcile.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { LocalAccountOptions } from '../../simulator/account/local-account.ts';
import {
  ARM,
  CONFIG,
  LINUX,
  type LocalStage,
  localStage,
  tasks,
  typedLocally,
} from './local-stage.ts';

let it: LocalStage;

afterEach(async () => it.close());

/** An account in which no pass has been made. */
async function quiet(options: Partial<LocalAccountOptions> = {}): Promise<void> {
  it = await localStage(options);
}

async function dry() {
  return dryPass({ settings: it.installation.settings(), client: it.here.client });
}

describe('a pass on a laptop', () => {
  test('tells what it would do, and does nothing', async () => {
    await quiet({ tasks: tasks(3) });
    const before = JSON.stringify(it.world.groups());
    const { classes, notices, problems } = await dry();
    expect(classes).toEqual([
      expect.objectContaining({ resourceClass: ARM, sentence: expect.stringMatching(/left at 0/) }),
      {
        resourceClass: LINUX,
        group: it.group()?.group,
        sentence:
          '3 waiting, 0 running; 0 in service, 0 booting: raised from 0 to 3, which is what the tasks need',
        failure: undefined,
      },
    ]);
    expect(notices).toContainEqual(
      `dry run: would set the desired capacity of ${it.group()?.group} to 3`,
    );
    expect(problems).toEqual([]);
    expect(JSON.stringify(it.world.groups())).toBe(before);
  });

  test('decides as the function does with its first pass', async () => {
    await quiet({ tasks: tasks(6) });
    const [, linux] = (await dry()).classes;
    await it.at(1);
    expect(it.group()?.desired).toBe(4);
    expect(linux?.sentence).toMatch(/raised from 0 to 4, which is the maximum of 4/);
  });

  test('tells a group that cannot be served, with the reason', async () => {
    await quiet();
    it.world.setTag(it.group()?.group ?? '', TAG.headroom, 'many');
    expect((await dry()).problems).toEqual([
      expect.stringMatching(/tag runner-scaler:headroom is "many"; allowed/),
    ]);
  });

  test('tells a credential that is refused', async () => {
    await quiet({ tasks: tasks(1) });
    it.installation.secrets.set(it.installation.names.apiToken, 'another');
    const { classes, problems } = await dry();
    // Each class says so itself.
    expect(problems).toEqual([]);
    expect(classes[0]?.sentence).toMatch(
      /^0 in service, 0 booting: the pass failed, .* the CI system refused the credential/,
    );
  });

  test('without the right to describe groups says so in a sentence', async () => {
    await quiet();
    it.refuse('DescribeAutoScalingGroups', 'AccessDenied');
    await expect(dry()).rejects.toThrow(
      /^these credentials may not do autoscaling:DescribeAutoScalingGroups: the permission is missing/,
    );
  });
});

describe('what is not deployed yet', () => {
  const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mine-AbCdEf';

  test('is tried with the settings of the config, where the token is in a secret that exists', async () => {
    await quiet();
    const config = resolveConfig({
      name: 'ci',
      circleci: { existingTokenSecretArn: secret },
      resourceClasses: [{ resourceClass: LINUX, max: 1 }],
    });
    expect(settingsOf(config)).toMatchObject({
      name: 'ci',
      sources: { circleci: { tokenSecret: secret } },
      dryRun: true,
    });
  });

  test('is refused where the token has no secret yet', async () => {
    await quiet();
    expect(() => settingsOf(CONFIG)).toThrow(
      /^there is no stack ci, and the config names no secret/,
    );
  });
});

test('the command itself tells it to a pipe, fails with what failed, and is a dry run only', async () => {
  await quiet({ tasks: tasks(3) });
  const done = await typedLocally(it.url, ['reconcile', '--dry-run']);
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(done.stdout).toMatch(/acme\/linux: 3 waiting.*raised from 0 to 3/);
  const wet = await typedLocally(it.url, ['reconcile']);
  expect(wet).toMatchObject({ code: 1, stdout: '' });
  expect(wet.stderr).toMatch(/^--dry-run is not given/);
  it.installation.secrets.set(it.installation.names.apiToken, 'another');
  const failed = await typedLocally(it.url, ['reconcile', '--dry-run', '--json']);
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout)).toMatchObject({
    scaler: 'ci',
    classes: [{ failure: { kind: 'unauthorized' } }, { failure: { kind: 'unauthorized' } }],
  });
});
