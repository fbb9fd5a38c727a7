/** Everything one deployment test runs: moto, the shipped stack in it, CircleCI, and the deployed function. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { config } from '../../config.ts';
import { CIRCLECI_CLOUD_URL, TAG } from '../../lambda/scaler/contract.ts';
import { type CircleCiCloud, startCircleCi } from './circleci-cloud.ts';
import { run } from './child.ts';
import { type EventQueue, readEventQueue } from './event-queue.ts';
import { type Invocation, type RunningFunction, startFunction } from './lambda-service.ts';
import { type AwsCli, awsCli, awsEnvironment, type Moto, REGION, startMoto } from './moto.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import {
  type DeployedFunction,
  type DeployedSchedule,
  deployStack,
  readFunction,
  readSchedule,
} from './stack.ts';
import { step } from './step.ts';
import { prepareToolbox, type Toolbox } from './toolbox.ts';

export interface Deployment {
  readonly toolbox: Toolbox;
  readonly moto: Moto;
  readonly aws: AwsCli;
  readonly outputs: Readonly<Record<string, string>>;
  readonly deployed: DeployedFunction;
  readonly schedule: DeployedSchedule;
  readonly events: EventQueue;
  readonly circleci: CircleCiCloud;
  readonly recorder: Recorder;
  /** The process that serves invocations now. */
  readonly lambda: RunningFunction;
  /** What the schedule does each minute. */
  wake(): Promise<Invocation>;
  /** What Lambda does with anything that it is asked to hand to the function. */
  deliver(event: string): Promise<Invocation>;
  /** Ends the function's process, also in the middle of an invocation, and starts another. */
  coldStart(): Promise<void>;
  /** The group of a resource class as it is now; does not count as a call of the function. */
  group(resourceClass: string): Promise<AutoScalingGroup>;
  /** Runs a command of the stack's outputs in a shell, as its reader would. */
  shell(command: string, typed: string): Promise<string>;
  end(): Promise<void>;
}

/** Access keys by which the recorder tells its callers apart. */
export const CALLER = { function: 'AKIAFUNCTION', runner: 'AKIARUNNER' } as const;

export async function deploy(): Promise<Deployment> {
  const ends: (() => Promise<void>)[] = [];
  const endAll = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const toolbox = await prepareToolbox();
    const folder = await mkdtemp(join(tmpdir(), 'runner-scaler-deploy-'));
    ends.push(async () => rm(folder, { recursive: true, force: true }));
    const moto = await step('moto starts', async () => startMoto(toolbox));
    ends.push(async () => moto.end());
    const options = { toolbox, moto, folder, name: config.name };
    const outputs = await deployStack(options);
    const named = [...moto.standIns].join(', ');
    if (named !== '')
      process.stdout.write(`          moto lacks, and was given a name only: ${named}\n`);
    const cli = awsCli(toolbox, moto.url);
    const [deployed, schedule, events] = await step('read back what was deployed', async () =>
      Promise.all([readFunction(options), readSchedule(options), readEventQueue(cli, options)]),
    );
    const circleci = await startCircleCi({
      toolbox,
      host: new URL(CIRCLECI_CLOUD_URL).hostname,
      folder,
      resourceClasses: (config.resourceClasses ?? []).map(({ resourceClass }) => resourceClass),
      token: 'the-first-api-token',
    });
    ends.push(async () => circleci.end());
    const recorder = await startRecorder(moto.url);
    ends.push(async () => recorder.end());
    const startProcess = async () =>
      startFunction({ toolbox, deployed, environment: environmentOf(recorder, circleci) });
    let lambda = await startProcess();
    ends.push(async () => lambda.end());
    return {
      toolbox,
      moto,
      outputs,
      deployed,
      schedule,
      events,
      circleci,
      recorder,
      get lambda() {
        return lambda;
      },
      coldStart: async () => {
        await lambda.end();
        lambda = await startProcess();
      },
      aws: cli,
      wake: async () => lambda.invoke(schedule.Target.Input),
      deliver: async (event) => lambda.invoke(event),
      group: groupReader(moto.url),
      shell: async (command, typed) =>
        run({
          command: 'bash',
          args: ['-c', command],
          input: `${typed}\n`,
          env: awsEnvironment(toolbox, moto.url),
        }),
      end: endAll,
    };
  } catch (error) {
    await endAll();
    throw error;
  }
}

/** What is not the function's own: Lambda's credentials, and the way to the stand-ins. */
function environmentOf(recorder: Recorder, circleci: CircleCiCloud): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: CALLER.function,
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_SESSION_TOKEN: 'not-a-token',
    AWS_ENDPOINT_URL: recorder.url,
    NODE_OPTIONS: `--require=${fileURLToPath(new URL('function-preload.cjs', import.meta.url))}`,
    NODE_EXTRA_CA_CERTS: circleci.certificate,
    CIRCLECI_HOST: circleci.host,
    CIRCLECI_PORT: String(circleci.port),
  };
}

function groupReader(endpoint: string): Deployment['group'] {
  const client = new AutoScalingClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'not-a-secret' },
  });
  return async (resourceClass) => {
    const { AutoScalingGroups = [] } = await client.send(
      new DescribeAutoScalingGroupsCommand({
        Filters: [{ Name: `tag:${TAG.resourceClass}`, Values: [resourceClass] }],
      }),
    );
    const [group] = AutoScalingGroups;
    if (group === undefined) throw new Error(`no group bears the resource class ${resourceClass}`);
    return group;
  };
}
