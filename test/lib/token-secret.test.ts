import { afterAll, describe, expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gitHubApp } from '../../lambda/scaler/demand/github-app-secret.ts';
import { bareToken, type SecretKind } from '../../lambda/scaler/demand/secret-kinds.ts';
import { TokenSecret, type TokenSecretProps } from '../../lib/token-secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'token-secret-'));
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The command that a stack prints for filling the secret, as the user sees it. */
function fillOf(contents: TokenSecretProps['contents']) {
  const stack = new Stack();
  const secret = new TokenSecret(stack, 'Secret', {
    source: {},
    description: 'token of a test',
    ...(contents && { contents }),
  });
  expect(secret.readStatements).toHaveLength(1);
  const [output] = Object.values(Template.fromStack(stack).findOutputs('*'));
  const { Description, Value } = output as {
    readonly Description: string;
    readonly Value: { readonly 'Fn::Join': readonly [string, readonly (string | object)[]] };
  };
  const parts = Value['Fn::Join'][1];
  const command = parts
    .map((part) => (typeof part === 'string' ? part : 'value-of-the-stack'))
    .join('');
  return { description: Description, command };
}

/** Runs the command with an `aws` that keeps what it is handed. @returns what the secret would hold */
function filledBy(command: string, input: string) {
  const kept = join(folder, 'kept');
  const aws = join(folder, 'aws');
  writeFileSync(aws, `#!/bin/sh\necho "$@" > '${kept}.arguments'\ncat > '${kept}'\n`);
  chmodSync(aws, 0o755);
  // From a file: a command that does not read it would leave a broken pipe.
  const typed = join(folder, 'typed');
  writeFileSync(typed, input);
  execFileSync('bash', ['-c', command], {
    cwd: folder,
    stdio: [openSync(typed, 'r'), 'pipe', 'pipe'],
    env: { ...process.env, PATH: [folder, process.env['PATH']].join(delimiter) },
  });
  return { text: readFileSync(kept, 'utf8'), args: readFileSync(`${kept}.arguments`, 'utf8') };
}

describe('the command that fills the secret', () => {
  test.each<
    [
      contents: TokenSecretProps['contents'],
      what: string,
      kind: SecretKind<unknown>,
      credential: unknown,
    ]
  >([
    [undefined, 'paste the token', bareToken, 'CCIPAT_1'],
    ['github-app', 'the file of its private key', gitHubApp, { appId: '12345', privateKey }],
  ])(
    'of %s puts in what the function reads, and nothing into its arguments',
    (contents, what, kind, credential) => {
      const { description, command } = fillOf(contents);
      expect(description).toContain(what);
      writeFileSync(join(folder, 'KEY.pem'), privateKey);
      const { text, args } = filledBy(command.replace('APP_ID', '12345'), 'CCIPAT_1\n');
      expect(kind.parse(text.trim())).toEqual({ ok: true, credential });
      expect(args).toContain('secretsmanager put-secret-value --region value-of-the-stack');
      expect(args).not.toMatch(/CCIPAT_1|PRIVATE KEY/);
    },
  );
});
