/** Reads the two options that name an existing secret; the config has them in several places. */
import type { ConfigReader } from './reader.ts';
import type { TokenSource } from './resolved-config.ts';

/**
 * A complete ARN ends in six characters that Secrets Manager adds; a partial one would match other
 * secrets in a policy.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html
 */
const SECRET_ARN =
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}$/;

const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/;

/** Somebody may enter the token itself instead of the ARN. */
const mayBeToken = (text: string) => !text.startsWith('arn:');

/** What the two options are called, and the name of a secret for examples. */
export interface TokenKeys {
  readonly arn: string;
  readonly kmsKeyArn: string;
  readonly example: string;
}

export const CIRCLECI_TOKEN: TokenKeys = {
  arn: 'existingTokenSecretArn',
  kmsKeyArn: 'tokenKmsKeyArn',
  example: 'circleci-token',
};
export const GITLAB_TOKEN: TokenKeys = {
  arn: 'tokenSecretArn',
  kmsKeyArn: 'tokenKmsKeyArn',
  example: 'gitlab-token',
};
export const GITHUB_APP: TokenKeys = {
  arn: 'appSecretArn',
  kmsKeyArn: 'appKmsKeyArn',
  example: 'github-app',
};

export function readTokenSource(reader: ConfigReader, keys: TokenKeys): TokenSource {
  const { arn: arnKey, kmsKeyArn: kmsKey, example } = keys;
  const existingSecretArn = reader.optionalText(arnKey, {
    mayBeToken,
    accepts: (text) => SECRET_ARN.test(text),
    allowed:
      'the complete ARN of a secret, such as ' +
      `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${example}-a1B2c3`,
  });
  const kmsKeyArn = reader.optionalText(kmsKey, {
    accepts: (text) => KEY_ARN.test(text),
    allowed:
      'the ARN of a KMS key, such as ' +
      'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  });
  if (kmsKeyArn !== undefined && existingSecretArn === undefined) {
    reader.refuse(kmsKey, `only together with ${arnKey}`);
  } else if (
    kmsKeyArn &&
    existingSecretArn &&
    regionOf(kmsKeyArn) !== regionOf(existingSecretArn)
  ) {
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    reader.refuse(
      kmsKey,
      `a key of the Region of ${arnKey}, which is ${regionOf(existingSecretArn)}; a key of another Region cannot encrypt it`,
    );
  }
  return {
    ...(existingSecretArn !== undefined && { existingSecretArn }),
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
  };
}

function regionOf(arn: string): string | undefined {
  return arn.split(':')[3];
}
