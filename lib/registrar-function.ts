/**
 * The function that hands a machine of GitHub the config of its runner, and takes the runner back. A machine calls
 * it with its own role, so there is no secret for a machine anywhere. Each hour it removes the runners of machines that are gone.
 */
import {
  Aws,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_scheduler as scheduler,
  aws_scheduler_targets as targets,
  Duration,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ResolvedConfig, ResolvedGitHub } from '../config/resolved-config.ts';
import {
  encodeRegistrarSettings,
  type GitHubRunner,
  type GitHubSettings,
  SWEEP_EVENT,
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

/** For a sweep, which waits a minute between two looks. A machine gets its answer or none within half a minute. */
const TIMEOUT = Duration.minutes(5);

/** GitHub removes what a sweep leaves after a day, so an hour is often enough. */
const SWEEP_EVERY = Duration.hours(1);

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
    this.sweepHourly(config.name);
  }

  /** It has the App and what it takes to remove a runner already, and no pass of the scaler waits for it. */
  private sweepHourly(name: string): void {
    const { function: registrar } = this.endpoint;
    const later = 'A sweep that fails is not worth keeping: the next one begins from nothing.';
    registrar.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: SWEEP_EVERY });
    Validations.of(registrar).acknowledge(
      { id: 'Serverless-LambdaDLQ', reason: later },
      { id: 'Serverless-LambdaAsyncFailureDestination', reason: later },
    );
    const role = new iam.Role(this, 'ScheduleRole', {
      description: `What the schedule of the registrar of ${name} may do`,
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Aws.ACCOUNT_ID,
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: 'default',
            }),
          },
        },
      }),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [registrar.functionArn],
      }),
    );
    new scheduler.Schedule(this, 'Schedule', {
      description: `Removes the GitHub runners of ${name} whose machines are gone`,
      schedule: scheduler.ScheduleExpression.rate(SWEEP_EVERY),
      timeWindow: scheduler.TimeWindow.off(),
      target: new targets.LambdaInvoke(registrar, {
        // Immutable, so that the CDK does not add the function's versions, of which there are none.
        role: role.withoutPolicyUpdates(),
        input: scheduler.ScheduleTargetInput.fromObject(SWEEP_EVENT),
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    });
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
