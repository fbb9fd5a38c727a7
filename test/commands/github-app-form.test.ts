/** What people have of a GitHub App, and what becomes of it in the secret. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitHubAppForm } from '../../commands/github-app-form.ts';
import { readyStage, type ReadyStage, SOURCE_CONFIGS } from './each-source-stage.ts';

const PUBLIC = { type: 'spki', format: 'pem' } as const;
const RSA = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: PUBLIC,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const PKCS8 = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: PUBLIC,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ENCRYPTED = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: PUBLIC,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'a' },
});
const ELLIPTIC = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: PUBLIC,
  privateKeyEncoding: { type: 'sec1', format: 'pem' },
});
const KEY = RSA.privateKey;
const BACKSLASH_N = String.raw`\n`;

const json = (privateKey: string, appId: unknown = '12345') =>
  JSON.stringify({ appId, privateKey });

describe('a GitHub App is taken', () => {
  test.each<readonly [what: string, text: string, key: string]>([
    ['as JSON with a key in PKCS1', json(KEY), KEY],
    ['as JSON with a key in PKCS8', json(PKCS8.privateKey), PKCS8.privateKey],
    ['with a number as its id', json(KEY, 12_345), KEY],
    ['with line ends of Windows in the key', json(KEY.replaceAll('\n', '\r\n')), KEY],
    ['with a backslash and an n for each line end', json(KEY.replaceAll('\n', BACKSLASH_N)), KEY],
    ['with a key pasted into JSON by hand', `{"appId": "12345", "privateKey": "${KEY}"}`, KEY],
    [
      'with such a key from Windows',
      `{\r\n"appId": 12345,\r\n"privateKey": "${KEY.replaceAll('\n', '\r\n')}"\r\n}`,
      KEY,
    ],
    ['with more in it', JSON.stringify({ appId: '12345', privateKey: KEY, webhook: 'x' }), KEY],
  ])('%s', (_what, text, key) => {
    expect(JSON.parse(gitHubAppForm(text, undefined))).toEqual({
      appId: '12345',
      privateKey: key,
    });
  });

  test.each([KEY, KEY.replaceAll('\n', '\r\n'), KEY.replaceAll('\n', BACKSLASH_N)])(
    'as the key file and its id',
    (key) => {
      expect(JSON.parse(gitHubAppForm(key.trim(), 'Iv23abc'))).toEqual({
        appId: 'Iv23abc',
        privateKey: KEY,
      });
    },
  );
});

interface Refused {
  readonly what: string;
  readonly text: string;
  readonly appId?: string;
  readonly said: string;
}

const REFUSED: readonly Refused[] = [
  { what: 'nothing', text: '', said: 'is empty' },
  { what: 'the placeholder', text: 'replace-with-the-token', said: 'holds the placeholder' },
  { what: 'a token', text: 'ghp_0123456789abcdef', said: 'holds no JSON object' },
  {
    what: 'the key alone',
    text: KEY,
    said: "holds the private key alone; give the App's id beside it: --app-id ID",
  },
  {
    what: 'JSON with the id given twice',
    text: json(KEY),
    appId: '12345',
    said: 'holds no private key in PEM, as --app-id needs it',
  },
  {
    what: 'JSON without the id',
    text: JSON.stringify({ privateKey: KEY }),
    said: 'holds no id of a GitHub App at appId',
  },
  {
    what: 'JSON without the key',
    text: '{"appId":"12345"}',
    said: 'holds no private key in PEM at privateKey',
  },
  {
    what: 'JSON that breaks off',
    text: json(KEY).slice(0, 600),
    said: 'holds no JSON object',
  },
  {
    what: 'a public key',
    text: json(RSA.publicKey),
    said: 'holds a public key at privateKey; the private one is in the file that GitHub gives',
  },
  {
    what: 'the file of a public key',
    text: RSA.publicKey,
    appId: '12345',
    said: 'holds a public key at privateKey; the private one is in the file that GitHub gives',
  },
  {
    what: 'a key with a passphrase',
    text: json(ENCRYPTED.privateKey),
    said: 'holds a private key at privateKey that has a passphrase',
  },
  {
    what: 'a key of another kind',
    text: json(ELLIPTIC.privateKey),
    said: 'holds a private key at privateKey that is no whole RSA key, as Apps have it',
  },
  {
    what: 'a key that lacks a line',
    text: json(KEY.replace(/\n.{64}\n/, '\n')),
    said: 'holds a private key at privateKey that is no whole RSA key, as Apps have it',
  },
  {
    what: 'a key that breaks off',
    text: json(KEY.slice(0, 700)),
    said: 'holds a private key at privateKey that breaks off',
  },
];

test.each(REFUSED)('$what is refused in one sentence that repeats nothing', (refused) => {
  const { text, appId, said } = refused;
  const form = () => gitHubAppForm(text, appId);
  expect(form).toThrow(new Error(`what was given for the GitHub App ${said}; nothing was changed`));
});

describe('the command itself, for a scaler of GitHub', () => {
  let it: ReadyStage;
  let folder: string;

  beforeAll(async () => {
    it = await readyStage(SOURCE_CONFIGS.github);
    folder = await mkdtemp(join(tmpdir(), 'app-'));
  });

  afterAll(async () => {
    await it.close();
    await rm(folder, { recursive: true });
  });

  const stored = () => it.installation.secrets.get(it.installation.names.apiToken);
  const secretLines = KEY.split('\n').slice(1, -2);

  function expectNothingRepeated(said: string): void {
    for (const line of secretLines) expect(said).not.toContain(line);
  }

  test('fills the secret from standard input, and says nothing of it', async () => {
    const ended = await it.typed(['secret', 'set'], { stdin: json(KEY, 777) });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^filled: the GitHub App, arn:aws:secretsmanager:/);
    expect(JSON.parse(stored() ?? '')).toEqual({ appId: '777', privateKey: KEY });
    expectNothingRepeated(ended.stdout + ended.stderr);
  });

  test('fills it from the file that GitHub gives, with the id beside it', async () => {
    const file = join(folder, 'app.pem');
    await writeFile(file, PKCS8.privateKey);
    const ended = await it.typed(['secret', 'set', '--file', file, '--app-id', '778', '--json']);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ secret: it.installation.names.apiToken });
    expect(JSON.parse(stored() ?? '')).toMatchObject({ appId: '778' });
  });

  test('refuses a key with a passphrase, and leaves the secret as it was', async () => {
    const before = stored();
    const ended = await it.typed(['secret', 'set'], { stdin: json(ENCRYPTED.privateKey) });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('at privateKey that has a passphrase; nothing was changed\n');
    expect(stored()).toBe(before);
    for (const line of ENCRYPTED.privateKey.split('\n').slice(1, -2)) {
      expect(ended.stderr).not.toContain(line);
    }
  });

  test('says that a class of GitHub has no secret', async () => {
    const ended = await it.typed(['secret', 'set', it.resourceClass], { stdin: 'x' });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^the resource class linux has no secret: machines of GitHub/);
  });

  test.each([
    [['--app-id', 'my app'], '--app-id is "my app"; allowed: the id or the client id'],
    [['--file', '/nowhere/app.pem'], '/nowhere/app.pem cannot be read: ENOENT'],
  ])('refuses %j', async (args, said) => {
    const ended = await it.typed(['secret', 'set', ...args], { stdin: json(KEY) });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(said);
  });
});
