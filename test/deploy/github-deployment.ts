/** A stack for GitHub alone, deployed by the CDK: its three functions under AWS's runtime client, and two URLs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveConfig } from '../../config/resolve-config.ts';
import { decodeGitHubDemand, TAG } from '../../lambda/scaler/contract.ts';
import { run } from './child.ts';
import { type EventQueue, readEventQueue } from './event-queue.ts';
import { type FunctionUrl, serveFunctionUrl } from './function-url.ts';
import { type Hub, startHub } from './github-hub.ts';
import { type RunningFunction, startFunction } from './lambda-service.ts';
import { type LaunchTemplateData, launchTemplateOf } from './launch-template.ts';
import { type AwsCli, awsCli, awsEnvironment, REGION, startMoto } from './moto.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { type DeployedFunction, deployStack, readFunction } from './stack.ts';
import { prepareToolbox } from './toolbox.ts';

export const NAME = 'ci-github';
export const FLEETS = [
  { name: 'small', labels: ['acme'], max: 5 },
  { name: 'gpu', labels: ['acme', 'gpu'], max: 2 },
] as const;

/** Repositories whose jobs nobody but their turn or a webhook brings to light. */
export const QUIET = Array.from({ length: 30 }, (_, at) => `acme/quiet-${at}`);

export const FUNCTIONS = ['Scaler', 'Registrar', 'Webhook'] as const;
type FunctionName = (typeof FUNCTIONS)[number];

/** Access keys by which the recorder tells its callers apart. */
export const KEY: Readonly<Record<FunctionName, string>> = {
  Scaler: 'AKIASCALER',
  Registrar: 'AKIAREGISTRAR',
  Webhook: 'AKIAWEBHOOK',
};

export interface DeployedGroup {
  readonly AutoScalingGroupName: string;
  readonly DesiredCapacity: number;
  readonly Instances: readonly { readonly InstanceId: string }[];
  readonly Tags: readonly {
    readonly Key: string;
    readonly Value: string;
    readonly PropagateAtLaunch: boolean;
  }[];
}

export interface GitHubDeployment {
  readonly hub: Hub;
  readonly aws: AwsCli;
  readonly recorder: Recorder;
  readonly events: EventQueue;
  readonly outputs: Readonly<Record<string, string>>;
  readonly deployed: Readonly<Record<FunctionName, DeployedFunction>>;
  readonly lambdas: Readonly<Record<FunctionName, RunningFunction>>;
  /** By which machines and GitHub call, and the addresses that were deployed. */
  readonly urls: Readonly<Record<'Registrar' | 'Webhook', FunctionUrl>>;
  readonly addresses: Readonly<Record<'Registrar' | 'Webhook', string>>;
  /** Of the deployment: the assembly and the outputs. */
  readonly folder: string;
  group(fleet: string): Promise<DeployedGroup>;
  launchTemplate(fleet: string): Promise<LaunchTemplateData>;
  /** Name of the role of the fleet's machines. */
  machineRole(fleet: string): Promise<string>;
  /** Runs a command in a shell, as the reader of an output would. */
  shell(command: string): Promise<string>;
  end(): Promise<void>;
}

export async function deployGitHub(): Promise<GitHubDeployment> {
  const ends: (() => Promise<unknown>)[] = [];
  const endAll = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    return await deployed(ends, endAll);
  } catch (error) {
    await endAll();
    throw error;
  }
}

async function deployed(
  ends: (() => Promise<unknown>)[],
  end: () => Promise<void>,
): Promise<GitHubDeployment> {
  const toolbox = await prepareToolbox();
  const folder = await mkdtemp(join(tmpdir(), 'github-stack-'));
  ends.push(async () => rm(folder, { recursive: true, force: true }));
  const hub = await startHub();
  ends.push(async () => hub.end());
  const written = {
    name: NAME,
    github: { url: hub.url, owners: ['acme'], webhook: true, fleets: FLEETS },
  };
  openHub(hub, written);
  const config = join(folder, 'github.config.ts');
  await writeFile(config, `export const config = ${JSON.stringify(written)};\n`);
  const moto = await startMoto(toolbox);
  ends.push(async () => moto.end());
  const options = { toolbox, moto, folder, name: NAME, config };
  const outputs = await deployStack(options);
  const aws = awsCli(toolbox, moto.url);
  const recorder = await startRecorder(moto.url);
  ends.push(async () => recorder.end());

  const start = async (name: FunctionName) => {
    const found = await readFunction(options, name);
    const lambda = await startFunction({
      toolbox,
      deployed: found,
      environment: {
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: KEY[name],
        AWS_SECRET_ACCESS_KEY: 'not-a-secret',
        AWS_SESSION_TOKEN: 'not-a-token',
        AWS_ENDPOINT_URL: recorder.url,
        NODE_OPTIONS: `--require=${fileURLToPath(new URL('function-preload.cjs', import.meta.url))}`,
      },
    });
    ends.push(async () => lambda.end());
    return { found, lambda };
  };
  const scaler = await start('Scaler');
  const registrar = await start('Registrar');
  const webhook = await start('Webhook');

  const urlOf = async ({ found, lambda }: Awaited<ReturnType<typeof start>>) => {
    const { AuthType, FunctionUrl: address } = (await aws(
      'lambda',
      'get-function-url-config',
      '--function-name',
      found.name,
    )) as { AuthType: 'AWS_IAM' | 'NONE'; FunctionUrl: string };
    const url = await serveFunctionUrl({ authType: AuthType, functionArn: found.arn, lambda });
    ends.push(async () => url.end());
    return { url, address };
  };
  const [called, heard] = [await urlOf(registrar), await urlOf(webhook)];

  const group = async (fleet: string): Promise<DeployedGroup> => {
    const { AutoScalingGroups } = (await aws(
      'autoscaling',
      'describe-auto-scaling-groups',
      '--filters',
      `Name=tag:${TAG.resourceClass},Values=${fleet}`,
    )) as { AutoScalingGroups: readonly DeployedGroup[] };
    const [found] = AutoScalingGroups;
    if (found === undefined) throw new Error(`no group has the class ${fleet}`);
    return found;
  };
  const launchTemplate = async (fleet: string) =>
    launchTemplateOf(aws, (await group(fleet)) as Parameters<typeof launchTemplateOf>[1]);

  return {
    hub,
    aws,
    recorder,
    outputs,
    folder,
    group,
    launchTemplate,
    events: await readEventQueue(aws, options),
    deployed: { Scaler: scaler.found, Registrar: registrar.found, Webhook: webhook.found },
    lambdas: { Scaler: scaler.lambda, Registrar: registrar.lambda, Webhook: webhook.lambda },
    urls: { Registrar: called.url, Webhook: heard.url },
    addresses: { Registrar: called.address, Webhook: heard.address },
    machineRole: async (fleet) => {
      const { IamInstanceProfile } = await launchTemplate(fleet);
      const { InstanceProfile } = (await aws(
        'iam',
        'get-instance-profile',
        '--instance-profile-name',
        IamInstanceProfile.Arn.split('/').at(-1) ?? '',
      )) as { InstanceProfile: { Roles: [{ RoleName: string }] } };
      return InstanceProfile.Roles[0].RoleName;
    },
    shell: async (command) =>
      run({ command: 'bash', args: ['-c', command], env: awsEnvironment(toolbox, moto.url) }),
    end,
  };
}

/** A repository for each fleet, and the quiet ones. */
function openHub(hub: Hub, written: object): void {
  const { fleets } = resolveConfig(written);
  const own = fleets.flatMap((fleet) => {
    const demand = fleet.source === 'github' ? decodeGitHubDemand(fleet.demand) : undefined;
    if (demand === undefined) return [];
    const { resourceClass } = fleet;
    const { labels } = FLEETS.find(({ name }) => name === resourceClass) ?? demand;
    return [{ repository: `acme/${resourceClass}`, resourceClass, labels, prefix: demand.prefix }];
  });
  const quiet = QUIET.map((repository) => ({
    repository,
    resourceClass: repository,
    labels: ['acme'],
    prefix: own[0]?.prefix ?? '',
  }));
  hub.open([...own, ...quiet]);
}
