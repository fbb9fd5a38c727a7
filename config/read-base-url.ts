/** Reads the address of a CI system's installation, to which a token is sent. */
import { httpUrl } from '../lambda/scaler/contract.ts';
import type { ConfigReader } from './reader.ts';

/** All variables of a function together have 4 kB. */
const LONGEST_URL = 500;

export interface BaseUrlRule {
  /** Of an installation of one's own. */
  readonly example: string;
  /** Default: the URL has to be given. */
  readonly fallback?: string;
  /** What to write instead of an address that is known to be wrong. */
  readonly betterThan: (base: string) => string | undefined;
}

/** @returns the URL without a trailing slash; empty where it was refused */
export function readBaseUrl(
  reader: ConfigReader,
  { example, fallback, betterThan }: BaseUrlRule,
): string {
  const url = fallback === undefined || reader.has('url') ? reader.raw('url') : fallback;
  const base = typeof url === 'string' ? httpUrl(url) : undefined;
  if (base === undefined || !(base.startsWith('https:') || isLoopback(base))) {
    reader.refuse(
      'url',
      `an https URL without query, credentials or fragment, such as ${example}; ` +
        'http for a loopback address only, because a token is sent there',
    );
    return '';
  }
  if (base.length > LONGEST_URL) {
    reader.refuse('url', `at most ${LONGEST_URL} characters`);
    return '';
  }
  const better = betterThan(base);
  if (better === undefined) return base;
  reader.refuse('url', better);
  return '';
}

function isLoopback(base: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(base).hostname);
}
