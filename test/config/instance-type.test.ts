import { describe, expect, test } from '@jest/globals';
import { architectureOf, DEFAULT_INSTANCE_TYPES } from '../../config/instance-type.ts';

describe('architecture of an instance type', () => {
  test.each([
    'm7g.large',
    't4g.small',
    'c7gn.16xlarge',
    'im4gn.large',
    'is4gen.medium',
    'x2gd.metal',
    'g5g.xlarge',
    'a1.large',
    'hpc7g.4xlarge',
    'c8gd.metal-24xl',
  ])('%s is a Graviton type, so arm64', (type) => {
    expect(architectureOf(type)).toBe('arm64');
  });

  test.each([
    'm7i.large',
    'm7i-flex.large',
    't3.micro',
    'g4dn.xlarge',
    'g5.xlarge',
    'g4ad.4xlarge',
    'gr6.4xlarge',
    'm5zn.metal',
    'x2iedn.32xlarge',
    'p5en.48xlarge',
    'u7i-12tb.224xlarge',
    'c7a.metal-48xl',
  ])('%s is x86_64', (type) => {
    expect(architectureOf(type)).toBe('x86_64');
  });

  test.each([
    '',
    'large',
    'm7g',
    'm7g.',
    'm7g.huge',
    'M7G.large',
    'm7g.large ',
    'mac2.metal',
    'mac1.metal',
    'm7i.-1xlarge',
  ])('%j is not the type of a runner', (type) => {
    expect(architectureOf(type)).toBeUndefined();
  });

  test('every default type has the architecture it stands for', () => {
    for (const byArchitecture of Object.values(DEFAULT_INSTANCE_TYPES)) {
      for (const [architecture, types] of Object.entries(byArchitecture)) {
        expect(types.map(architectureOf)).toEqual(types.map(() => architecture));
      }
    }
  });
});
