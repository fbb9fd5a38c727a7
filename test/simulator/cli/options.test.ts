import { describe, expect, test } from '@jest/globals';
import { parseOptions, USAGE, UsageError } from '../../../simulator/cli/options.ts';

describe('the command line', () => {
  test('needs no option at all', () => {
    expect(parseOptions([])).toEqual({
      config: 'config.ts',
      compare: [],
      trace: undefined,
      out: 'out/local-run.html',
      json: undefined,
      chart: undefined,
      prices: undefined,
      seed: 1,
      bootSeconds: undefined,
      hours: undefined,
      direct: false,
      columns: {},
      durationUnit: undefined,
      zone: undefined,
      stages: undefined,
      classes: {},
      defaultClass: undefined,
    });
  });

  test('takes all that a trace needs', () => {
    const args =
      '--trace jobs.csv --column time=queued --column duration=took --duration-unit minutes ' +
      '--zone Europe/Berlin --stages launch,build,* --class big=acme/large --default-class acme/linux';
    expect(parseOptions(args.split(' '))).toMatchObject({
      trace: 'jobs.csv',
      columns: { time: 'queued', duration: 'took' },
      durationUnit: 'minutes',
      zone: 'Europe/Berlin',
      stages: ['launch', 'build', '*'],
      classes: { big: 'acme/large' },
      defaultClass: 'acme/linux',
    });
  });

  test.each([['--compare a.ts b.ts'], ['--compare a.ts --compare b.ts']])(
    'takes configs to compare as %s',
    (line) => {
      expect(parseOptions(line.split(' '))).toMatchObject({
        compare: ['a.ts', 'b.ts'],
        out: 'out/what-if.html',
      });
    },
  );

  test('asks for help', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
    expect(parseOptions(['-h'])).toBeUndefined();
  });

  test('explains every option it takes', () => {
    for (const name of Object.keys(parseOptions([]) ?? {})) {
      const flag = { columns: 'column', classes: 'class' }[name] ?? name;
      expect(USAGE).toContain(
        `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      );
    }
  });

  test.each([
    [['--seed', '1.5'], '--seed is "1.5"; allowed: a whole number of at least 0'],
    [['--seed', ''], '--seed is ""; allowed: a whole number of at least 0'],
    [['--hours', '0'], '--hours is "0"; allowed: a number of at least 0.1'],
    [['--boot-seconds', 'long'], '--boot-seconds is "long"; allowed: a number of at least 1'],
    [['--column', 'time'], '--column is "time"; allowed: two words joined by ='],
    [['--column', 'when=x'], '--column names "when"; allowed: time, start'],
    [['--duration-unit', 'years'], '--duration-unit names "years"; allowed: '],
    [['--sed', '1'], "Unknown option '--sed'"],
    [['stray'], 'Unexpected argument'],
    [['--compare', 'a.ts'], '--compare names 1 config; allowed: two to 6'],
    [['--compare', ...'a b c d e f g'.split(' ')], '--compare names 7 configs; allowed: two to 6'],
    [['--compare', 'a', 'b', '--config', 'c'], '--config is given with --compare'],
    [['--compare', 'a', 'b', '--chart', 'c'], '--chart is given with --compare'],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
