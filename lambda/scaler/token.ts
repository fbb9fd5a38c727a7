/** The CircleCI API token: read from its secret once, kept, and read again when it may be wrong. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Budget, Clock } from './clock.ts';
import { TOKEN_PLACEHOLDER } from './contract.ts';
import { DemandSourceError } from './demand/source.ts';
import { errorFacts } from './error-facts.ts';

/** The classes of one pass share its budget, and with it one reading of the secret. */
export interface TokenStore {
  /**
   * The token as last read.
   *
   * @throws DemandSourceError of kind `no-token` that names the secret and the command to fill it; the
   *   next pass reads the secret again
   */
  current(budget: Budget): Promise<string>;
  /**
   * The token read anew after `refused` was not accepted; the same one when it has not changed, or was
   * read within `REREAD_PAUSE_MS` before this pass.
   *
   * @throws DemandSourceError of kind `no-token` when the secret holds none any more or cannot be read;
   *   for the classes that it serves, the token known so far stays in use
   */
  reread(refused: string, budget: Budget): Promise<string>;
}

/**
 * A container reads a token that it knows at most this often, however many classes are refused: a
 * little less than the schedule's minute, so that each minute's pass may.
 */
export const REREAD_PAUSE_MS = 50_000;

/**
 * A token is read again after so long although nobody refused it: CircleCI may answer a wrong one with
 * counts of zero. An hour is also what AWS's own cache of secrets keeps.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_cache-java.html
 */
export const LONGEST_KEPT_MS = 3_600_000;

export interface SecretTokenOptions {
  readonly client: SecretsManagerClient;
  /** Id or ARN of the secret. */
  readonly secret: string;
  readonly clock: Clock;
}

interface Reading {
  readonly budget: Budget;
  readonly at: number;
  readonly token: Promise<string>;
}

export function secretToken({ client, secret, clock }: SecretTokenOptions): TokenStore {
  let known: { readonly token: string; readonly at: number } | undefined;
  let last: Reading | undefined;

  /** The reading of this pass: the one under way or done, or else a new one. */
  const readOnce = async (budget: Budget): Promise<string> => {
    if (last?.budget !== budget) {
      const at = clock.now();
      const token = fetchToken(client, secret, budget).then((read) => {
        if (known === undefined || known.at <= at) known = { token: read, at };
        return read;
      });
      last = { budget, at, token };
    }
    return last.token;
  };
  const mayRead = () => last === undefined || clock.now() - last.at >= REREAD_PAUSE_MS;

  const current = async (budget: Budget): Promise<string> => {
    if (known === undefined) return readOnce(budget);
    const { token, at } = known;
    if (clock.now() - at < LONGEST_KEPT_MS || !mayRead()) return token;
    return readOnce(budget).catch(() => token);
  };

  return {
    current,
    async reread(refused, budget) {
      const token = await current(budget);
      if (token !== refused || (last?.budget !== budget && !mayRead())) return token;
      return readOnce(budget);
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
