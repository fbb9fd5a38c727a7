import { describe, expect, test } from '@jest/globals';
import { DEFAULTS, parametersWith } from '../../../simulator/world/parameter-values.ts';
import { type Parameters, PARAMETERS } from '../../../simulator/world/parameters.ts';
import { EFFECTS } from './parameter-effects.ts';
import { tinyWorld } from './tiny-world.ts';

describe('the parameter', () => {
  test.each(Object.entries(EFFECTS))('%s decides $is', async (_, effect) => {
    const see = async (parameters: Partial<Parameters>) =>
      effect.see(tinyWorld({ ...effect.options, parameters }));
    expect(await see({ ...effect.given })).toEqual(effect.without);
    expect(await see({ ...effect.given, ...effect.value })).toEqual(effect.with);
  });

  test.each(Object.entries(PARAMETERS))('%s has a usable default and range', (name, parameter) => {
    for (const value of [parameter.default, ...parameter.range]) {
      expect(() => parametersWith({ [name]: value })).not.toThrow();
    }
  });
});

describe('values for the parameters', () => {
  test('take the place of the defaults, which otherwise stay', () => {
    expect(parametersWith({ pollPause: 9 })).toEqual({ ...DEFAULTS, pollPause: 9 });
  });

  test('that are unusable are all named, each with what is allowed', () => {
    const wrong = {
      boot: { min: 5, max: 1 },
      finish: 'explode',
      agentCrash: 1.5,
      hookTimeout: -1,
      noCapacityWindows: [{ from: 9, to: 3 }],
      speed: 3,
    };
    // The values come from outside: a file or the command line.
    const values: object = wrong;
    expect(() => parametersWith(values)).toThrow(
      [
        'parameters are not usable:',
        '  - boot is {"min":5,"max":1}; allowed: seconds, uniform { min, max } or lognormal { median, sigma }, none negative',
        '  - finish is "explode"; allowed: terminate-with-decrement, stop',
        '  - agentCrash is 1.5; allowed: probability, 0 to 1, none negative',
        '  - hookTimeout is -1; allowed: seconds, none negative',
        '  - noCapacityWindows is [{"from":9,"to":3}]; allowed: windows { from, to, group? }, in seconds since the world\'s start, none negative',
        '  - speed is unknown; allowed: launchLag,',
      ].join('\n'),
    );
  });
});
