/** A source's credential: read from its secret once, kept, and read again when it may be wrong. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Budget, Clock } from '../clock.ts';
import { errorFacts } from '../contract/error-facts.ts';
import type { SecretKind } from './secret-kinds.ts';
import { DemandSourceError } from './source.ts';

/** The classes of one pass share its budget, and with it one reading of the secret. */
export interface CredentialStore<Credential> {
  /**
   * The credential as last read.
   *
   * @throws DemandSourceError of kind `no-token` that names the secret and the command to fill it; the
   *   next pass reads the secret again
   */
  current(budget: Budget): Promise<Credential>;
  /**
   * The credential read again after `refused` was not accepted; the same one when it has not changed, or was
   * read within `REREAD_PAUSE_MS` before this pass.
   *
   * @throws DemandSourceError of kind `no-token` when the secret holds none any more or cannot be read;
   *   for the classes that it serves, the credential known so far stays in use
   */
  reread(refused: Credential, budget: Budget): Promise<Credential>;
}

/**
 * A container reads a credential that it knows at most this often, however many classes are refused: a
 * little less than the schedule's minute, so that each minute's pass may.
 */
export const REREAD_PAUSE_MS = 50_000;

/**
 * A credential is read again after so long although nobody refused it: CircleCI may answer a wrong one with
 * counts of zero. An hour is also what AWS's own cache of secrets keeps.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_cache-java.html
 */
export const LONGEST_KEPT_MS = 3_600_000;

export interface SecretCredentialOptions<Credential> {
  readonly client: SecretsManagerClient;
  /** Id or ARN of the secret. */
  readonly secret: string;
  readonly kind: SecretKind<Credential>;
  readonly clock: Clock;
}

interface Fetched<Credential> {
  /** As the secret has it, by which two readings are compared. */
  readonly text: string;
  readonly credential: Credential;
}

interface Known<Credential> extends Fetched<Credential> {
  /** When it was asked for. */
  readonly at: number;
}

interface Reading<Credential> {
  readonly budget: Budget;
  readonly at: number;
  readonly credential: Promise<Credential>;
}

export function secretCredential<Credential>(
  options: SecretCredentialOptions<Credential>,
): CredentialStore<Credential> {
  const { clock } = options;
  let known: Known<Credential> | undefined;
  let last: Reading<Credential> | undefined;

  /** The reading of this pass: the one under way or done, or else a new one. */
  const readOnce = async (budget: Budget): Promise<Credential> => {
    if (last?.budget !== budget) {
      const at = clock.now();
      const credential = fetched(options, budget).then((read) => {
        // The same text is the same credential, so that it is known for one that was refused.
        const same = known?.text === read.text ? known.credential : read.credential;
        if (known === undefined || known.at <= at) known = { ...read, credential: same, at };
        return same;
      });
      last = { budget, at, credential };
    }
    return last.credential;
  };
  const mayRead = () => last === undefined || clock.now() - last.at >= REREAD_PAUSE_MS;

  const current = async (budget: Budget): Promise<Credential> => {
    if (known === undefined) return readOnce(budget);
    const { credential, at } = known;
    if (clock.now() - at < LONGEST_KEPT_MS || !mayRead()) return credential;
    return readOnce(budget).catch(() => credential);
  };

  return {
    current,
    async reread(refused, budget) {
      const credential = await current(budget);
      if (credential !== refused || (last?.budget !== budget && !mayRead())) return credential;
      return readOnce(budget);
    },
  };
}

async function fetched<Credential>(
  { client, secret, kind }: SecretCredentialOptions<Credential>,
  budget: Budget,
): Promise<Fetched<Credential>> {
  let text: string;
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secret }), {
      abortSignal: budget.signal,
    });
    text = (answer.SecretString ?? '').trim();
  } catch (cause) {
    const { name, message } = errorFacts(cause);
    const empty = name === 'ResourceNotFoundException' && message.includes('staging label');
    throw new DemandSourceError(
      'no-token',
      empty
        ? `the secret ${secret} is empty; ${kind.fill(secret)}`
        : `the secret ${secret} could not be read (${name}: ${message}); check that it exists and ` +
            `that the function's role may read it, then ${kind.fill(secret)}`,
      { cause },
    );
  }
  const parsed = kind.parse(text);
  if (parsed.ok) return { text, credential: parsed.credential };
  throw new DemandSourceError(
    'no-token',
    `the secret ${secret} ${parsed.problem}; ${kind.fill(secret)}`,
  );
}
