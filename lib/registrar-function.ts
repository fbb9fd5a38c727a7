/**
 * The function that hands a machine of GitHub the config of its runner, and takes the runner back. A machine calls
 * it with its own role, so there is no secret for a machine anywhere.
 */
import { aws_iam as iam, aws_lambda as lambda, Duration, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ResolvedConfig, ResolvedGitHub } from '../config/resolved-config.ts';
import {
  encodeRegistrarSettings,
  type GitHubRunner,
  type GitHubSettings,
} from '../lambda/scaler/contract.ts';
import { CA_FILE } from './ca-file.ts';
import { EndpointFunction } from './endpoint-function.ts';
import { FunctionNetwork } from './function-network.ts';
import { routesOfRegistrar } from './needed-routes.ts';
import { regionInWords } from './region-in-words.ts';
import type { TokenSecret } from './token-secret.ts';

export interface RegistrarFunctionProps {
  readonly config: ResolvedConfig;
  readonly github: ResolvedGitHub;
  readonly settings: GitHubSettings;
  readonly app: TokenSecret;
}

/** Longer than what it waits for of GitHub in one call. A machine that gets no answer asks again. */
const TIMEOUT = Duration.seconds(30);

export class RegistrarFunction extends Construct {
  /** What a machine must be allowed to call it, and nothing else. */
  readonly callStatements: readonly iam.PolicyStatement[];
  private readonly endpoint: EndpointFunction;

  constructor(scope: Construct, id: string, props: RegistrarFunctionProps) {
    super(scope, id);
    const { config, github, settings, app } = props;
    this.endpoint = new EndpointFunction(this, 'Endpoint', {
      description: `Registers the GitHub runners of ${config.name}`,
      roleDescription: `What the registrar of ${config.name} may do`,
      entry: 'lambda/registrar/handler.ts',
      logGroupName: `/runner-scaler/${config.name}/registrar`,
      logRetentionDays: config.logRetentionDays,
      timeout: TIMEOUT,
      environment: encodeRegistrarSettings({
        name: config.name,
        github: settings,
        runner: runnerOf(github),
        proxy: config.proxy,
        caFile: config.caCertificates && CA_FILE,
      }),
      caCertificates: config.caCertificates,
      reservedConcurrency: config.reservedConcurrency,
      authType: lambda.FunctionUrlAuthType.AWS_IAM,
    });
    const { role } = this.endpoint;
    // Auto Scaling has no smaller resource for these two than everything.
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: [
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeAutoScalingInstances',
        ],
        resources: ['*'],
      }),
    );
    app.readStatements.forEach((statement) => role.addToPolicy(statement));
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'For describing groups and instances, which Auto Scaling allows for all or none.',
    });
    if (config.network?.scaler !== undefined) {
      new FunctionNetwork(this, 'Network', {
        vpcId: config.network.vpcId,
        place: config.network.scaler,
        name: 'registrar',
        function: this.endpoint.function,
        role,
        routes: routesOfRegistrar(config, github, regionInWords(this)),
      });
    }
    this.callStatements = callStatements(this.endpoint.function);
  }

  /** Its address, with a slash at its end. */
  get url(): string {
    return this.endpoint.url;
  }
}

/** The registrar's names of architectures are GitHub's. */
function runnerOf({ runner: { version, sha256 } }: ResolvedGitHub): GitHubRunner {
  return {
    ...(version !== undefined && { version }),
    ...(sha256 && {
      sha256: {
        ...(sha256.x86_64 !== undefined && { x64: sha256.x86_64 }),
        ...(sha256.arm64 !== undefined && { arm64: sha256.arm64 }),
      },
    }),
  };
}

/**
 * Since October 2025 a call of an address needs both actions. By its address alone: the function learns the caller from the
 * signed request, and a direct invocation has none.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
function callStatements({ functionArn }: lambda.Function): readonly iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunctionUrl'],
      resources: [functionArn],
      conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
    }),
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [functionArn],
      conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    }),
  ];
}
