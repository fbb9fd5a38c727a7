/** What the machines of a class are launched with, as it was deployed. */
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { AwsCli } from './moto.ts';

export interface LaunchTemplateData {
  /** Compressed, in base64. */
  readonly UserData: string;
  readonly IamInstanceProfile: { readonly Arn: string };
}

export async function launchTemplateOf(
  aws: AwsCli,
  { LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup,
): Promise<LaunchTemplateData> {
  const id =
    LaunchTemplate?.LaunchTemplateId ??
    MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification?.LaunchTemplateId;
  const { LaunchTemplateVersions } = (await aws(
    'ec2',
    'describe-launch-template-versions',
    '--launch-template-id',
    String(id),
  )) as { LaunchTemplateVersions: [{ LaunchTemplateData: LaunchTemplateData }] };
  return LaunchTemplateVersions[0].LaunchTemplateData;
}
