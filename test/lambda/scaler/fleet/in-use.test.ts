import { expect, test } from '@jest/globals';
import { encodeLastUsed } from '../../../../lambda/scaler/contract.ts';
import { isInUse } from '../../../../lambda/scaler/fleet/in-use.ts';
import { fleet } from '../quiet-fleet.ts';

const NOW = Date.parse('2026-03-16T09:00:00Z');

test.each<[uses: string, state: Parameters<typeof fleet>[1], expected: boolean]>([
  ['today', { lastUsed: '2026-03-16' }, true],
  ['13 days ago', { lastUsed: '2026-03-03' }, true],
  ['on the day 14 days ago', { lastUsed: '2026-03-02' }, false],
  ['never', { lastUsed: undefined }, false],
  ['on a day that is none', { lastUsed: '2026-13-40' }, false],
  ['in words that nobody wrote', { lastUsed: 'yesterday' }, false],
  ['long ago, with a machine that boots', { lastUsed: undefined, pending: ['i-1'] }, true],
  ['long ago, with one in service', { lastUsed: undefined, inService: ['i-1'] }, true],
  ['long ago, with one that ends', { lastUsed: undefined, ending: ['i-1'] }, true],
  ['long ago, and wants one', { lastUsed: undefined, desired: 1 }, true],
])('a fleet that was used %s is in use: %s', (_uses, state, expected) => {
  expect(isInUse(fleet('a', state), NOW)).toBe(expected);
});

test('the day is that of UTC', () => {
  expect(encodeLastUsed(Date.parse('2026-03-02T23:59:59Z'))).toBe('2026-03-02');
  expect(encodeLastUsed(Date.parse('2026-03-02T23:59:59-01:00'))).toBe('2026-03-03');
});
