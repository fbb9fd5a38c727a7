import { expect, test } from '@jest/globals';
import { resolveConfig } from '../../config/resolve-config.ts';
import { fleetsOf } from '../../simulator/fleets.ts';

test('a fleet is priced by its first type, at a share for spot, and not at all where no price is known', () => {
  const config = resolveConfig({
    name: 'ci',
    resourceClasses: [
      { resourceClass: 'acme/linux', max: 2, instanceTypes: ['m7i.large'] },
      { resourceClass: 'acme/spot', max: 2, instanceTypes: ['m7i.large'], purchase: 'spot' },
      { resourceClass: 'acme/new', max: 2, instanceTypes: ['m99i.large'] },
    ],
  });
  const { fleets, unpriced } = fleetsOf(config.fleets, new Map([['m7i.large', 0.1]]));
  expect(fleets.map(({ pricePerHour }) => pricePerHour)).toEqual([0.1, 0.1 * 0.4, null]);
  expect(unpriced).toEqual(['m99i.large']);
});
