import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiSecret, runnerSecret } from '../../commands/secret.ts';
import { secretNamed } from '../../commands/secret-options.ts';
import { CONFIG, LINUX, type LocalStage, localStage, typedLocally } from './local-stage.ts';

const TOKEN = 'CCIPAT_0123456789abcdef';

describe('a secret that is set', () => {
  let it: LocalStage;

  beforeEach(async () => {
    it = await localStage();
  });

  afterEach(async () => it.close());

  const runnerToken = () => {
    const found = it.installation.stack?.resources.find(({ logicalId }) =>
      logicalId.startsWith('FleetacmelinuxTokenSecret'),
    );
    return it.installation.secrets.get(found?.physicalId ?? '');
  };
  const apiToken = () => it.installation.secrets.get(it.installation.names.apiToken);

  test('is read from standard input, and shown nowhere', async () => {
    const ended = await typedLocally(it.url, ['secret', 'set'], { stdin: `${TOKEN}\n` });
    expect(ended.code).toBe(0);
    expect(apiToken()).toBe(TOKEN);
    expect(ended.stdout).toMatch(/^filled: the API token of CircleCI, arn:aws:secretsmanager:/);
    expect(ended.stdout + ended.stderr).not.toContain(TOKEN);
  });

  test('of a class is its runner token, and may come from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'secret-'));
    try {
      await writeFile(join(folder, 'token'), `  ${TOKEN}\n`);
      const file = join(folder, 'token');
      const ended = await typedLocally(it.url, ['secret', 'set', LINUX, '--file', file, '--json']);
      expect(ended.code).toBe(0);
      expect(JSON.parse(ended.stdout)).toEqual({
        account: '123456789012',
        region: 'us-east-1',
        secret: expect.stringContaining(':secret:'),
      });
      expect(runnerToken()).toBe(TOKEN);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ['', 'is empty'],
    ['replace-with-the-token', 'holds the placeholder'],
    ['{"token":"CCIPAT_0123456789abcdef"}', 'holds no bare token (it has JSON)'],
    ['CCIPAT_0123456789 abcdef', 'holds no bare token (it has spaces or other characters'],
  ])('of the form %j is refused, and not repeated', async (given, problem) => {
    const before = apiToken();
    const { code, stdout, stderr } = await typedLocally(it.url, ['secret', 'set'], {
      stdin: given,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`what was given for the API token of CircleCI ${problem}`);
    expect(stderr).toContain('nothing was changed');
    expect(stdout + stderr).not.toContain('0123456789');
    expect(apiToken()).toBe(before);
  });

  test('without a stack says where it looked', async () => {
    it.installation.stack = undefined;
    const { code, stderr } = await typedLocally(it.url, ['secret', 'set'], { stdin: TOKEN });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^there is no stack ci in simulated at .*; deploy it with npx cdk deploy/,
    );
  });
});

describe('which secret is meant', () => {
  test('is the one of the only source, or of the one that is named', () => {
    const circleci = { url: 'u', api: 'counts', callsPerSecond: 0, tokenSecret: 'c' } as const;
    const gitlab = { url: 'u', scope: { kind: 'instance' }, tokenSecret: 'g' } as const;
    expect(apiSecret({ sources: { gitlab } }, undefined).id).toBe('g');
    expect(apiSecret({ sources: { circleci, gitlab } }, 'circleci').id).toBe('c');
    expect(() => apiSecret({ sources: { circleci, gitlab } }, undefined)).toThrow(
      'reads several sources; allowed: --source with one of circleci, gitlab',
    );
    expect(() => apiSecret({ sources: { circleci } }, 'gitlab')).toThrow('allowed here: circleci');
  });

  const secret = (logicalId: string) => ({
    logicalId,
    type: 'AWS::SecretsManager::Secret',
    physicalId: `arn-of-${logicalId}`,
  });

  test('of a class is told apart from classes whose names begin alike', () => {
    const resources = ['FleetacmelinuxTokenSecret0A1B2C3D', 'FleetacmelinuxarmTokenSecret0A1B2C3D'];
    const deployment = { resources: resources.map(secret) };
    expect(runnerSecret(LINUX, { config: CONFIG, deployment }).id).toBe(`arn-of-${resources[0]}`);
  });

  test('is not guessed', () => {
    const resources = ['FleetacmelinuxTokenSecret0A1B2C3D', 'FleetacmelinuxTokenSecretFFFFFFFF'];
    const several = { config: CONFIG, deployment: { resources: resources.map(secret) } };
    expect(() => runnerSecret(LINUX, several)).toThrow(/several secrets of the stack may be/);
    const none = { config: CONFIG, deployment: { resources: [] } };
    expect(() => runnerSecret(LINUX, none)).toThrow(/has no secret for the runner token of acme/);
    expect(() => runnerSecret('acme/linx', none)).toThrow('unknown; did you mean acme/linux?');
  });

  test.each([
    [['get'], '"get" is no work on secrets; allowed: set'],
    [['set', 'a/b', 'c'], 'unexpected argument "c"; allowed: one class'],
  ])('%j is refused', (names, said) => {
    expect(() => secretNamed(names, { source: undefined })).toThrow(said);
  });
});
