import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { TOKEN_PLACEHOLDER } from '../../../../lambda/scaler/contract.ts';
import { gitHubApp } from '../../../../lambda/scaler/demand/github-app-secret.ts';
import { bareToken } from '../../../../lambda/scaler/demand/secret-kinds.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf';

describe.each([
  ['a bare token', bareToken],
  ['a GitHub App', gitHubApp],
])('%s', (_name, kind) => {
  test.each([
    ['', 'is empty'],
    [TOKEN_PLACEHOLDER, 'holds the placeholder'],
  ])('is not %j', (text, problem) => {
    expect(kind.parse(text)).toEqual({ ok: false, problem });
  });

  test('is put into its secret by a command that names the secret', () => {
    expect(kind.fill(SECRET)).toContain(
      `aws secretsmanager put-secret-value --secret-id ${SECRET}`,
    );
  });
});

describe('a GitHub App', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });

  test.each(['12345', 'Iv23liAbCdEf01234567'])('with the id %s is read', (appId) => {
    expect(gitHubApp.parse(JSON.stringify({ appId, privateKey }))).toEqual({
      ok: true,
      credential: { appId, privateKey },
    });
  });

  test('may have its id as a number', () => {
    expect(gitHubApp.parse(JSON.stringify({ appId: 12345, privateKey }))).toMatchObject({
      credential: { appId: '12345' },
    });
  });

  test.each<[name: string, lost: (pem: string) => string]>([
    ['spaces', (pem) => pem.replaceAll('\n', ' ')],
    ['nothing', (pem) => pem.replaceAll('\n', '')],
    ['a backslash and an n', (pem) => pem.replaceAll('\n', '\\n')],
    [
      'a backslash and an n, and other white space',
      (pem) => ` ${pem.replaceAll('\n', '\\r\\n\t')}`,
    ],
    ['the line ends of Windows', (pem) => pem.replaceAll('\n', '\r\n')],
  ])('may have %s in place of the line breaks of its key', (_name, lost) => {
    expect(gitHubApp.parse(JSON.stringify({ appId: '1', privateKey: lost(privateKey) }))).toEqual({
      ok: true,
      credential: { appId: '1', privateKey },
    });
  });

  const encrypted = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'a' },
  });
  const elliptic = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

  test.each<[name: string, text: string, problem: string]>([
    ['a bare token', 'ghp_1', 'holds no JSON object'],
    ['the key alone', privateKey, 'holds no JSON object'],
    ['no id', JSON.stringify({ privateKey }), 'holds no id of a GitHub App at appId'],
    [
      'words for an id',
      JSON.stringify({ appId: 'my app', privateKey }),
      'holds no id of a GitHub App at appId',
    ],
    ['no key', '{"appId":"1"}', 'holds no private key in PEM at privateKey'],
    [
      'a key that breaks off',
      JSON.stringify({ appId: '1', privateKey: privateKey.slice(0, 800) }),
      'holds a private key at privateKey that breaks off',
    ],
    [
      'a key that lacks a part',
      JSON.stringify({ appId: '1', privateKey: privateKey.replace(/\n.{64}\n/, '\n') }),
      'holds a private key at privateKey that is no whole RSA key, as Apps have it',
    ],
    [
      'a key with a passphrase',
      JSON.stringify({ appId: '1', privateKey: encrypted.privateKey }),
      'holds a private key at privateKey that has a passphrase',
    ],
    [
      'a key of another kind',
      JSON.stringify({ appId: '1', privateKey: elliptic.privateKey }),
      'holds a private key at privateKey that is no whole RSA key, as Apps have it',
    ],
    [
      'a public key',
      JSON.stringify({ appId: '1', privateKey: elliptic.publicKey }),
      'holds a public key at privateKey; the private one is in the file that GitHub gives',
    ],
  ])('is not %s, which is not repeated', (_name, text, problem) => {
    expect(gitHubApp.parse(text)).toEqual({ ok: false, problem });
  });
});
