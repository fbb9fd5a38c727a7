/**
 * A GitHub App's sign-in: its JWT, and the tokens of its installation.
 *
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
import { verify } from 'node:crypto';
import { isObject, parseObject } from '../../lambda/scaler/contract.ts';
import { json, NOT_FOUND, refusal, type Schemas } from './github-answers.ts';
import type { Request, Response } from './server.ts';

export interface EmulatedApp {
  readonly appId: string;
  /** In PEM. */
  readonly publicKey: string;
}

export interface AppSignInOptions {
  readonly app: EmulatedApp;
  /** Where the App is installed. */
  readonly owners: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const HOUR_MS = 3_600_000;
const LONGEST_JWT_SECONDS = 600;

export interface AppSignIn {
  /** Undefined for a request that is no part of the sign-in. */
  answer(request: Request): Response | undefined;
  /** The owner at whose installation a request is made; undefined where its token is none or has expired. */
  ownerOf(request: Pick<Request, 'headers'>): string | undefined;
}

export function appSignIn({ app, owners, now }: AppSignInOptions): AppSignIn {
  const tokens = new Map<string, { readonly owner: string; readonly expiresAt: number }>();

  const installation = (id: number) => ({ id, account: { login: owners[id - 1] } });
  const idOf = (owner: string) =>
    owners.findIndex((each) => each.toLowerCase() === owner.toLowerCase()) + 1;

  function mint(id: number): Response {
    const owner = owners[id - 1];
    if (owner === undefined) return NOT_FOUND;
    const expiresAt = Math.floor((now() + HOUR_MS) / 1000) * 1000;
    // Those of today have 40 characters, and those of a roll-out under way the length of a JWT.
    const token = `ghs_${app.appId}_${String(tokens.size + 1).padStart(id % 2 === 1 ? 30 : 800, '0')}`;
    tokens.set(token, { owner, expiresAt });
    return json(201, {
      token,
      expires_at: new Date(expiresAt).toISOString().replace('.000', ''),
      permissions: { actions: 'read', metadata: 'read', organization_self_hosted_runners: 'write' },
      repository_selection: 'all',
    } satisfies Schemas['installation-token']);
  }

  return {
    answer(request) {
      const { path, method } = request;
      const place = /^\/(?:users|orgs|repos)\/([^/]+)(?:\/[^/]+)?\/installation$/.exec(path)?.[1];
      const id = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path)?.[1];
      if (place === undefined && id === undefined) return undefined;
      const problem = jwtProblem(bearerOf(request), app, now());
      if (problem !== undefined) return refusal(401, problem);
      if (id !== undefined) return method === 'POST' ? mint(Number(id)) : NOT_FOUND;
      const own = idOf(place ?? '');
      return own === 0 ? NOT_FOUND : json(200, installation(own));
    },
    ownerOf(request) {
      const found = tokens.get(bearerOf(request));
      return found !== undefined && found.expiresAt > now() ? found.owner : undefined;
    },
  };
}

function bearerOf({ headers }: Pick<Request, 'headers'>): string {
  return /^(?:bearer|token) (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** In GitHub's words; undefined for a good one. */
function jwtProblem(
  jwt: string,
  { appId, publicKey }: EmulatedApp,
  now: number,
): string | undefined {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  const { alg } = partOf(head);
  const signed = Buffer.from(`${head}.${claims}`);
  const isSigned =
    alg === 'RS256' && verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'));
  if (!isSigned) return 'A JSON web token could not be decoded';
  const { iat, exp, iss } = partOf(claims);
  const seconds = now / 1000;
  if (String(iss) !== appId) return 'Integration not found';
  if (typeof exp !== 'number' || exp <= seconds) {
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  }
  if (exp > seconds + LONGEST_JWT_SECONDS) {
    return "'Expiration time' claim ('exp') is too far in the future";
  }
  if (typeof iat !== 'number' || iat > seconds) {
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  }
  return undefined;
}

function partOf(part: string): Readonly<Record<string, unknown>> {
  const found = parseObject(Buffer.from(part, 'base64url').toString());
  return isObject(found) ? found : {};
}
