import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../../lambda/scaler/clock.ts';
import { TOKEN_PLACEHOLDER } from '../../../lambda/scaler/contract.ts';
import { REREAD_PAUSE_MS, secretToken } from '../../../lambda/scaler/token.ts';
import { type Reply, startServer, type TestServer } from '../../http-server.ts';
import { manualClock } from '../../manual-clock.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:api-token-AbCdEf';
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
});

describe('the API token', () => {
  test('is read from its secret once and then kept', async () => {
    const { current } = await store(() => secret('CCIPAT_1'));
    expect(await current()).toBe('CCIPAT_1');
    expect(await current()).toBe('CCIPAT_1');
    expect(server?.received).toHaveLength(1);
    expect(server?.received[0]?.headers['x-amz-target']).toBe('secretsmanager.GetSecretValue');
    expect(JSON.parse(server?.received[0]?.body ?? '')).toEqual({ SecretId: SECRET });
  });

  test('is read once for all classes that want it at the same time', async () => {
    const { current } = await store(() => secret('CCIPAT_1'));
    await Promise.all([current(), current(), current()]);
    expect(server?.received).toHaveLength(1);
  });

  test('may be followed by the line end that an editor leaves', async () => {
    const { current } = await store(() => secret('CCIPAT_1\n'));
    expect(await current()).toBe('CCIPAT_1');
  });
});

describe('a refused token', () => {
  test('is read anew, once for all classes that were refused', async () => {
    let value = 'old';
    const { current, reread, clock } = await store(() => secret(value));
    await current();
    value = 'new';
    clock.advance(REREAD_PAUSE_MS);
    expect(await Promise.all([reread('old'), reread('old')])).toEqual(['new', 'new']);
    expect(await reread('old')).toBe('new');
    expect(server?.received).toHaveLength(2);
  });

  test('that was read a moment ago is not read again', async () => {
    const { current, reread } = await store(() => secret('old'));
    await current();
    expect(await reread('old')).toBe('old');
    expect(server?.received).toHaveLength(1);
  });
});

describe('a secret without a usable token names itself and the command that fills it', () => {
  const missing = (message: string) => ({
    status: 400,
    body: JSON.stringify({ __type: 'ResourceNotFoundException', Message: message }),
  });
  test.each<[name: string, reply: Reply, words: string]>([
    ['the placeholder', secret(TOKEN_PLACEHOLDER), 'holds the placeholder'],
    ['nothing', secret(''), 'is empty'],
    ['only white space', secret(' \n'), 'is empty'],
    [
      'no version yet',
      missing(
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      ),
      'is empty',
    ],
    ['JSON', secret('{"token":"CCIPAT_1"}'), 'holds no bare token (it has JSON)'],
    ['a space within', secret('CCIPAT 1'), 'holds no bare token (it has spaces'],
    [
      'does not exist',
      missing("Secrets Manager can't find the specified secret."),
      'could not be read (ResourceNotFoundException',
    ],
    [
      'may not be read',
      {
        status: 400,
        body: JSON.stringify({ __type: 'AccessDeniedException', Message: 'not authorized' }),
      },
      'could not be read (AccessDeniedException: not authorized)',
    ],
  ])('%s', async (_name, reply, words) => {
    const { current } = await store(() => reply);
    const error = await current().then(() => undefined, String);
    expect(error).toContain(`the secret ${SECRET} ${words}`);
    expect(error).toContain(`aws secretsmanager put-secret-value --secret-id ${SECRET}`);
  });

  test('is not asked for by every class, but soon again', async () => {
    let value = '';
    const { current, clock } = await store(() => secret(value));
    await expect(current()).rejects.toMatchObject({ kind: 'no-token' });
    await expect(current()).rejects.toMatchObject({ kind: 'no-token' });
    expect(server?.received).toHaveLength(1);
    value = 'CCIPAT_1';
    clock.advance(REREAD_PAUSE_MS);
    expect(await current()).toBe('CCIPAT_1');
  });
});

function secret(value: string): Reply {
  return { body: JSON.stringify({ ARN: SECRET, SecretString: value }) };
}

async function store(answer: () => Reply) {
  server = await startServer(answer);
  const clock = manualClock();
  const client = new SecretsManagerClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  const tokens = secretToken({ client, secret: SECRET, clock });
  return {
    clock,
    current: async () => tokens.current(budgetOf(clock, 5_000)),
    reread: async (refused: string) => tokens.reread(refused, budgetOf(clock, 5_000)),
  };
}
