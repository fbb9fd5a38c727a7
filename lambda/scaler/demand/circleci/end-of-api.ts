/** The headers by which a server announces that an API ends. */
import type { IncomingHttpHeaders } from 'node:http';

export interface AnnouncedEnd {
  readonly header: 'deprecation' | 'sunset';
  /** What the header says, such as `sunset is Wed, 31 Mar 2027 00:00:00 GMT`. */
  readonly said: string;
}

/**
 * `Deprecation` says since when an API should not be used any more, `Sunset` when it will stop to answer.
 *
 * @param withoutToken applied before a value is cut to its length
 * @see https://www.rfc-editor.org/rfc/rfc9745 and https://www.rfc-editor.org/rfc/rfc8594
 */
export function announcedEnds(
  headers: IncomingHttpHeaders,
  withoutToken: (text: string) => string,
): readonly AnnouncedEnd[] {
  return (['deprecation', 'sunset'] as const).flatMap((header) => {
    const value = headers[header];
    if (value === undefined) return [];
    const text = withoutToken(String(value)).slice(0, LONGEST_VALUE);
    return [{ header, said: `${header} is ${text}${dayOf(text)}` }];
  });
}

const LONGEST_VALUE = 100;

/** `Deprecation` writes its moment as seconds since the epoch behind an `@`; a person reads days. */
function dayOf(text: string): string {
  const seconds = /^@(\d{1,11})$/.exec(text.trim())?.[1];
  if (seconds === undefined) return '';
  return ` (${new Date(Number(seconds) * 1000).toISOString().slice(0, 10)})`;
}
