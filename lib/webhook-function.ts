/** The address that GitHub tells of jobs: what it is told only says where the scaler reads next. */
import {
  Aws,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_secretsmanager as secretsmanager,
  CfnOutput,
  Duration,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import {
  DEMAND_CHANGED,
  demandEventSource,
  encodeWebhookSettings,
  type GitHubSettings,
} from '../lambda/scaler/contract.ts';
import { EndpointFunction } from './endpoint-function.ts';
import { onlyValues } from './only-values.ts';

export interface WebhookFunctionProps {
  readonly config: Pick<ResolvedConfig, 'name' | 'logRetentionDays' | 'reservedConcurrency'>;
  readonly settings: GitHubSettings;
}

/**
 * After ten seconds GitHub takes a delivery for failed.
 *
 * @see https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
 */
const TIMEOUT = Duration.seconds(10);

export class WebhookFunction extends Construct {
  constructor(scope: Construct, id: string, { config, settings }: WebhookFunctionProps) {
    super(scope, id);
    const secret = new secretsmanager.Secret(this, 'Secret', {
      description: `webhook secret of the GitHub App of runner-scaler ${config.name}`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'It is also on the page of the GitHub App, where a program would need the rights of an owner to renew it. ' +
        'It opens nothing: who knows it can make the scaler read a repository early.',
    });
    const endpoint = new EndpointFunction(this, 'Endpoint', {
      description: `Hears from GitHub where jobs of ${config.name} wait`,
      roleDescription: `What the webhook of ${config.name} may do`,
      entry: 'lambda/webhook/handler.ts',
      logGroupName: `/runner-scaler/${config.name}/webhook`,
      logRetentionDays: config.logRetentionDays,
      timeout: TIMEOUT,
      environment: encodeWebhookSettings({
        name: config.name,
        github: settings,
        webhookSecret: secret.secretArn,
      }),
      // A flood then takes no more than this of the account's concurrency; Lambda refuses what is beyond.
      reservedConcurrency: config.reservedConcurrency,
      // GitHub cannot sign as AWS does; it signs each delivery with the secret.
      authType: lambda.FunctionUrlAuthType.NONE,
    });
    Validations.of(endpoint.function).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'Its address is called and waited for: nobody calls it asynchronously.',
    });
    endpoint.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [secret.secretArn],
      }),
    );
    endpoint.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [
          Stack.of(this).formatArn({
            service: 'events',
            resource: 'event-bus',
            resourceName: 'default',
          }),
        ],
        conditions: onlyValues({
          'events:source': [demandEventSource(config.name)],
          'events:detail-type': [DEMAND_CHANGED.detailType],
        }),
      }),
    );
    this.tell(endpoint, secret);
  }

  /** What is filled in on the page of the App. */
  private tell({ url }: EndpointFunction, { secretArn }: secretsmanager.Secret): void {
    new CfnOutput(this, 'Address', {
      description:
        "For the GitHub App's page, under Webhook: tick Active, and put this at Webhook URL; under Permissions & events " +
        'subscribe to Workflow job',
      value: url,
    });
    new CfnOutput(this, 'ShowSecret', {
      description: "Shows what to put at Webhook secret on the GitHub App's page",
      value:
        `aws secretsmanager get-secret-value --region ${Aws.REGION} --secret-id ${secretArn} ` +
        '--query SecretString --output text',
    });
  }
}
