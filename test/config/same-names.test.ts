import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../config/config-error.ts';
import { resolveConfig } from '../../config/resolve-config.ts';

describe('the names of all fleets', () => {
  test('may be alike over the sources', () => {
    expect(problemsOf(['acme/linux'], ['linux', 'acme/linux-arm', 'acme'])).toEqual([]);
  });

  test('may not be the same over the sources', () => {
    expect(problemsOf(['acme/arm', 'acme/linux'], ['linux', 'acme/linux'])).toEqual([
      'gitlab.fleets[1] (acme/linux): name is "acme/linux", as in resourceClasses[1]; allowed: one fleet of a name over all sources, because groups, secrets, events and metrics are named without the source; choose another name',
    ]);
  });

  test('may not be the same within GitLab', () => {
    expect(problemsOf([], ['linux', 'linux'])).toEqual([
      'gitlab.fleets[1] (linux): name is "linux", as in gitlab.fleets[0]; allowed: one entry per class',
    ]);
  });

  test.each([
    ['acme.linux', 'acme/linux'],
    ['a..b', 'a:b'],
    ['a/-b', 'a+b'],
  ])('%s and %s would have one group, and are refused', (first, second) => {
    expect(problemsOf([], [first, second])).toEqual([
      expect.stringMatching(
        /^gitlab\.fleets\[1\] .* whose group would be called ci\.\S+, as that of gitlab\.fleets\[0\] .* choose another name$/,
      ),
    ]);
  });
});

function problemsOf(classes: readonly string[], names: readonly string[]): readonly string[] {
  const fleets = names.map((name, index) => ({ name, runner: index + 1, max: 1 }));
  const resourceClasses = classes.map((resourceClass) => ({ resourceClass, max: 1 }));
  try {
    resolveConfig({
      name: 'ci',
      ...(classes.length > 0 && { resourceClasses }),
      gitlab: { url: 'https://gitlab.example.com', scope: 'instance', fleets },
    });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
