/** How an App signs its requests. */
import { sign } from 'node:crypto';
import type { GitHubApp } from '../github-app-secret.ts';

/** Clocks differ: issued a minute ago, as GitHub advises. */
const ISSUED_AGO_SECONDS = 60;

/** GitHub takes at most ten minutes from now; these are nine, and ten from the moment of issue. */
const LIFE_SECONDS = 600;

/** A JWT is used again for so long, in milliseconds. Its last minutes are left to a clock that is ahead. */
export const JWT_KEPT_MS = 240_000;

/**
 * @param now milliseconds since the epoch, by GitHub's clock
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function appJwt({ appId, privateKey }: GitHubApp, now: number): string {
  const iat = Math.floor(now / 1000) - ISSUED_AGO_SECONDS;
  const claims = { iat, exp: iat + LIFE_SECONDS, iss: appId };
  const signed = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
