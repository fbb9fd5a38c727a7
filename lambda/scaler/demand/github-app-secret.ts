/** The secret of a GitHub App: JSON with the App's id and its private key. */
import { createPrivateKey } from 'node:crypto';
import { parseObject } from '../contract/json.ts';
import { problemOf, type SecretKind } from './secret-kinds.ts';

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
    if (typeof privateKey !== 'string' || !isPrivateKey(privateKey)) {
      return { ok: false, problem: 'holds no private key in PEM at privateKey' };
    }
    return { ok: true, credential: { appId: id, privateKey } };
  },
};

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
