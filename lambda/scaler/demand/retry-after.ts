import type { IncomingHttpHeaders } from 'node:http';

/**
 * How long a server asks a client to wait, from its `Retry-After` header: whole seconds, or an HTTP
 * date, which is compared with the answer's own `Date` header where there is one, so that a clock
 * that is off does no harm.
 *
 * @returns milliseconds, never negative; undefined when there is no header or it cannot be read
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = httpDate(value);
  const serverNow = httpDate(headers.date ?? '');
  return Number.isNaN(at)
    ? undefined
    : Math.max(0, at - (Number.isNaN(serverNow) ? now : serverNow));
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
