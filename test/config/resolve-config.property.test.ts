/** Of nine limits that were moved by one, 80 configs found as many as 600: seven. resolve-config.proof.ts tries more. */
import { describe, expect, test } from '@jest/globals';
import { resolvedOrRefused, resolvedWithinLimits } from './config-properties.ts';

describe('every config', () => {
  test('of any content is either resolved or refused with a list of mistakes', () => {
    expect(() => resolvedOrRefused(200)).not.toThrow();
  });

  test('of options within their limits is resolved, within the limits of AWS', () => {
    expect(() => resolvedWithinLimits(80)).not.toThrow();
  });
});
