import { describe, expect, test } from '@jest/globals';
import { retryAfterMs } from '../../../../lambda/scaler/demand/retry-after.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');

describe('Retry-After', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['is absent', {}, undefined],
    ['is empty', { 'retry-after': '' }, undefined],
    ['is a number of seconds', { 'retry-after': '120' }, 120_000],
    ['is zero', { 'retry-after': '0' }, 0],
    ['is a date, by our own clock', { 'retry-after': 'Mon, 02 Mar 2026 09:00:30 GMT' }, 30_000],
    [
      "is a date, by the server's clock where it tells it",
      { 'retry-after': 'Mon, 02 Mar 2026 10:00:30 GMT', date: 'Mon, 02 Mar 2026 10:00:00 GMT' },
      30_000,
    ],
    ['is a date as of RFC 850', { 'retry-after': 'Monday, 02-Mar-26 09:00:30 GMT' }, 30_000],
    ["is a date as of C's asctime()", { 'retry-after': 'Mon Mar  2 09:00:30 2026' }, 30_000],
    ['is a number beyond all waiting', { 'retry-after': '99999999999' }, 99_999_999_999_000],
    ['is a date that has passed', { 'retry-after': 'Mon, 02 Mar 2026 08:00:00 GMT' }, 0],
    ['is negative', { 'retry-after': '-5' }, undefined],
    ['is a fraction', { 'retry-after': '1.5' }, undefined],
    ['is words', { 'retry-after': 'Soon enough' }, undefined],
  ])('%s', (_name, headers, expected) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected);
  });
});

describe('a header that names the moment of a reset', () => {
  const at = (seconds: number) => String(NOW / 1000 + seconds);
  const date = 'Mon, 02 Mar 2026 10:00:00 GMT';

  test.each<[string, Record<string, string>, number | undefined]>([
    ['is read by our own clock', { 'x-reset': at(90) }, 90_000],
    ["is read by the server's clock where it tells it", { 'x-reset': at(3690), date }, 90_000],
    ['may be the second of those that are named', { 'ratelimit-reset': at(5) }, 5_000],
    ['may be an HTTP date', { 'x-reset': 'Mon, 02 Mar 2026 09:00:30 GMT' }, 30_000],
    ['has passed', { 'x-reset': at(-5) }, 0],
    ['gives way to Retry-After', { 'x-reset': at(90), 'retry-after': '7' }, 7_000],
    [
      'stands in for a Retry-After that is none',
      { 'x-reset': at(90), 'retry-after': 'soon' },
      90_000,
    ],
    ['is a span and no moment', { 'x-reset': '90' }, undefined],
    ['is words', { 'x-reset': 'tomorrow' }, undefined],
    ['is not one that the source has', { 'x-other-reset': at(90) }, undefined],
  ])('%s', (_name, headers, expected) => {
    expect(retryAfterMs(headers, NOW, ['x-reset', 'ratelimit-reset'])).toBe(expected);
  });

  test('is not read of a source that has none', () => {
    expect(retryAfterMs({ 'x-ratelimit-reset': at(90) }, NOW)).toBeUndefined();
  });
});
