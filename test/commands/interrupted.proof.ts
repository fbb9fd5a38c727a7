/** Commands that are interrupted, that nobody reads any more, or whose session ends while they are at work. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { TAG } from '../../lambda/scaler/contract.ts';
import { MIXED, readyStage, type ReadyStage, SOURCE_CONFIGS } from './each-source-stage.ts';
import { refusedAs } from './calls.ts';

let it: ReadyStage;

afterEach(async () => it.close());

describe('Ctrl-C', () => {
  test('ends the waiting of a drain, which says what stays held and how to go on', async () => {
    it = await readyStage(SOURCE_CONFIGS.circleci);
    const { code, stdout, stderr } = await it.typed(['drain', '--class', 'acme/linux', '--wait'], {
      onStdout(text, child) {
        if (text.includes('nothing is launched any more')) child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stdout).toMatch(/acme\/linux: nothing is launched any more; 4 machines: 4 in service; /);
    expect(stderr).toMatch(
      /^interrupted: what is held stays held \(acme\/linux\)\ngo on \(ci\):\n(  npm run drain .*\n){3}$/,
    );
    expect(it.group()?.tags[TAG.hold]).toBe('drain');
  });

  test('while a drain is taken back says what is still held', async () => {
    it = await readyStage(MIXED);
    await it.typed(['drain', '--all']);
    const { code, stdout, stderr } = await it.interrupted(
      ['drain', '--all', '--undo', '--json'],
      'autoscaling:DeleteTags',
    );
    expect(code).toBe(130);
    const held = it.config.fleets
      .map(({ resourceClass }) => resourceClass)
      .filter((name) => it.group(name)?.tags[TAG.hold] !== undefined);
    expect(held).not.toContain('acme/linux');
    const { groups } = JSON.parse(stdout) as {
      readonly groups: readonly { readonly resourceClass: string; readonly held: boolean }[];
    };
    expect(groups.filter((group) => group.held).map(({ resourceClass }) => resourceClass)).toEqual(
      held,
    );
    expect(stderr).toContain(
      held.length === 0 ? '' : `interrupted: still held: ${held.join(', ')}\n`,
    );
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test.each([
    [['status'], 'logs:FilterLogEvents'],
    [['explain', 'acme/linux'], 'autoscaling:DescribeScalingActivities'],
    [['reconcile', '--dry-run'], 'lambda:GetFunctionConfiguration'],
    [['secret', 'set'], 'cloudformation:DescribeStacks'],
  ])('ends %j at once, with no word', async (args, call) => {
    it = await readyStage(SOURCE_CONFIGS.circleci);
    const { code, stderr } = await it.interrupted(args, call);
    // Ended by the signal itself, which shells show as 130.
    expect({ code, stderr }).toEqual({ code: null, stderr: '' });
  });
});

describe('status --watch', () => {
  test('outlives calls that are throttled, and ends with one sentence when the session does', async () => {
    let shown = 0;
    let code: string | undefined;
    it = await readyStage(SOURCE_CONFIGS.circleci, {
      before: (request) =>
        code === undefined || !request.body.includes('DescribeAutoScalingGroups')
          ? undefined
          : refusedAs(request, code, 'the words of AWS'),
    });
    const ended = await it.typed(['status', '--watch', '2'], {
      onStdout() {
        shown += 1;
        code = 'Throttling';
      },
      onStderr(text) {
        if (text.includes('; tried again')) code = 'ExpiredToken';
      },
    });
    expect(shown).toBe(1);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^(reading .*\n)*autoscaling:DescribeAutoScalingGroups was refused \(Throttling\): .*; tried again\n(reading .*\n)*the AWS session has expired \(ExpiredToken: .*\); log in again, and repeat the command\n$/,
    );
  });

  test('ends when nobody reads it any more', async () => {
    it = await readyStage(SOURCE_CONFIGS.circleci);
    const { code, stderr } = await it.typed(['status', '--watch', '2'], {
      onStdout(_text, child) {
        child.stdout?.destroy();
      },
    });
    expect({ code, stderr }).toEqual({
      code: 141,
      stderr: 'stopped: nobody reads the output any more\n',
    });
  });
});
