import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, test } from '@jest/globals';
import { budgetOf } from '../../../../lambda/scaler/clock.ts';
import { TOKEN_PLACEHOLDER } from '../../../../lambda/scaler/contract.ts';
import {
  LONGEST_KEPT_MS,
  REREAD_PAUSE_MS,
  secretCredential,
} from '../../../../lambda/scaler/demand/credentials.ts';
import { bareToken, type SecretKind } from '../../../../lambda/scaler/demand/secret-kinds.ts';
import { type Reply, startServer, type TestServer } from '../../../http-server.ts';
import { manualClock } from '../../../manual-clock.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:api-token-AbCdEf';
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
});

describe('the API token', () => {
  test('is read from its secret once and then kept', async () => {
    const { pass } = await store(() => secret('CCIPAT_1'));
    expect(await pass().current()).toBe('CCIPAT_1');
    expect(await pass().current()).toBe('CCIPAT_1');
    expect(server?.received).toHaveLength(1);
    expect(server?.received[0]?.headers['x-amz-target']).toBe('secretsmanager.GetSecretValue');
    expect(JSON.parse(server?.received[0]?.body ?? '')).toEqual({ SecretId: SECRET });
  });

  test('is read once for all classes that want it at the same time', async () => {
    const { pass } = await store(() => secret('CCIPAT_1'));
    const { current } = pass();
    await Promise.all([current(), current(), current()]);
    expect(server?.received).toHaveLength(1);
  });

  test('may be followed by the line end that an editor leaves', async () => {
    const { pass } = await store(() => secret('CCIPAT_1\n'));
    expect(await pass().current()).toBe('CCIPAT_1');
  });
});

describe('a refused token', () => {
  test('is read anew, once for all classes that were refused', async () => {
    let value = 'old';
    const { pass, clock } = await store(() => secret(value));
    await pass().current();
    value = 'new';
    clock.advance(REREAD_PAUSE_MS);
    const { reread } = pass();
    expect(await Promise.all([reread('old'), reread('old')])).toEqual(['new', 'new']);
    expect(await reread('old')).toBe('new');
    expect(server?.received).toHaveLength(2);
  });

  test('is read again by the next minute, however often it stayed the same', async () => {
    let value = 'old';
    const { pass, clock } = await store(() => secret(value));
    for (let minute = 1; minute <= 5; minute += 1) {
      const { current, reread } = pass();
      expect(await reread(await current())).toBe('old');
      expect(server?.received).toHaveLength(minute);
      // The schedule is not exact.
      clock.advance(59_000);
    }
    value = 'new';
    const { current, reread } = pass();
    expect(await reread(await current())).toBe('new');
  });

  test('is read once a minute, however many passes and classes are refused in it', async () => {
    const { pass, clock } = await store(() => secret('old'));
    for (let second = 0; second < 60; second += 5) {
      const { current, reread } = pass();
      const token = await current();
      const classes = Array.from({ length: 75 }, async () => reread(token));
      expect(new Set(await Promise.all(classes))).toEqual(new Set(['old']));
      clock.advance(5_000);
    }
    expect(server?.received).toHaveLength(2);
  });

  test('that another class has replaced meanwhile is not read again', async () => {
    let value = 'old';
    const { pass, clock } = await store(() => secret(value));
    await pass().current();
    value = 'new';
    clock.advance(REREAD_PAUSE_MS);
    const { reread } = pass();
    await reread('old');
    clock.advance(REREAD_PAUSE_MS);
    expect(await reread('old')).toBe('new');
    expect(server?.received).toHaveLength(2);
  });

  test('stays in use for the classes that it serves while its secret cannot be read', async () => {
    let reply = secret('old');
    const { pass, clock } = await store(() => reply);
    await pass().current();
    for (const trouble of [
      { status: 400, body: '{"__type":"InternalServiceError"}' },
      secret(''),
    ]) {
      reply = trouble;
      clock.advance(REREAD_PAUSE_MS);
      const { current, reread } = pass();
      await expect(reread('old')).rejects.toMatchObject({ kind: 'no-token' });
      expect(await current()).toBe('old');
      expect(await pass().current()).toBe('old');
    }
  });
});

describe('a token that nobody refuses', () => {
  test('is compared with its secret once an hour, because a wrong one may be answered with zeros', async () => {
    let value = 'old';
    const { pass, clock } = await store(() => secret(value));
    await pass().current();
    value = 'new';
    clock.advance(LONGEST_KEPT_MS - 1);
    expect(await pass().current()).toBe('old');
    clock.advance(1);
    const { current } = pass();
    await Promise.all([current(), current()]);
    expect(await current()).toBe('new');
    expect(server?.received).toHaveLength(2);
  });

  test('stays in use while its secret cannot be read, which is tried once a minute', async () => {
    let reply = secret('old');
    const { pass, clock } = await store(() => reply);
    await pass().current();
    reply = secret('');
    clock.advance(LONGEST_KEPT_MS);
    expect(await pass().current()).toBe('old');
    expect(await pass().current()).toBe('old');
    expect(server?.received).toHaveLength(2);
    clock.advance(REREAD_PAUSE_MS);
    reply = secret('new');
    expect(await pass().current()).toBe('new');
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
    const { pass } = await store(() => reply);
    const error = await pass()
      .current()
      .then(() => undefined, String);
    expect(error).toContain(`the secret ${SECRET} ${words}`);
    expect(error).toContain(`aws secretsmanager put-secret-value --secret-id ${SECRET}`);
  });

  test('is asked for once by all classes of a pass, and again by the next pass', async () => {
    let value = TOKEN_PLACEHOLDER;
    const { pass } = await store(() => secret(value));
    const { current } = pass();
    const classes = await Promise.allSettled([current(), current(), current()]);
    expect(classes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(current()).rejects.toMatchObject({ kind: 'no-token' });
    expect(server?.received).toHaveLength(1);
    value = '{"token":"CCIPAT_1"}';
    await expect(pass().current()).rejects.toThrow('it has JSON');
    value = 'CCIPAT_1';
    expect(await pass().current()).toBe('CCIPAT_1');
  });
});

test('a credential that is no text is known for the refused one while its secret stays the same', async () => {
  const kind: SecretKind<{ readonly id: string }> = {
    fill: () => 'fill it',
    parse: (text) => ({ ok: true, credential: { id: text } }),
  };
  let value = 'old';
  const { credentials, clock } = await storeOf(kind, () => secret(value));
  const refused = await credentials.current(budgetOf(clock, 15_000));
  clock.advance(REREAD_PAUSE_MS);
  expect(await credentials.reread(refused, budgetOf(clock, 15_000))).toBe(refused);
  value = 'new';
  clock.advance(REREAD_PAUSE_MS);
  expect(await credentials.reread(refused, budgetOf(clock, 15_000))).toEqual({ id: 'new' });
});

function secret(value: string): Reply {
  return { body: JSON.stringify({ ARN: SECRET, SecretString: value }) };
}

async function storeOf<T>(kind: SecretKind<T>, answer: () => Reply) {
  server = await startServer(answer);
  const clock = manualClock();
  const client = new SecretsManagerClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  return { clock, credentials: secretCredential({ client, secret: SECRET, kind, clock }) };
}

async function store(answer: () => Reply) {
  const { clock, credentials: tokens } = await storeOf(bareToken, answer);
  return {
    clock,
    /** The store as the classes of one pass see it. */
    pass: () => {
      const budget = budgetOf(clock, 15_000);
      return {
        current: async () => tokens.current(budget),
        reread: async (refused: string) => tokens.reread(refused, budget),
      };
    },
  };
}
