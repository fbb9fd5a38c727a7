import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { config } from '../../../config.ts';
import { resolveConfig } from '../../../lib/config-validation.ts';
import { loadParameters } from '../../../simulator/cli/load-parameters.ts';
import { parseOptions } from '../../../simulator/cli/options.ts';
import { settingsOf } from '../../../simulator/cli/run-settings.ts';
import { parseCompareOptions } from '../../../simulator/experiment/compare/options.ts';
import { runTask } from '../../../simulator/experiment/task.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parameters-'));
  path = join(folder, 'measured.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a file of parameters', () => {
  test('is named by an option of the local run and of the comparison', () => {
    expect(parseOptions(['--parameters', path])?.parameters).toBe(path);
    expect(parseCompareOptions(['--parameters', path], 1)?.run.parameters).toBe(path);
  });

  test('holds some parameters, and the others keep their defaults', async () => {
    const values = { launchLag: { min: 2, max: 8 }, pendingCancel: 'none' } as const;
    expect(await loaded(values)).toEqual(values);
    const { parameters } = settingsOf(resolveConfig(config), undefined, await loaded(values));
    expect(parameters).toMatchObject({ ...values, boot: { median: 50 } });
  });

  test('without the option there is nothing to read', async () => {
    expect(await loadParameters({ parameters: undefined, bootSeconds: 20 })).toEqual({});
  });

  test.each([
    ['{"boot": {"min": 20, "max": 10}}', 'boot is {"min":20,"max":10}; allowed: seconds, uniform'],
    ['{"pendingCancel": "some"}', 'pendingCancel is "some"; allowed: none, pending, pending-and-w'],
    ['{"lauchLag": {"min": 1, "max": 2}}', 'lauchLag is unknown; allowed: launchLag, proceed'],
    ['[1]', 'is not a JSON object; allowed: { "launchLag": { "min": 2, "max": 8 }'],
    ['{', 'is not a JSON object; allowed: { "launchLag"'],
  ])('%s is refused with the file, the value and what is allowed', async (text, problem) => {
    await writeFile(path, text);
    const loading = loadParameters({ parameters: path, bootSeconds: undefined });
    await expect(loading).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(problem),
    });
    await expect(loading).rejects.toThrow(path);
  });

  test('with a boot time is refused beside --boot-seconds', async () => {
    await writeFile(path, '{"boot": {"min": 20, "max": 30}}');
    await expect(loadParameters({ parameters: path, bootSeconds: 20 })).rejects.toThrow(
      'holds boot, and --boot-seconds is given; allowed: one of the two',
    );
  });

  test('that is not there is refused', async () => {
    await expect(loadParameters({ parameters: path, bootSeconds: undefined })).rejects.toThrow(
      `${path} cannot be read: ENOENT`,
    );
  });
});

test('the comparison runs in the world of the file', async () => {
  const run = parseOptions(['--hours', '1']);
  if (run === undefined) throw new Error('no options');
  const task = {
    workload: 'steady',
    scenario: 'plain',
    seed: 1,
    rules: ['ours-60s'],
    withBurst: false,
    run,
  };
  const waits = async (seconds: number) => {
    const parameters = { boot: { min: seconds, max: seconds } };
    return (await runTask({ ...task, parameters })).rules[0]?.quantiles[50] ?? 0;
  };
  const difference = (await waits(300)) - (await waits(20));
  expect(difference).toBeGreaterThan(200);
});

async function loaded(values: object) {
  await writeFile(path, JSON.stringify(values));
  return loadParameters({ parameters: path, bootSeconds: undefined });
}
