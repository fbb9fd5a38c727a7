/** The secrets of a scaler. What they hold is in no message. */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { errorFacts } from '../../lambda/scaler/contract.ts';
import { asking, AwsError } from './refusal.ts';

export async function putSecret(
  client: SecretsManagerClient,
  id: string,
  contents: string,
): Promise<void> {
  await asking('secretsmanager:PutSecretValue', async () =>
    client.send(new PutSecretValueCommand({ SecretId: id, SecretString: contents })),
  );
}

/** @returns undefined for a secret that nobody has filled yet */
export async function secretContents(
  client: SecretsManagerClient,
  id: string,
): Promise<string | undefined> {
  try {
    const { SecretString = '' } = await asking('secretsmanager:GetSecretValue', async () =>
      client.send(new GetSecretValueCommand({ SecretId: id })),
    );
    return SecretString;
  } catch (error) {
    // The secret is there, and holds no version yet.
    if (error instanceof AwsError && errorFacts(error).message.includes('staging label')) {
      return undefined;
    }
    throw error;
  }
}
