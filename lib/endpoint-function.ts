/** A function behind an address of its own, with its log, and a role that may write to it and do nothing else. */
import { fileURLToPath } from 'node:url';
import {
  aws_iam as iam,
  aws_lambda as lambda,
  aws_lambda_nodejs as nodejs,
  aws_logs as logs,
  type Duration,
  RemovalPolicy,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BUNDLING } from './bundling.ts';
import { caFile } from './ca-file.ts';

export interface EndpointFunctionProps {
  /** What it does, for people who read the list of functions. */
  readonly description: string;
  /** What its role may do, likewise. */
  readonly roleDescription: string;
  /** Path of the file with its `handler`, from the project's root. */
  readonly entry: string;
  readonly logGroupName: string;
  readonly logRetentionDays: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** Executions reserved for it, which is also the most it gets. Default: none is reserved. */
  readonly reservedConcurrency?: number | undefined;
  /** Certificate authorities that lie beside its code, one PEM text each. Default: no file. */
  readonly caCertificates?: readonly string[] | undefined;
  /** Who may call the address: whoever its policy allows, or everybody. */
  readonly authType: lambda.FunctionUrlAuthType;
}

/**
 * In MB. It waits for answers most of the time; with less, the first call after a pause takes seconds, because
 * memory buys processor time.
 */
const MEMORY = 256;

export class EndpointFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly log: logs.CfnLogGroup;
  /** The address, with a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: EndpointFunctionProps) {
    super(scope, id);
    this.log = new logs.CfnLogGroup(this, 'Log', {
      logGroupName: props.logGroupName,
      retentionInDays: props.logRetentionDays,
    });
    // A log that outlived its stack would block the next stack of the same name.
    this.log.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: props.roleDescription,
    });
    this.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        // CloudFormation's ARN of a log group ends in `:*`, which stands for its streams.
        resources: [this.log.attrArn],
      }),
    );
    const authorities = props.caCertificates && caFile(props.caCertificates);
    this.function = new nodejs.NodejsFunction(this, 'Function', {
      description: props.description,
      entry: fileURLToPath(new URL(`../${props.entry}`, import.meta.url)),
      handler: 'handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: MEMORY,
      timeout: props.timeout,
      environment: { ...props.environment },
      // The SDK's version 3 keeps connections by itself; the variable was for version 2.
      awsSdkConnectionReuse: false,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      role: this.role,
      logGroup: logs.LogGroup.fromLogGroupName(this, 'LogGroup', this.log.ref),
      bundling: { ...BUNDLING, ...(authorities && { commandHooks: authorities.hooks }) },
    });
    authorities?.remove();
    this.url = this.function.addFunctionUrl({ authType: props.authType }).url;
    Validations.of(this.function).acknowledge({
      id: 'Serverless-LambdaTracing',
      reason: 'Each call leaves a line of the log. Traces would need two more permissions.',
    });
  }
}
