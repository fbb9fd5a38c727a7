/** The CircleCI API token: read from its secret once, kept, and read again when it is refused. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Budget, Clock } from './clock.ts';
import { TOKEN_PLACEHOLDER } from './contract.ts';
import { DemandSourceError } from './demand/source.ts';
import { errorFacts } from './error-facts.ts';

export interface TokenStore {
  /**
   * The token as last read.
   *
   * @throws DemandSourceError of kind `no-token` that names the secret and the command to fill it
   */
  current(budget: Budget): Promise<string>;
  /** The token read anew after `refused` was not accepted; the same one when it has not changed. */
  reread(refused: string, budget: Budget): Promise<string>;
}

/** The secret is read at most this often, however many classes are refused at once. */
export const REREAD_PAUSE_MS = 10_000;

export interface SecretTokenOptions {
  readonly client: SecretsManagerClient;
  /** Id or ARN of the secret. */
  readonly secret: string;
  readonly clock: Clock;
}

export function secretToken({ client, secret, clock }: SecretTokenOptions): TokenStore {
  let reading: Promise<string> | undefined;
  let readAt = 0;

  const read = (budget: Budget) => {
    readAt = clock.now();
    reading = fetchToken(client, secret, budget);
    // Whoever awaits it sees the rejection; this only keeps an unawaited one from ending the process.
    reading.catch(() => undefined);
    return reading;
  };
  const recent = () => clock.now() - readAt < REREAD_PAUSE_MS;

  return {
    async current(budget) {
      if (reading === undefined) return read(budget);
      try {
        return await reading;
      } catch (error) {
        if (recent()) throw error;
        return read(budget);
      }
    },
    async reread(refused, budget) {
      const known = await this.current(budget);
      if (known !== refused) return known;
      // Another class may have begun the new read while this one waited for the old.
      return recent() ? this.current(budget) : read(budget);
    },
  };
}

async function fetchToken(
  client: SecretsManagerClient,
  secret: string,
  budget: Budget,
): Promise<string> {
  const fill =
    `put the bare token into it: aws secretsmanager put-secret-value --secret-id ${secret} ` +
    '--secret-string file://token.txt';
  let value: string;
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secret }), {
      abortSignal: budget.signal,
    });
    value = (answer.SecretString ?? '').trim();
  } catch (cause) {
    const { name, message } = errorFacts(cause);
    const empty = name === 'ResourceNotFoundException' && message.includes('staging label');
    throw new DemandSourceError(
      'no-token',
      empty
        ? `the secret ${secret} is empty; ${fill}`
        : `the secret ${secret} could not be read (${name}: ${message}); check that it exists and ` +
            `that the function's role may read it, then ${fill}`,
      { cause },
    );
  }
  if (value === '')
    throw new DemandSourceError('no-token', `the secret ${secret} is empty; ${fill}`);
  if (value === TOKEN_PLACEHOLDER) {
    throw new DemandSourceError('no-token', `the secret ${secret} holds the placeholder; ${fill}`);
  }
  // A header value: printable ASCII. JSON is what the console's key/value form stores.
  if (!/^[\x21-\x7e]+$/.test(value) || value.startsWith('{')) {
    throw new DemandSourceError(
      'no-token',
      `the secret ${secret} holds no bare token (it has ${value.startsWith('{') ? 'JSON' : 'spaces or other characters no token has'}); ${fill}`,
    );
  }
  return value;
}
