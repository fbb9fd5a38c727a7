/** With more configs than resolve-config.property.test.ts, which is for every day. */
import { describe, expect, test } from '@jest/globals';
import { resolvedOrRefused, resolvedWithinLimits } from './config-properties.ts';

describe('every config', () => {
  test('of any content is either resolved or refused with a list of mistakes', () => {
    expect(() => resolvedOrRefused(2_000)).not.toThrow();
  });

  test('of options within their limits is resolved, within the limits of AWS', () => {
    expect(() => resolvedWithinLimits(600)).not.toThrow();
  });
});
