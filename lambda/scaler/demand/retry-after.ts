import type { IncomingHttpHeaders } from 'node:http';

/**
 * How long a server asks a client to wait: its `Retry-After`, which is whole seconds or an HTTP date; or else the
 * first of the given headers that says when a limit ends, in seconds since the epoch or as an HTTP date, such as
 * GitHub's `x-ratelimit-reset` and GitLab's `ratelimit-reset` and `ratelimit-resettime`. A moment is compared with the answer's own `Date` header where
 * there is one, so that a clock that is off does no harm.
 *
 * @param resetHeaders only where the server is known to mean a moment by them. Default: none.
 * @returns milliseconds, never negative; undefined when there is no header or it cannot be read
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function retryAfterMs(
  headers: IncomingHttpHeaders,
  now: number,
  resetHeaders: readonly string[] = [],
): number | undefined {
  const value = headers['retry-after']?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const resets = resetHeaders.map((header) => resetAt(headers[header]));
  const at = [httpDate(value), ...resets].find((moment) => !Number.isNaN(moment));
  if (at === undefined) return undefined;
  return Math.max(0, at - serverTime(headers, now));
}

/** The moment by the server's clock at which it answered; by this machine's where it does not say. */
export function serverTime(headers: IncomingHttpHeaders, now: number): number {
  const date = httpDate(headers.date ?? '');
  return Number.isNaN(date) ? now : date;
}

/**
 * An HTTP date in any of its three forms; the oldest, of C's asctime(), has no zone and is in GMT too.
 * Date.parse would take "-5" or "1.5" for a year; an HTTP date begins with the name of a day.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 */
function httpDate(value: string): number {
  if (!/^[A-Z][a-z]{2}/.test(value)) return Number.NaN;
  return Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
}

function resetAt(value: string | readonly string[] | undefined): number {
  if (typeof value !== 'string') return Number.NaN;
  const seconds = epochSeconds(value);
  return Number.isNaN(seconds) ? httpDate(value.trim()) : seconds;
}

/** Ten digits, from 2001 to 2286: a smaller number is a span of seconds, which the header does not mean. */
function epochSeconds(value: string): number {
  return /^\d{10}$/.test(value.trim()) ? Number(value) * 1000 : Number.NaN;
}
