import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../cli/usage-error.ts';
import { DRAIN, type DrainGiven, drainOptionsOf } from '../../commands/drain-options.ts';
import { typed } from '../cli/typed.ts';

const parse = async (text: string) => drainOptionsOf(await typed<DrainGiven>(DRAIN, text));

describe('the command line of a drain', () => {
  test('names classes, each once, or all of them', async () => {
    const one = { config: 'config.ts', mode: 'hold', yes: false, region: undefined };
    expect(await parse('--class acme/linux acme/arm --class acme/linux')).toEqual({
      ...one,
      classes: ['acme/linux', 'acme/arm'],
    });
    expect(await parse('--all')).toEqual({ ...one, classes: 'all' });
  });

  test('takes everything else', async () => {
    expect(await parse('--all --end-now --yes --config staging.ts --region eu-central-1')).toEqual({
      config: 'staging.ts',
      classes: 'all',
      mode: 'end-now',
      yes: true,
      region: 'eu-central-1',
    });
    expect(await parse('--all --wait')).toMatchObject({ mode: 'wait' });
    expect(await parse('--all --undo')).toMatchObject({ mode: 'undo' });
  });

  test.each([
    ['', 'no resource class is named; allowed: --class CLASS …, or --all'],
    [
      '--class linux*',
      '--class is "linux*"; allowed: namespace/name, for example acme/linux (circleci), or 1 to 100 letters, digits and _ . / : + -, not beginning with :, for example linux-large (github, gitlab)',
    ],
    ['--all --class acme/linux', '--all is given with "acme/linux"; allowed: one of the two'],
    [
      '--all --wait --end-now',
      '--wait and --end-now are given; allowed: one of --wait, --end-now, --undo; --end-now waits by itself',
    ],
    [
      '--all --wait --undo',
      '--wait and --undo are given; allowed: one of --wait, --end-now, --undo',
    ],
    ['--all --yes', '--yes is given without --end-now; nothing else asks'],
    ['--all --region mars', '--region is "mars"; allowed: the name of a region, such as us-east-1'],
  ])('%j is refused', async (text, message) => {
    await expect(parse(text)).rejects.toThrow(new UsageError(message));
  });
});
