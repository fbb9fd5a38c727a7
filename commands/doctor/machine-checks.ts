/** Whether machines can be launched: the quota, the images and the instance types. */
import {
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  EC2Client,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { ResolvedFleet } from '../../config/resolved-config.ts';
import { asking, AwsError } from '../aws/refusal.ts';
import type { Patient } from './doctor.ts';
import { problem, problemsOr, type Said, unknown } from './finding.ts';

/**
 * Quotas of vCPUs that run at a time, by the first letters of the instance type.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
const QUOTAS: readonly {
  readonly family: RegExp;
  readonly onDemand: string;
  readonly spot: string;
}[] = [
  { family: /^(g|vt)\d/, onDemand: 'L-DB2E81BA', spot: 'L-3819A6DF' },
  { family: /^[acdhimrtz]\d/, onDemand: 'L-1216C47A', spot: 'L-34B43A08' },
];

interface Needed {
  vcpus: number;
  readonly classes: string[];
}

export async function quota({ account, config }: Patient): Promise<readonly Said[]> {
  const ec2 = new EC2Client(account.client);
  const client = new ServiceQuotasClient(account.client);
  const needed = new Map<string, Needed>();
  const found: Said[] = [];
  for (const { resourceClass, instanceTypes, purchase, max } of config.fleets) {
    const [type = ''] = instanceTypes;
    const codes = QUOTAS.find(({ family }) => family.test(type));
    if (codes === undefined) {
      found.push(unknown(`the quota of ${type} (${resourceClass}) is not known to this command`));
      continue;
    }
    const code = purchase.option === 'spot' ? codes.spot : codes.onDemand;
    const sum = needed.get(code) ?? { vcpus: 0, classes: [] };
    sum.vcpus += max * (await vcpusOf(ec2, type));
    sum.classes.push(resourceClass);
    needed.set(code, sum);
  }
  for (const [code, { vcpus, classes }] of needed) {
    const limit = await quotaOf(client, code);
    if (vcpus <= limit) continue;
    found.push(
      problem(
        `the maxima of ${classes.join(', ')} need ${vcpus} vCPUs, and the account may run ${limit} (quota ${code})`,
        `aws service-quotas request-service-quota-increase --service-code ec2 --quota-code ${code} --desired-value ${vcpus}, or lower max`,
      ),
    );
  }
  return problemsOr('the quotas of vCPUs allow every class its maximum', found);
}

async function vcpusOf(ec2: EC2Client, type: string): Promise<number> {
  const { InstanceTypes = [] } = await asking('ec2:DescribeInstanceTypes', async () =>
    ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: [asType(type)] })),
  ).catch((error: unknown) => {
    if (isNoType(error)) return { InstanceTypes: [] };
    throw error;
  });
  return InstanceTypes[0]?.VCpuInfo?.DefaultVCpus ?? 0;
}

/** An account whose quota was never changed may have the default only. */
async function quotaOf(client: ServiceQuotasClient, code: string): Promise<number> {
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

export async function images({ account, config }: Patient): Promise<readonly Said[]> {
  const ec2 = new EC2Client(account.client);
  const ssm = new SSMClient(account.client);
  const found: Said[] = [];
  for (const fleet of config.fleets) {
    try {
      found.push(...(await imageOf(fleet, { ec2, ssm })));
    } catch (error) {
      if (!isMissing(error)) throw error;
      const { image, resourceClass } = fleet;
      const what =
        image.kind === 'ami' ? `image ${image.amiId}` : `parameter ${image.parameterName}`;
      found.push(
        problem(
          `there is no ${what} in ${account.region} for ${resourceClass}, or it is not shared with the account`,
          'name another image in the config, and npx cdk deploy; images are of one Region',
        ),
      );
    }
  }
  return problemsOr('the image of every class is there', found);
}

interface ImageClients {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
}

async function imageOf(
  { image, resourceClass, architecture }: ResolvedFleet,
  { ec2, ssm }: ImageClients,
): Promise<readonly Said[]> {
  if (image.kind === 'ssm-parameter') {
    await asking('ssm:GetParameter', async () =>
      ssm.send(new GetParameterCommand({ Name: image.parameterName })),
    );
    return [];
  }
  const { Images = [] } = await asking('ec2:DescribeImages', async () =>
    ec2.send(new DescribeImagesCommand({ ImageIds: [image.amiId] })),
  );
  const [there] = Images;
  if (there?.State === 'available' && there.Architecture === architecture) return [];
  return [
    problem(
      `the image ${image.amiId} of ${resourceClass} is ${there?.State ?? 'not there'}, for ${there?.Architecture ?? 'no architecture'}; needed: available, for ${architecture}`,
      'name another image in the config, and npx cdk deploy',
    ),
  ];
}

export async function instanceTypes({
  account,
  config,
  groups,
}: Patient): Promise<readonly Said[]> {
  const ec2 = new EC2Client(account.client);
  const types = [...new Set(config.fleets.flatMap((fleet) => fleet.instanceTypes))];
  const zonesOf = new Map<string, Set<string>>(types.map((type) => [type, new Set()]));
  await asking('ec2:DescribeInstanceTypeOfferings', async () => {
    const pages = paginateDescribeInstanceTypeOfferings(
      { client: ec2 },
      { LocationType: 'availability-zone', Filters: [{ Name: 'instance-type', Values: types }] },
    );
    for await (const { InstanceTypeOfferings = [] } of pages) {
      for (const { InstanceType = '', Location = '' } of InstanceTypeOfferings) {
        zonesOf.get(InstanceType)?.add(Location);
      }
    }
  });
  const there = await groups();
  return problemsOr(
    'the instance types are offered where the groups launch',
    config.fleets.flatMap(({ resourceClass, group, instanceTypes }) => {
      const zones = there.find((each) => each.group === group)?.zones ?? [];
      return instanceTypes.flatMap((type) => {
        const offered = [...(zonesOf.get(type) ?? [])];
        const isOffered = offered.some((zone) => zones.length === 0 || zones.includes(zone));
        if (isOffered) return [];
        const where = offered.length === 0 ? `nowhere in ${account.region}` : offered.join(', ');
        return [
          problem(
            `${type} of ${resourceClass} is offered ${offered.length === 0 ? '' : 'in '}${where}, and the group launches in ${zones.join(', ') || 'any zone'}`,
            'name another type in the config, or subnets in those zones, and npx cdk deploy',
          ),
        ];
      });
    }),
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof AwsError && error.kind === 'not-found';
}

function isNoType(error: unknown): boolean {
  return error instanceof AwsError && error.message.includes('InvalidInstanceType');
}

/** The SDK knows the types of its day, and AWS those of today. */
function asType(type: string) {
  // oxlint-disable-next-line no-unsafe-type-assertion
  return type as 'm7i.large';
}
