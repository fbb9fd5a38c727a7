/** A stand-in for CircleCI: a function that never has a task and records who asked when. */
import { readFileSync } from 'node:fs';
import {
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
  Duration,
  Fn,
  RemovalPolicy,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** @see https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html */
const DOMAIN = '.on.aws';

export interface StandInProps {
  readonly name: string;
  readonly token: string;
}

export class StandIn extends Construct {
  /** Without a slash at its end, as the agent is given CircleCI's. */
  readonly url: string;
  readonly logGroup: string;

  constructor(scope: Construct, id: string, { name, token }: StandInProps) {
    super(scope, id);
    const log = new logs.LogGroup(this, 'Log', {
      logGroupName: `/${name}/stand-in`,
      retention: logs.RetentionDays.ONE_DAY,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    // May not create log groups: a late answer would otherwise bring back the one that was deleted.
    log.grantWrite(role);
    const answers = new lambda.Function(this, 'Function', {
      functionName: name,
      description: 'Stands in for CircleCI while runner-scaler probes the account',
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline(standInCode()),
      environment: { TOKEN: token },
      timeout: Duration.seconds(5),
      memorySize: 128,
      role,
      logGroup: log,
    });
    // The agent cannot sign requests; the function checks the token itself.
    const { url } = answers.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE });
    // https://URL-ID.lambda-url.REGION.on.aws/
    this.url = `${Fn.select(0, Fn.split(`${DOMAIN}/`, url))}${DOMAIN}`;
    this.logGroup = log.logGroupName;
  }
}

/** The function's code as it is deployed. */
export function standInCode(): string {
  return readFileSync(new URL('stand-in-function.cjs', import.meta.url), 'utf8');
}
