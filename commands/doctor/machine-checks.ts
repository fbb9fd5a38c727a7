/** Whether machines can be launched: the images, and the instance types. */
import {
  DescribeImagesCommand,
  EC2Client,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { ResolvedFleet } from '../../config/resolved-config.ts';
import { asking, AwsError } from '../aws/refusal.ts';
import { asked, part, problem, problemsOr, type Said } from './finding.ts';
import type { Patient } from './patient.ts';

export async function images({ account, config }: Patient): Promise<readonly Said[]> {
  const clients = { ec2: new EC2Client(account.client), ssm: new SSMClient(account.client) };
  const all: Said[] = [];
  for (const fleet of config.fleets) {
    all.push(...(await part(async () => imageOf(fleet, { ...clients, region: account.region }))));
  }
  return problemsOr('the image of every class is there', all);
}

interface Images {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  readonly region: string;
}

const OTHER_IMAGE =
  'name another image in the config, and npx cdk deploy; images are of one Region';

/** Of these AWS and the publishers of images see to it that they name an image. */
const PUBLIC_PARAMETER = /^\/aws\/service\//;

async function imageOf(fleet: ResolvedFleet, images: Images): Promise<readonly Said[]> {
  const { image, resourceClass } = fleet;
  const { region, ssm } = images;
  if (image.kind === 'ami') return amiOf(fleet, { id: image.amiId, named: '' }, images);
  const name = image.parameterName;
  const value = await found(async () => {
    const { Parameter } = await asking('ssm:GetParameter', async () =>
      ssm.send(new GetParameterCommand({ Name: name })),
    );
    return Parameter?.Value ?? '';
  });
  if (value === undefined) {
    return [
      problem(
        `there is no parameter ${name} in ${region} for ${resourceClass}, or it is not shared with the account`,
        OTHER_IMAGE,
      ),
    ];
  }
  if (PUBLIC_PARAMETER.test(name)) return [];
  if (!/^ami-[0-9a-f]+$/.test(value)) {
    return [
      problem(
        `the parameter ${name} of ${resourceClass} names no image`,
        'put the id of an image into it, such as ami-0123456789abcdef0',
      ),
    ];
  }
  return amiOf(fleet, { id: value, named: `, which the parameter ${name} names,` }, images);
}

interface Ami {
  readonly id: string;
  /** By what, as a part of the sentence; empty where the config has it. */
  readonly named: string;
}

async function amiOf(
  { resourceClass, architecture }: ResolvedFleet,
  { id, named }: Ami,
  { ec2, region }: Images,
): Promise<readonly Said[]> {
  const ami = await found(async () => {
    const { Images = [] } = await asking('ec2:DescribeImages', async () =>
      ec2.send(new DescribeImagesCommand({ ImageIds: [id] })),
    );
    return Images[0];
  });
  if (ami === undefined) {
    return [
      problem(
        `there is no image ${id}${named} in ${region} for ${resourceClass}, or it is not shared with the account`,
        OTHER_IMAGE,
      ),
    ];
  }
  const { State = 'in no state', Architecture = 'no architecture' } = ami;
  if (State === 'available' && Architecture === architecture) return [];
  return [
    problem(
      `the image ${id}${named} of ${resourceClass} is ${State}, for ${Architecture}; needed: available, for ${architecture}`,
      OTHER_IMAGE,
    ),
  ];
}

/** @returns undefined for what is not there */
async function found<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    return undefined;
  }
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
  const known = await asked(groups);
  const there = known.known ? known.value : [];
  return problemsOr('the instance types are offered where the groups launch', [
    ...(known.known ? [] : [known.said]),
    ...config.fleets.flatMap(({ resourceClass, group, instanceTypes }) => {
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
  ]);
}
