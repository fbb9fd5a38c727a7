/** Whether machines can be launched: the images, and the instance types. */
import {
  DescribeImagesCommand,
  EC2Client,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { ResolvedFleet } from '../../config/resolved-config.ts';
import { asking, AwsError } from '../aws/refusal.ts';
import type { Patient } from './patient.ts';
import { problem, problemsOr, type Said } from './finding.ts';

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
