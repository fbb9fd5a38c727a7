/** The secret that holds one token: the user's, or one of the stack's own for the user to fill. */
import {
  Aws,
  aws_iam as iam,
  aws_secretsmanager as secretsmanager,
  CfnOutput,
  SecretValue,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  type SecretContents,
  type SourceName,
  TOKEN_PLACEHOLDER,
} from '../lambda/scaler/contract.ts';
import type { TokenSource } from '../config/resolved-config.ts';

export interface TokenSecretProps {
  readonly source: TokenSource;
  /** Whose token it is. Default: CircleCI's. */
  readonly issuer?: SourceName;
  /** What is to be put into it. Default: a bare token. */
  readonly contents?: SecretContents;
  /** Name of the secret that the stack makes. Default: CloudFormation's own. */
  readonly name?: string;
  /** Which token it holds, for a person who reads the list of secrets. */
  readonly description: string;
}

export class TokenSecret extends Construct {
  readonly arn: string;
  /** What a user of the token must be allowed, and nothing else. */
  readonly readStatements: readonly iam.PolicyStatement[];

  constructor(scope: Construct, id: string, props: TokenSecretProps) {
    super(scope, id);
    const { existingSecretArn, kmsKeyArn } = props.source;
    this.arn = existingSecretArn ?? this.makeSecret(props);
    this.readStatements = [
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [this.arn],
      }),
      ...(kmsKeyArn === undefined
        ? []
        : [
            new iam.PolicyStatement({
              actions: ['kms:Decrypt'],
              resources: [kmsKeyArn],
              // Secrets Manager encrypts with this context, so the key opens this one secret only:
              // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
              conditions: { StringEquals: { 'kms:EncryptionContext:SecretARN': this.arn } },
            }),
          ]),
    ];
  }

  /**
   * The name is generated, or holds a generated one: a deleted secret keeps its name for the recovery
   * window, and a fixed one would block the next deployment. What the user put in survives every deployment, because
   * CloudFormation changes only what differs from its previous template.
   */
  private makeSecret(props: TokenSecretProps): string {
    const { name, description, contents = 'bare-token', issuer = 'circleci' } = props;
    const secret = new secretsmanager.Secret(this, 'Secret', {
      ...(name !== undefined && { secretName: name }),
      description,
      secretStringValue: SecretValue.unsafePlainText(TOKEN_PLACEHOLDER),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: `${WHY_BY_HAND[issuer]} A new one is put in by hand and taken up without a deployment.`,
    });
    new CfnOutput(this, 'Fill', {
      description: `Fills the secret of the ${description}: ${HOW_TO_FILL[contents]}`,
      value: `${CONTENTS[contents]} | ${putCommand(secret.secretArn)}`,
    });
    return secret.secretArn;
  }
}

/** Why a program does not renew it. */
const WHY_BY_HAND: Readonly<Record<SourceName, string>> = {
  circleci: 'CircleCI alone makes its tokens and has no call that renews one.',
  github:
    "GitHub makes an App's private keys on the App's page alone and has no call that renews one.",
  gitlab:
    'GitLab renews a token only for one that may change things, where one that reads will do.',
};

const HOW_TO_FILL: Readonly<Record<SecretContents, string>> = {
  'bare-token': 'run it, paste the token, press Enter',
  'github-app':
    "write the App's id for APP_ID and the file of its private key for KEY.pem, and run it",
};

/**
 * Commands that write what the secret is to hold. It goes through a pipe, so it is on no screen, in no history
 * and no list of processes. They work in bash and zsh: a token is read without echo, and a private key, which has
 * many lines, from the file that GitHub made, by the Node.js that deployed the stack.
 */
const CONTENTS: Readonly<Record<SecretContents, string>> = {
  'bare-token': '(read -rs TOKEN; printf %s "$TOKEN")',
  'github-app':
    'node -p \'JSON.stringify({ appId: process.argv[1], privateKey: fs.readFileSync(process.argv[2], "utf8") })\' ' +
    'APP_ID KEY.pem',
};

function putCommand(secretArn: string): string {
  return (
    `aws secretsmanager put-secret-value ` +
    `--region ${Aws.REGION} --secret-id ${secretArn} --secret-string file:///dev/stdin`
  );
}
