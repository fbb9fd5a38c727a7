/** The secret of a GitHub App: JSON with the App's id and its private key. */
import { createPrivateKey } from 'node:crypto';
import { parseObject } from '../contract/json.ts';
import { type Parsed, problemOf, type SecretKind } from './secret-kinds.ts';

export interface GitHubApp {
  /** The App's id, or its client id, either of which signs its requests. */
  readonly appId: string;
  /** In PEM. */
  readonly privateKey: string;
}

/** @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps */
export const gitHubApp: SecretKind<GitHubApp> = {
  fill: (secret) =>
    'put {"appId": "…", "privateKey": "…"} into it, with the key as GitHub made it: aws secretsmanager ' +
    `put-secret-value --secret-id ${secret} --secret-string file://app.json`,
  parse(text) {
    const problem = problemOf(text);
    if (problem !== undefined) return { ok: false, problem };
    const found = parseObject(text);
    if (found === undefined) return { ok: false, problem: 'holds no JSON object' };
    const { appId, privateKey } = found;
    const id = typeof appId === 'number' ? String(appId) : appId;
    if (typeof id !== 'string' || !/^[A-Za-z0-9.]{1,64}$/.test(id)) {
      return { ok: false, problem: 'holds no id of a GitHub App at appId' };
    }
    const key = typeof privateKey === 'string' ? readKey(privateKey) : NO_KEY;
    return key.ok ? { ok: true, credential: { appId: id, privateKey: key.credential } } : key;
  },
};

const NO_KEY = { ok: false, problem: 'holds no private key in PEM at privateKey' } as const;

const PUBLIC_KEY = {
  ok: false,
  problem: 'holds a public key at privateKey; the private one is in the file that GitHub gives',
} as const;
const OTHER_KEY = {
  ok: false,
  problem: 'holds a private key at privateKey that is no whole RSA key, as Apps have it',
} as const;
const BREAKS_OFF = {
  ok: false,
  problem: 'holds a private key at privateKey that breaks off',
} as const;

const PEM = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----([^-]*)-----END \1-----/;

/**
 * A key that has lost its line breaks on the way into the secret is as good as any: shells and forms make spaces of
 * them, or a backslash and an n, and the lines say nothing.
 */
function readKey(text: string): Parsed<string> {
  if (/ENCRYPTED/.test(text)) {
    return { ok: false, problem: 'holds a private key at privateKey that has a passphrase' };
  }
  const [, kind, body] = PEM.exec(text) ?? [];
  if (kind === undefined || body === undefined) {
    const [, other] = /-----BEGIN ([A-Z ]*)-----/.exec(text) ?? [];
    if (other?.endsWith('PUBLIC KEY')) return PUBLIC_KEY;
    if (!other?.endsWith('PRIVATE KEY')) return NO_KEY;
    return text.includes('-----END') ? OTHER_KEY : BREAKS_OFF;
  }
  const base64 = body.replaceAll(/\s|\\[nr]/g, '');
  const lines = base64.match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`;
  return isPrivateKey(pem) ? { ok: true, credential: pem } : OTHER_KEY;
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
