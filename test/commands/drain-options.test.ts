import { describe, expect, test } from '@jest/globals';
import { DRAIN_USAGE, parseDrainOptions } from '../../commands/drain-options.ts';
import { UsageError } from '../../simulator/cli/options.ts';

const parse = (text: string) => parseDrainOptions(text.split(' ').filter((word) => word !== ''));

describe('the command line of a drain', () => {
  test('names classes, each once, or all of them', () => {
    const one = { config: 'config.ts', mode: 'hold', yes: false, region: undefined };
    expect(parse('--class acme/linux acme/arm --class acme/linux')).toEqual({
      ...one,
      classes: ['acme/linux', 'acme/arm'],
    });
    expect(parse('--all')).toEqual({ ...one, classes: 'all' });
  });

  test('takes everything else', () => {
    expect(parse('--all --end-now --yes --config staging.ts --region eu-central-1')).toEqual({
      config: 'staging.ts',
      classes: 'all',
      mode: 'end-now',
      yes: true,
      region: 'eu-central-1',
    });
    expect(parse('--all --wait')).toMatchObject({ mode: 'wait' });
    expect(parse('--all --undo')).toMatchObject({ mode: 'undo' });
  });

  test.each([
    ['', 'no resource class is named; allowed: --class CLASS …, or --all'],
    ['acme/linux', 'unexpected argument "acme/linux"; allowed: --class acme/linux'],
    ['--class linux', '--class is "linux"; allowed: namespace/name, for example acme/linux'],
    ['--all --class acme/linux', '--all is given with "acme/linux"; allowed: one of the two'],
    ['--all acme/linux', '--all is given with "acme/linux"; allowed: one of the two'],
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
  ])('%j is refused', (text, message) => {
    expect(() => parse(text)).toThrow(new UsageError(message));
  });

  test('refuses an unknown option, and explains itself', () => {
    expect(() => parse('--al')).toThrow(/Unknown option '--al'/);
    expect(parse('--help')).toBeUndefined();
    for (const option of [
      '--class',
      '--all',
      '--wait',
      '--end-now',
      '--undo',
      '--yes',
      '--region',
    ]) {
      expect(DRAIN_USAGE).toContain(`  ${option}`);
    }
  });
});
