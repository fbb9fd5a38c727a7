import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../cli/usage-error.ts';
import { PROBE, type ProbeGiven, probeOptionsOf } from '../../probe/options.ts';
import { planText } from '../../probe/plan.ts';
import { typed } from '../cli/typed.ts';

const parse = async (text: string) => probeOptionsOf(await typed<ProbeGiven>(PROBE, text));

describe('the command line', () => {
  test('needs no option at all', async () => {
    expect(await parse('')).toEqual({
      command: 'measure',
      yes: false,
      region: undefined,
      rounds: 3,
      stepSeconds: 1,
      waitSeconds: 900,
      limitMinutes: 120,
      instanceType: 'm7i.large',
      platform: 'ubuntu-24.04',
      json: undefined,
    });
  });

  test('takes them all', async () => {
    const args =
      '--rounds 5 --step-seconds 0.5 --wait-seconds 60 --limit-minutes 30 --instance-type c7g.large ' +
      '--image amazon-linux-2023 --region eu-central-1 --json out/p.json --yes';
    expect(await parse(args)).toEqual({
      command: 'measure',
      yes: true,
      region: 'eu-central-1',
      rounds: 5,
      stepSeconds: 0.5,
      waitSeconds: 60,
      limitMinutes: 30,
      instanceType: 'c7g.large',
      platform: 'amazon-linux-2023',
      json: 'out/p.json',
    });
  });

  test('clears up instead', async () => {
    expect(await parse('--clean --yes')).toEqual({
      command: 'clean',
      yes: true,
      region: undefined,
    });
  });

  test.each([
    ['--rounds 0', '--rounds is "0"; allowed: a whole number from 1 to 20'],
    ['--rounds 2.5', '--rounds is "2.5"; allowed: a whole number from 1 to 20'],
    ['--rounds many', '--rounds is "many"; allowed: a whole number'],
    ['--step-seconds 0', '--step-seconds is "0"; allowed: a number from 0.2 to 30'],
    ['--limit-minutes 1e9', '--limit-minutes is "1e9"; allowed: a number from 1 to 600'],
    ['--image debian', '--image is "debian"; allowed: ubuntu-24.04, amazon-linux-2023'],
    ['--instance-type large', '--instance-type is "large"; allowed: a type of EC2, such as'],
    ['--region Frankfurt', '--region is "Frankfurt"; allowed: the name of a region, such as'],
    ['--clean --rounds 3', 'given with --clean; allowed with it: --yes, --region'],
    ['--clean --image ubuntu-24.04', 'given with --clean; allowed with it: --yes, --region'],
  ])('%s is refused with what is allowed', async (args, problem) => {
    await expect(parse(args)).rejects.toThrow(UsageError);
    await expect(parse(args)).rejects.toThrow(problem);
  });
});

describe('the plan', () => {
  const caller = { account: '123456789012', region: 'eu-west-1', arn: 'arn:aws:iam::1:user/a' };

  test.each([
    ['m7i.large', 120, 'below USD 0.50, by the list prices of us-east-1'],
    ['m7i.large', 30, 'below USD 0.17, by the list prices of us-east-1'],
    ['z9.huge', 120, 'one z9.huge for as long; its price is not known here'],
  ])('tells what %s for %i min costs at most', async (instanceType, limitMinutes, cost) => {
    const line = `--instance-type ${instanceType} --limit-minutes ${limitMinutes}`;
    const options = await parse(line);
    if (options.command !== 'measure') throw new Error('not measured');
    const text = planText({ name: 'runner-scaler-probe-00c0ffee', caller, options });
    expect(text).toContain(cost);
    expect(text).toContain(`${limitMinutes} min at most`);
    expect(text).toContain('123456789012, as arn:aws:iam::1:user/a');
    expect(text).toContain('eu-west-1');
  });
});
