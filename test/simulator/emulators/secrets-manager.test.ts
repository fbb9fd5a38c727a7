import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AwsStage, awsStage } from './aws-stage.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:full-AbCdEf';

let stage: AwsStage;
let vault: SecretsManagerClient;

beforeEach(async () => {
  stage = await awsStage();
  ({ vault } = stage);
});

afterEach(async () => {
  await stage.close();
});

describe('a secret that has a value', () => {
  test.each([
    ['its name', 'full'],
    ['its full ARN', ARN],
    ['its ARN without the end', ARN.replace(/-AbCdEf$/, '')],
  ])('is given by %s, with both', async (_what, SecretId) => {
    expect(await read(SecretId)).toMatchObject({
      ARN,
      Name: 'full',
      SecretString: 'bare-token',
      VersionStages: ['AWSCURRENT'],
    });
  });

  test.each([
    ['its name', 'full'],
    ['its full ARN', ARN],
  ])('takes another value by %s', async (_what, SecretId) => {
    await write(SecretId, 'other');
    expect((await read('full')).SecretString).toBe('other');
    expect((await read(ARN)).SecretString).toBe('other');
  });

  test('that is kept by its ARN is given by its ARN', async () => {
    const theirs = ARN.replace('full', 'team/token');
    stage.secrets.set(theirs, 'their-token');
    expect(await read(theirs)).toMatchObject({
      ARN: theirs,
      Name: 'team/token',
      SecretString: 'their-token',
    });
    expect(await read('team/token')).toMatchObject({ SecretString: 'their-token' });
  });

  test('whose name ends as ARNs do is not given by a part of its ARN, which looks whole', async () => {
    stage.secrets.set('runner-tokens', 'bare-token');
    const whole = ARN.replace('full', 'runner-tokens');
    expect(await read(whole)).toMatchObject({ Name: 'runner-tokens' });
    await expect(read(whole.replace(/-AbCdEf$/, ''))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('a secret that has none', () => {
  test('is refused, and given once it has one', async () => {
    await expect(read('empty')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('staging label: AWSCURRENT'),
    });
    await write('empty', 'first');
    expect((await read('empty')).SecretString).toBe('first');
  });
});

describe('what is refused as AWS does', () => {
  test.each([
    ['an unknown name', 'nobody'],
    ['the ARN of an unknown secret', ARN.replace('full', 'nobody')],
    ['an ARN that ends in other characters', ARN.replace(/AbCdEf$/, 'ZyXwVu')],
    ["an ARN's end beside a name", 'full-AbCdEf'],
    ["another service's ARN", ARN.replace('secretsmanager', 'ssm')],
  ])('%s', async (_what, SecretId) => {
    const missing = {
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    };
    await expect(read(SecretId)).rejects.toMatchObject(missing);
    await expect(write(SecretId, 'other')).rejects.toMatchObject(missing);
  });

  test.each([
    ['no id', undefined],
    ['an empty id', ''],
  ])('%s', async (_what, SecretId) => {
    await expect(read(SecretId)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('no value to write, and the secret keeps its own', async () => {
    await expect(write('full', undefined)).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    expect((await read('full')).SecretString).toBe('bare-token');
  });

  test('an operation that is not there', async () => {
    await expect(vault.send(new DescribeSecretCommand({ SecretId: 'full' }))).rejects.toMatchObject(
      { name: 'UnknownOperationException' },
    );
  });

  test('a body that is not JSON', async () => {
    const response = await fetch(stage.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
      body: 'SecretId=full',
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ __type: 'SerializationException' }),
    ]);
  });
});

async function read(SecretId: string | undefined) {
  return vault.send(new GetSecretValueCommand({ SecretId }));
}

async function write(SecretId: string, SecretString: string | undefined) {
  return vault.send(new PutSecretValueCommand({ SecretId, SecretString }));
}
