/** The quotas of vCPUs that an account runs at a time, and what counts against each. */
import {
  type EC2Client,
  type Instance,
  paginateDescribeInstances,
  paginateDescribeInstanceTypes,
} from '@aws-sdk/client-ec2';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { asking, AwsError } from './refusal.ts';

export type Option = 'on-demand' | 'spot';

interface Codes {
  readonly family: RegExp;
  readonly 'on-demand': string;
  /** Undefined where there is no quota of its own that is known. */
  readonly spot?: string;
}

/**
 * By the letters before the first digit of an instance type. Types of both architectures share a quota.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-limits.html
 */
const QUOTAS: readonly Codes[] = [
  { family: /^(g|gr|vt)\d/, 'on-demand': 'L-DB2E81BA', spot: 'L-3819A6DF' },
  { family: /^p5/, 'on-demand': 'L-417A185B', spot: 'L-C4BD4855' },
  { family: /^p\d/, 'on-demand': 'L-417A185B', spot: 'L-7212CCBC' },
  { family: /^f\d/, 'on-demand': 'L-74FC7D96', spot: 'L-88CF9481' },
  { family: /^inf\d/, 'on-demand': 'L-1945791B', spot: 'L-B5D1601B' },
  { family: /^trn\d/, 'on-demand': 'L-2C3B7624', spot: 'L-6B0D517C' },
  { family: /^dl\d/, 'on-demand': 'L-6E869C2A', spot: 'L-85EED4F7' },
  { family: /^x\d/, 'on-demand': 'L-7295265B', spot: 'L-E3A00192' },
  { family: /^hpc\d/, 'on-demand': 'L-F7808C92' },
  { family: /^u\d?-|^u\d/, 'on-demand': 'L-43DA4232' },
  { family: /^(a|c|d|h|i|im|is|m|r|t|z)\d/, 'on-demand': 'L-1216C47A', spot: 'L-34B43A08' },
];

/** @returns undefined for a type that this version does not know a quota of */
export function quotaCodeOf(type: string, option: Option): string | undefined {
  return QUOTAS.find(({ family }) => family.test(type))?.[option];
}

/** Reads a quota; an account whose quota was never changed may have the default only. */
export async function vcpuQuota(client: ServiceQuotasClient, code: string): Promise<number> {
  const asked = { ServiceCode: 'ec2', QuotaCode: code };
  try {
    const { Quota } = await asking('servicequotas:GetServiceQuota', async () =>
      client.send(new GetServiceQuotaCommand(asked)),
    );
    return Quota?.Value ?? 0;
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    const { Quota } = await asking('servicequotas:GetAWSDefaultServiceQuota', async () =>
      client.send(new GetAWSDefaultServiceQuotaCommand(asked)),
    );
    return Quota?.Value ?? 0;
  }
}

/** vCPUs by instance type. A type that the Region does not have is left out. */
export async function vcpusOf(
  client: EC2Client,
  types: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  // A filter, because of a type that is not there the call with names tells nothing of the others.
  const Filters = [{ Name: 'instance-type', Values: [...types] }];
  await asking('ec2:DescribeInstanceTypes', async () => {
    for await (const page of paginateDescribeInstanceTypes({ client }, { Filters })) {
      for (const { InstanceType, VCpuInfo } of page.InstanceTypes ?? []) {
        if (InstanceType !== undefined && VCpuInfo?.DefaultVCpus !== undefined) {
          found.set(InstanceType, VCpuInfo.DefaultVCpus);
        }
      }
    }
  });
  return found;
}

/** A machine that counts against a quota. */
export interface RunningMachine {
  readonly type: string;
  readonly option: Option;
  /** The Auto Scaling group that it belongs to. */
  readonly group: string | undefined;
  readonly vcpus: number;
}

/** Every machine of the account in the Region that is starting or running. */
export async function runningMachines(client: EC2Client): Promise<readonly RunningMachine[]> {
  const Filters = [{ Name: 'instance-state-name', Values: RUNNING }];
  return asking('ec2:DescribeInstances', async () => {
    const found: RunningMachine[] = [];
    for await (const page of paginateDescribeInstances({ client }, { Filters })) {
      for (const { Instances = [] } of page.Reservations ?? []) {
        found.push(...Instances.filter(isRunning).map(machineOf));
      }
    }
    return found;
  });
}

const RUNNING = ['pending', 'running'];

function isRunning({ State }: Instance): boolean {
  return RUNNING.includes(State?.Name ?? '');
}

function machineOf(instance: Instance): RunningMachine {
  const { InstanceType = '', InstanceLifecycle, Tags = [], CpuOptions } = instance;
  const { CoreCount = 0, ThreadsPerCore = 0 } = CpuOptions ?? {};
  return {
    type: InstanceType,
    option: InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    group: Tags.find(({ Key }) => Key === 'aws:autoscaling:groupName')?.Value,
    vcpus: CoreCount * ThreadsPerCore,
  };
}
