/** `runner-scaler doctor` as it is typed: its lines, its JSON and its exit codes. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../cli/load-config.ts';
import { DEFAULT_LOCAL_URL } from '../../commands/aws/local.ts';
import { CHECKS, type Finding } from '../../commands/doctor/finding.ts';
import { TOKEN_PLACEHOLDER } from '../../lambda/scaler/contract.ts';
import { runnerScaler } from '../cli/run.ts';
import { type LocalStage, localStage, MINUTE_MS, typedLocally } from './local-stage.ts';

describe('the command itself', () => {
  let it: LocalStage;

  afterEach(async () => it.close());

  /** Of today, as the clock of the command is that of this machine. */
  async function today(): Promise<LocalStage> {
    const startAt = Date.now() - 2 * MINUTE_MS;
    const stage = await localStage({ startAt });
    for (const [id, contents] of stage.installation.secrets) {
      if (contents === TOKEN_PLACEHOLDER) stage.installation.secrets.set(id, 'a-runner-token');
    }
    await stage.at(110);
    return stage;
  }

  beforeEach(async () => {
    it = await today();
  });

  test('tells each check in one line, and ends with 0 where all is well', async () => {
    const { code, stdout } = await typedLocally(it.url, ['doctor']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => /^ok {5}(\S+(?: \S+)*) {2}/.exec(line)?.[1] ?? line)).toEqual([
      ...CHECKS,
      'all is well',
    ]);
    expect(code).toBe(0);
  });

  test('is in docs/commands.md as it answers for the config of the project', async () => {
    await it.close();
    const config = await loadConfig('config.ts');
    it = await localStage({ config, startAt: Date.now() - 2 * MINUTE_MS });
    await it.at(110);
    const { stdout } = await runnerScaler(['doctor', '--local', it.url]);
    const usual = stdout
      .replaceAll(it.url, DEFAULT_LOCAL_URL)
      .replaceAll(` --local ${DEFAULT_LOCAL_URL}`, ' --local')
      .replace(/log is \d+ (s|min) old/, 'log is 30 s old');
    const page = readFileSync('docs/commands.md', 'utf8');
    expect(page).toContain(`$ npx runner-scaler doctor --local\n${usual}\`\`\``);
  });

  test('ends with 1 where something is wrong, with what to do below it', async () => {
    it.installation.schedules.set(it.installation.names.schedule, 'DISABLED');
    const { code, stdout } = await typedLocally(it.url, ['doctor']);
    expect(stdout).toMatch(
      /^WRONG {2}schedule {13}the schedule ci-ScalerSchedule is DISABLED, .*\n {28}do: enable it/m,
    );
    expect(stdout).toMatch(/\n1 wrong, 0 not found out; begin with the first\n$/);
    expect(code).toBe(1);
  });

  test('ends with 2 where it could not find out something, and says so as JSON', async () => {
    it.refuse('GetServiceQuota', 'AccessDeniedException');
    const { code, stdout } = await typedLocally(it.url, ['doctor', '--json']);
    expect(code).toBe(2);
    const { findings, ...others } = JSON.parse(stdout) as { findings: readonly Finding[] };
    expect(others).toEqual({ account: '123456789012', region: 'us-east-1', scaler: 'ci' });
    expect(findings.map(({ check }) => check)).toEqual(CHECKS);
    for (const { check: _check, verdict, said, ...more } of findings) {
      expect(said).not.toBe('');
      expect([verdict, Object.keys(more)]).toEqual(
        said.includes('GetServiceQuota') ? ['unknown', []] : ['ok', []],
      );
    }
  });

  test('stops at an account that does not answer', async () => {
    await it.close();
    const { code, stdout } = await typedLocally(it.url, ['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/WRONG +credentials +nobody answers for sts .*\n +do: aws sts/);
    expect(stdout).not.toContain('bootstrap');
  });

  test('stops at a config that cannot be used, with the same form of JSON', async () => {
    const { code, stdout } = await runnerScaler(['doctor', '--json', '--config', 'none.ts']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      findings: [
        {
          check: 'config',
          verdict: 'problem',
          said: expect.stringContaining('none.ts cannot be read'),
          remedy: expect.stringContaining('docs/configuration.md'),
        },
      ],
    });
  });
});
