/** The shipped stack, deployed by the unmodified CDK, and read back through the APIs. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { run } from './child.ts';
import { ACCOUNT, type AwsCli, awsCli, awsEnvironment, type Moto, REGION } from './moto.ts';
import { step } from './step.ts';
import type { Toolbox } from './toolbox.ts';

const CDK = resolve('node_modules/.bin/cdk');

export interface StackOptions {
  readonly toolbox: Toolbox;
  readonly moto: Moto;
  readonly name: string;
  /** Where the cloud assembly and the outputs are put. */
  readonly folder: string;
  /** The file of the config. Default: `config.ts`. */
  readonly config?: string;
}

/** Bootstraps the account and deploys what the config says; returns the stack's outputs. */
export async function deployStack(options: StackOptions): Promise<Record<string, string>> {
  const { toolbox, moto, name, folder, config = 'config.ts' } = options;
  const outputs = join(folder, 'outputs.json');
  const cdk = async (...args: readonly string[]) =>
    run({
      command: process.execPath,
      args: [CDK, ...args, '--no-notices', '--no-color', '--output', join(folder, 'cdk.out')],
      env: {
        ...awsEnvironment(toolbox, moto.url),
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        // If the function were bundled in a container, this would fail for want of one.
        CDK_DOCKER: '/nonexistent/docker',
      },
      timeoutMs: 240_000,
    });
  await step('cdk bootstrap', async () => cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`));
  await step('cdk deploy', async () =>
    cdk(
      'deploy',
      '--context',
      `config=${config}`,
      '--require-approval',
      'never',
      '--outputs-file',
      outputs,
    ),
  );
  const all = JSON.parse(await readFile(outputs, 'utf8')) as Record<string, Record<string, string>>;
  return { ...all[name] };
}

export interface DeployedFunction {
  readonly name: string;
  readonly arn: string;
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly role: string;
  readonly codeSha256: string;
  /** The zip's content, unpacked. */
  readonly folder: string;
  /** Base 64, of the zip in the bucket. */
  readonly zipSha256: string;
}

/**
 * A function as AWS would run it: its settings from Lambda, its code from the bucket.
 *
 * @param construct which of the stack's constructs it belongs to. Default: the scaler
 */
export async function readFunction(
  options: StackOptions,
  construct = 'Scaler',
): Promise<DeployedFunction> {
  const aws = awsCli(options.toolbox, options.moto.url);
  const [name] = await idsIn(aws, { stack: options.name, construct }, 'AWS::Lambda::Function');
  const { Configuration: facts } = (await aws(
    'lambda',
    'get-function',
    '--function-name',
    String(name),
  )) as { Configuration: LambdaConfiguration };
  const { Bucket, Key } = await codeOf(aws, { stack: options.name, construct });
  const zip = join(options.folder, `${construct}.zip`);
  await aws('s3api', 'get-object', '--bucket', Bucket, '--key', Key, zip);
  const folder = join(options.folder, construct);
  await mkdir(folder, { recursive: true });
  await run({
    command: join(options.toolbox.python, 'python'),
    args: ['-m', 'zipfile', '-e', zip, folder],
  });
  return {
    name: facts.FunctionName,
    arn: facts.FunctionArn,
    handler: facts.Handler,
    runtime: facts.Runtime,
    timeoutSeconds: facts.Timeout,
    memoryMiB: facts.MemorySize,
    environment: facts.Environment.Variables,
    role: facts.Role.split('/').at(-1) ?? '',
    codeSha256: facts.CodeSha256,
    folder,
    zipSha256: createHash('sha256')
      .update(await readFile(zip))
      .digest('base64'),
  };
}

interface LambdaConfiguration {
  readonly FunctionName: string;
  readonly FunctionArn: string;
  readonly Handler: string;
  readonly Runtime: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly Role: string;
  readonly CodeSha256: string;
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
}

/** Where the template that is deployed finds the code; Lambda's own answer names moto's own bucket. */
async function codeOf(
  aws: AwsCli,
  { stack, construct }: Construct,
): Promise<{ Bucket: string; Key: string }> {
  const { TemplateBody: body } = (await aws(
    'cloudformation',
    'get-template',
    '--stack-name',
    stack,
  )) as { TemplateBody: Template | string };
  const template = typeof body === 'string' ? (JSON.parse(body) as Template) : body;
  const found = Object.entries(template.Resources).find(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(construct),
  )?.[1].Properties?.Code;
  const bucket = found?.S3Bucket['Fn::Sub'];
  if (found === undefined || bucket === undefined) {
    throw new Error('the deployed template has no function with code in the bootstrap bucket');
  }
  return {
    Bucket: bucket.replace('${AWS::AccountId}', ACCOUNT).replace('${AWS::Region}', REGION),
    Key: found.S3Key,
  };
}

interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties?: {
          readonly Code?: { readonly S3Bucket: { 'Fn::Sub'?: string }; readonly S3Key: string };
        };
      }
    >
  >;
}

export interface DeployedSchedule {
  readonly State: string;
  readonly ScheduleExpression: string;
  readonly FlexibleTimeWindow: { readonly Mode: string };
  readonly Target: {
    readonly Arn: string;
    readonly RoleArn: string;
    /** What the function is handed each minute. */
    readonly Input: string;
    readonly RetryPolicy: object;
  };
}

export async function readSchedule(options: StackOptions): Promise<DeployedSchedule> {
  const aws = awsCli(options.toolbox, options.moto.url);
  const [name] = await idsOf(aws, options.name, 'AWS::Scheduler::Schedule');
  return (await aws('scheduler', 'get-schedule', '--name', String(name))) as DeployedSchedule;
}

/** Physical ids of the stack's resources of a type. */
export async function idsOf(aws: AwsCli, stack: string, type: string): Promise<readonly string[]> {
  return idsIn(aws, { stack, construct: '' }, type);
}

interface Construct {
  readonly stack: string;
  /** Its id, with which the logical ids of its resources begin. */
  readonly construct: string;
}

async function idsIn(
  aws: AwsCli,
  { stack, construct }: Construct,
  type: string,
): Promise<readonly string[]> {
  const { StackResources } = (await aws(
    'cloudformation',
    'describe-stack-resources',
    '--stack-name',
    stack,
  )) as {
    StackResources: readonly {
      ResourceType: string;
      LogicalResourceId: string;
      PhysicalResourceId: string;
    }[];
  };
  const found = StackResources.filter(
    ({ ResourceType, LogicalResourceId }) =>
      ResourceType === type && LogicalResourceId.startsWith(construct),
  );
  if (found.length === 0) throw new Error(`the stack ${stack} has no ${type}`);
  return found.map(({ PhysicalResourceId }) => PhysicalResourceId);
}
