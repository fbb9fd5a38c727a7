/** The function that makes the passes, with its schedule, its queue, its log and exactly the rights it needs. */
import { fileURLToPath } from 'node:url';
import {
  Aws,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_lambda_nodejs as nodejs,
  aws_logs as logs,
  aws_scheduler as scheduler,
  aws_scheduler_targets as targets,
  type aws_sqs as sqs,
  CfnElement,
  CfnOutput,
  Duration,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  type ConfiguredSources,
  encodeSettings,
  type GitHubSettings,
  SCHEDULE_EVENT,
  SCHEDULE_SECONDS,
  TAG,
} from '../lambda/scaler/contract.ts';
import { scalerLogGroup } from '../config/fleet-names.ts';
import { BUNDLING } from './bundling.ts';
import { CA_FILE, caFile } from './ca-file.ts';
import { FunctionNetwork } from './function-network.ts';
import { groupArn } from './group-arn.ts';
import { MachineEvents } from './machine-events.ts';
import { routesOfScaler } from './needed-routes.ts';
import { onlyValues } from './only-values.ts';
import { regionInWords } from './region-in-words.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { sourceSettings } from '../config/source-settings.ts';
import { TokenSecret } from './token-secret.ts';

/**
 * In MB. Memory buys processor time. With few classes a pass only waits for answers, so more memory only costs more: a
 * pass over ten takes 0.26 s with 256 MB and with 512. With 256 MB, one over 100 takes 0.4 to 0.5 s and one over 1,000
 * about 3 s; with 512 MB 0.35 and 2.3 s (see `npm run bench`).
 */
const MEMORY = { fewClasses: 20, few: 256, many: 512 };

/** A pass may take until the next one of the schedule begins, and no longer. */
const TIMEOUT = Duration.seconds(SCHEDULE_SECONDS);

/** The minimum that both EventBridge Scheduler and Lambda accept: an invocation later than this is stale. */
const MAX_EVENT_AGE = Duration.seconds(60);

export interface GitHubAccess {
  readonly app: TokenSecret;
  readonly settings: GitHubSettings;
}

interface SourceTokens {
  readonly tokens: readonly TokenSecret[];
  readonly settings: ConfiguredSources;
  readonly github: GitHubAccess | undefined;
}

export class ScalerFunction extends Construct {
  /** The Lambda function that makes the passes. */
  readonly function: lambda.Function;
  /** Its log: one line for each pass over a fleet, and for each end of a machine. */
  readonly log: logs.CfnLogGroup;
  /** What invokes it each minute. */
  readonly schedule: scheduler.Schedule;
  /** The queue through which events of machines, and its own messages, reach it. */
  readonly queue: sqs.Queue;
  /** The App of GitHub, and what the functions are told of GitHub; undefined where it is not read. */
  readonly github: GitHubAccess | undefined;

  constructor(scope: Construct, id: string, config: ResolvedConfig) {
    super(scope, id);
    const { settings: sources, tokens, github } = this.makeTokens(config);
    this.github = github;
    const log = new logs.CfnLogGroup(this, 'Log', {
      logGroupName: scalerLogGroup(config.name),
      retentionInDays: config.logRetentionDays,
    });
    // A log that outlived its stack would block the next stack of the same name.
    log.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const role = this.makeRole(config.name, tokens, log);
    const events = new MachineEvents(this, 'Events', {
      name: config.name,
      wakeUps: config.wakeUps,
      webhook: config.github?.webhook ?? false,
      role,
    });
    const authorities = config.caCertificates && caFile(config.caCertificates);
    const scaler = new nodejs.NodejsFunction(this, 'Function', {
      description: `Scales the runners of ${config.name} to the demand`,
      entry: fileURLToPath(new URL('../lambda/scaler/handler.ts', import.meta.url)),
      handler: 'handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: config.fleets.length > MEMORY.fewClasses ? MEMORY.many : MEMORY.few,
      timeout: TIMEOUT,
      environment: encodeSettings({
        name: config.name,
        sources,
        proxy: config.proxy,
        caFile: authorities && CA_FILE,
        passIntervalSeconds: config.passIntervalSeconds,
        queueUrl: events.queue.queueUrl,
        metrics: config.metrics,
        dryRun: config.dryRun,
      }),
      // The SDK's version 3 keeps connections by itself; the variable was for version 2.
      awsSdkConnectionReuse: false,
      ...(config.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: config.reservedConcurrency,
      }),
      role,
      logGroup: logs.LogGroup.fromLogGroupName(this, 'LogGroup', log.ref),
      retryAttempts: 0,
      maxEventAge: MAX_EVENT_AGE,
      bundling: { ...BUNDLING, ...(authorities && { commandHooks: authorities.hooks }) },
    });
    authorities?.remove();
    if (config.network?.scaler !== undefined) {
      new FunctionNetwork(this, 'Network', {
        vpcId: config.network.vpcId,
        place: config.network.scaler,
        name: 'scaler',
        function: scaler,
        role,
        routes: routesOfScaler(config, regionInWords(this)),
      });
    }
    const nextPass =
      'No event is worth keeping: the pass of the next minute reads everything again.';
    Validations.of(scaler).acknowledge(
      { id: 'Serverless-LambdaDLQ', reason: nextPass },
      { id: 'Serverless-LambdaAsyncFailureDestination', reason: nextPass },
      {
        id: 'Serverless-LambdaTracing',
        reason:
          'Each pass logs what it saw and decided. Traces of 43,200 passes a month would cost more than ' +
          'the function and need two more permissions.',
      },
    );
    this.function = scaler;
    this.log = log;
    this.queue = events.queue;
    this.schedule = this.makeSchedule(config.name, scaler);
    events.wake(scaler);

    new CfnOutput(this, 'Watch', {
      description: 'Follows what the scaler sees and decides',
      value: `aws logs tail ${log.ref} --follow --region ${Aws.REGION}`,
    });
  }

  /** The API token of each configured source, and the settings that name it. */
  private makeTokens(config: ResolvedConfig): SourceTokens {
    const { name, circleci, github, gitlab } = config;
    const forCircleCi =
      circleci &&
      new TokenSecret(this, 'ApiToken', {
        source: circleci.apiToken,
        description: `CircleCI API token of runner-scaler ${name}`,
      });
    const forGitHub =
      github &&
      new TokenSecret(this, 'GitHubApp', {
        source: github.app,
        issuer: 'github',
        contents: 'github-app',
        description: `GitHub App of runner-scaler ${name}`,
      });
    const forGitLab =
      gitlab &&
      new TokenSecret(this, 'GitLabApiToken', {
        source: gitlab.apiToken,
        issuer: 'gitlab',
        description: `GitLab API token of runner-scaler ${name}`,
      });
    const tokens = { circleci: forCircleCi, github: forGitHub, gitlab: forGitLab };
    const settings = sourceSettings(config, (source) => tokens[source]?.arn ?? '');
    return {
      tokens: Object.values(tokens).filter((token) => token !== undefined),
      github: forGitHub && settings.github && { app: forGitHub, settings: settings.github },
      settings,
    };
  }

  private makeRole(name: string, tokens: readonly TokenSecret[], log: logs.CfnLogGroup): iam.Role {
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `What the scaler ${name} may do`,
    });
    // Not the managed policy for functions, which may also create log groups and write to any.
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        // CloudFormation's ARN of a log group ends in `:*`, which stands for its streams.
        resources: [log.attrArn],
      }),
    );
    // Auto Scaling has no smaller resource for these two than everything.
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['autoscaling:DescribeAutoScalingGroups', 'autoscaling:DescribeScalingActivities'],
        resources: ['*'],
      }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: [
          'autoscaling:ResumeProcesses',
          'autoscaling:SetDesiredCapacity',
          'autoscaling:SuspendProcesses',
        ],
        // A group made by hand can have any name; the tag decides.
        resources: [groupArn(Stack.of(this), '*')],
        conditions: { StringEquals: { [`aws:ResourceTag/${TAG.name}`]: name } },
      }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['autoscaling:CreateOrUpdateTags'],
        resources: [groupArn(Stack.of(this), '*')],
        conditions: {
          StringEquals: { [`aws:ResourceTag/${TAG.name}`]: name },
          ...onlyValues({ 'aws:TagKeys': [TAG.holdBack, TAG.lastUsed] }),
        },
      }),
    );
    tokens
      .flatMap(({ readStatements }) => readStatements)
      .forEach((statement) => role.addToPolicy(statement));
    Validations.of(role).acknowledge(
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason:
          'For describing groups and their activities, which Auto Scaling allows for all of them or none.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:autoscaling:<AWS::Region>:<AWS::AccountId>:autoScalingGroup:*:autoScalingGroupName/*]',
        reason: 'Groups made by hand have any name; the condition on the tag narrows it.',
      },
    );
    return role;
  }

  /**
   * EventBridge Scheduler rather than a scheduled rule, which AWS calls legacy. It delivers at least
   * once and asynchronously, so retries are switched off twice: here for the delivery, and at the
   * function for its execution. The pass of the next minute is the retry.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
   */
  private makeSchedule(name: string, scaler: lambda.Function): scheduler.Schedule {
    const stack = Stack.of(this);
    const { defaultChild } = scaler.node;
    if (CfnElement.isCfnElement(defaultChild)) {
      // At the stack, because the CDK puts the role of schedules there; the id names the finding whole.
      Validations.of(stack).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(defaultChild)}.Arn>:*]`,
        reason: "The CDK's grant includes the function's versions, of which it has none.",
      });
    }
    return new scheduler.Schedule(this, 'Schedule', {
      description: `Wakes the runner-scaler ${name}`,
      schedule: scheduler.ScheduleExpression.rate(Duration.seconds(SCHEDULE_SECONDS)),
      timeWindow: scheduler.TimeWindow.off(),
      target: new targets.LambdaInvoke(scaler, {
        input: scheduler.ScheduleTargetInput.fromObject(SCHEDULE_EVENT),
        retryAttempts: 0,
        maxEventAge: MAX_EVENT_AGE,
      }),
    });
  }
}
