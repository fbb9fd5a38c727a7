/** A GitHub App with its key pair, and how GitHub judges what it signed. */
import { createPrivateKey, generateKeyPairSync, verify } from 'node:crypto';
import type { GitHubApp } from '../lambda/scaler/demand/github-app-secret.ts';
import type { Received } from './http-server.ts';

export interface TestApp extends GitHubApp {
  readonly publicKey: string;
}

/** With the private key as GitHub makes it. */
export function testApp(appId: string): TestApp {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return { appId, ...keys };
}

/**
 * Judges the JWT of a request as GitHub does, in GitHub's words.
 *
 * @param now milliseconds since the epoch, by GitHub's clock
 * @returns undefined for a good one
 */
export function jwtRefusal(
  { headers }: Received,
  { app, now }: { readonly app: TestApp; readonly now: number },
): string | undefined {
  const jwt = /^bearer (.*)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    app.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) return 'A JSON web token could not be decoded';
  const { iat, exp, iss } = decodedPart(claims) as Record<string, number | string>;
  if (iss !== app.appId) return "'Issuer' claim ('iss') must be an Integer";
  if (Number(exp) * 1000 <= now) {
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  }
  if (Number(exp) * 1000 > now + 600_000) {
    return "'Expiration time' claim ('exp') is too far in the future";
  }
  if (Number(iat) * 1000 > now) {
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  }
  return undefined;
}

export function decodedPart(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

/** The same key as the libraries of others take it. */
export function pkcs8(pkcs1: string): string {
  return createPrivateKey(pkcs1).export({ type: 'pkcs8', format: 'pem' }).toString();
}
