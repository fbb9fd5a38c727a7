/** One permission without its role, and the lines that several roles have. */
import type { TokenSource } from '../config/resolved-config.ts';
import type { Grant } from './template-roles.ts';

export interface Line extends Omit<Grant, 'role' | 'condition'> {
  /** Default: none. */
  readonly condition?: string;
  readonly why: string;
  /** Why nothing smaller than `*` can be named. Needed for an action that has resources. */
  readonly whyEverything?: string;
}

export const QUEUE = 'the queue of events';

export interface TokenUse {
  /** Description of the secret, when the stack makes it. */
  readonly secret: string;
  readonly why: string;
  /** The key of the config that names the KMS key. Default: `tokenKmsKeyArn`. */
  readonly keyOption?: string;
}

export function tokenLines(
  source: TokenSource,
  { secret, why, keyOption = 'tokenKmsKeyArn' }: TokenUse,
): readonly Line[] {
  const { existingSecretArn, kmsKeyArn } = source;
  return [
    {
      action: 'secretsmanager:GetSecretValue',
      resource: existingSecretArn ?? `secret "${secret}"`,
      why,
    },
    ...(kmsKeyArn === undefined
      ? []
      : [
          {
            action: 'kms:Decrypt',
            resource: kmsKeyArn,
            condition: `StringEquals kms:EncryptionContext:SecretARN = ${existingSecretArn}`,
            why: `Only with \`${keyOption}\`: the existing secret is encrypted with that key.`,
          },
        ]),
  ];
}
