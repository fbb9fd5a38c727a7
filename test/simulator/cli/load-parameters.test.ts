import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { config } from '../../../config.ts';
import { resolveConfig } from '../../../config/resolve-config.ts';
import { loadParameters } from '../../../simulator/cli/load-parameters.ts';
import { COMPARE, type CompareGiven } from '../../../simulator/cli/compare.ts';
import { EVIDENCE, type EvidenceGiven } from '../../../simulator/cli/evidence.ts';
import { settingsOf } from '../../../simulator/config-run.ts';
import { type Plan, runTask } from '../../../simulator/experiment/plan.ts';
import { typed } from '../../cli/typed.ts';

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
  test('holds some parameters, and the others keep their defaults', async () => {
    const values = { launchLag: { min: 2, max: 8 }, pendingCancel: 'none' } as const;
    expect(await loaded(values)).toEqual(values);
    const { parameters } = settingsOf(resolveConfig(config), await loaded(values));
    expect(parameters).toMatchObject({ ...values, boot: { median: 50 } });
  });

  test('without options nothing changes', async () => {
    expect(await loadParameters({ parameters: undefined, bootSeconds: undefined })).toEqual({});
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

describe('the world that was asked for', () => {
  test.each<[name: string, plan: () => Promise<Pick<Plan, 'kind' | 'given'>>]>([
    [
      'compare',
      async () => ({
        kind: 'compare',
        given: await typed<CompareGiven>(
          COMPARE,
          '--hours 1 --workload steady --rules ours-60s --seeds 1',
        ),
      }),
    ],
    [
      'evidence',
      async () => ({
        kind: 'evidence',
        topics: ['hold-backs'],
        given: await typed<EvidenceGiven>(EVIDENCE, '--hours 1 --table healthy'),
      }),
    ],
  ])('is the one that %s runs in', async (_name, planned) => {
    const waits = async (parameters: Plan['parameters']) => {
      const plan = { ...(await planned()), parameters } as Plan;
      const [first] = await runTask({ plan, table: 0, seed: 1, withBurst: false });
      return first?.quantiles[50] ?? Number.NaN;
    };
    const measured = await loaded({ boot: { min: 300, max: 300 } });
    const quick = await loadParameters({ parameters: undefined, bootSeconds: 20 });
    expect((await waits(measured)) - (await waits(quick))).toBeGreaterThan(200);
  });
});

async function loaded(values: object) {
  await writeFile(path, JSON.stringify(values));
  return loadParameters({ parameters: path, bootSeconds: undefined });
}
