import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SCALER_NAME_PATTERN } from '../../lambda/scaler/contract.ts';
import { CIRCLECI_CLASS_PATTERN } from '../../lambda/scaler/contract.ts';
import { groupName } from '../../config/fleet-names.ts';

interface Pair {
  readonly scaler: string;
  readonly resourceClass: string;
}

describe('the name of a group', () => {
  test.each([
    ['ci', 'acme/linux', 'ci.acme.linux'],
    ['ci-prod', 'acme/linux', 'ci-prod.acme.linux'],
    ['ci', 'prod-acme/linux', 'ci.prod-acme.linux'],
    ['ci', 'acme/gpu:a', 'ci.acme.gpu..a'],
    ['ci', 'acme/gpu+a', 'ci.acme.gpu.-a'],
    ['ci', 'acme/gpu:-a', 'ci.acme.gpu..-a'],
    ['ci', 'acme/gpu_A-b', 'ci.acme.gpu_A-b'],
  ])('of the scaler %s and the class %s is %s', (scaler, resourceClass, name) => {
    expect(groupName(scaler, resourceClass)).toBe(name);
  });

  test('identifies the scaler and the class that it is for', () => {
    fc.assert(
      fc.property(anyPair(), (pair) => {
        expect(pairIn(groupName(pair.scaler, pair.resourceClass))).toEqual(pair);
      }),
      { numRuns: 2_000 },
    );
  });

  test('differs for all short pairs of the characters that could be confused', () => {
    const scalers = words('a-', 3).filter((name) => SCALER_NAME_PATTERN.test(name));
    const classes = words('a-_/:+', 6).filter((name) => CIRCLECI_CLASS_PATTERN.test(name));
    const names = new Set(
      scalers.flatMap((scaler) => classes.map((each) => groupName(scaler, each))),
    );
    expect(classes.length).toBeGreaterThan(1_000);
    expect(names.size).toBe(scalers.length * classes.length);
  });

  test('needs no quoting in a shell, a URL, an ARN or a policy, and no colon, which AWS refuses', () => {
    fc.assert(
      fc.property(anyPair(), ({ scaler, resourceClass }) => {
        expect(groupName(scaler, resourceClass)).toMatch(/^[A-Za-z][A-Za-z0-9._-]*$/);
      }),
    );
  });
});

function anyPair(): fc.Arbitrary<Pair> {
  return fc.record({
    scaler: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,31}$/),
    resourceClass: fc.stringMatching(/^[a-z0-9_-]{1,20}\/[A-Za-z0-9:_+-]{1,40}$/),
  });
}

/** The other way round: an inverse exists only where no two pairs have one name. */
function pairIn(group: string): Pair {
  const [, scaler = '', namespace = '', rest = ''] = /^([^.]*)\.([^.]*)\.(.*)$/.exec(group) ?? [];
  const name = rest.replaceAll(/\.(.)/g, (_escape, which) => (which === '.' ? ':' : '+'));
  return { scaler, resourceClass: `${namespace}/${name}` };
}

/** Every word of the letters, up to a length. */
function words(letters: string, longest: number): readonly string[] {
  if (longest === 0) return [''];
  const shorter = words(letters, longest - 1);
  const longer = shorter
    .filter((word) => word.length === longest - 1)
    .flatMap((word) => Array.from(letters, (letter) => word + letter));
  return [...shorter, ...longer];
}
